"""What is said over a connection, line by line: waits for one, says one, and so on.

It is the ``query_response`` of the blackbox exporter:
https://github.com/prometheus/blackbox_exporter/blob/master/CONFIGURATION.md#tcp_probe. Beyond it,
what came instead is told, and a prompt without an end of line counts as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Self

from pydantic import model_validator

from seakeep.causes import Cause
from seakeep.plain import one_line
from seakeep.probes.exchange_errors import ClosedUnansweredError, ExchangeError
from seakeep.probes.expectations.patience import OutOfTimeError, Patience
from seakeep.probes.kind import Asking
from seakeep.probes.stream import Stream
from seakeep.validation import FileModel, Regex

__all__ = ["MAX_HEARD_BYTES", "STARTTLS", "DialogueStep", "converse"]

MAX_HEARD_BYTES = 64 * 1024
"""The most that is listened to in one dialogue."""

_MAX_LINE_BYTES = 4 * 1024
"""What is longer is looked at in pieces: patterns may take the square of a line's length."""

_PATIENCE_S = 0.1
"""Processor time for what has come at once; all other checks wait meanwhile."""


class DialogueStep(FileModel):
    r"""One side's turn. Exactly one of its keys is given.

    Attributes:
        expect: A regular expression; lines are skipped until one matches.
        send: What is sent, as it stands: a line needs its own ``\r\n``.
    """

    expect: Regex | None = None
    send: str | None = None

    @model_validator(mode="after")
    def _is_one_turn(self) -> Self:
        if (self.expect is None) == (self.send is None):
            raise ValueError("one of 'expect' or 'send'")
        return self


class BannerError(ExchangeError):
    """Something else came."""

    cause = Cause.BANNER


class UnfinishedLineError(ExchangeError):
    """The deadline came in the middle of the only line that was said."""

    cause = Cause.TIMEOUT_READ


async def converse(
    stream: Stream, steps: Sequence[DialogueStep], asking: Asking, timeout_s: float
) -> None:
    """Go through a dialogue to its end.

    Args:
        stream: A connection.
        steps: What is waited for and said, in that order.
        asking: Whose clock tells whether it was the deadline that ended the waiting.
        timeout_s: That deadline, in seconds.

    Raises:
        ExchangeError: Something else was said, too much, or nothing before the connection closed.
        OSError: The connection broke.
    """
    listener = _Listener(stream, asking, timeout_s)
    for number, step in enumerate(steps, start=1):
        if step.send is not None:
            await stream.write(step.send.encode())
        elif step.expect is not None:
            await listener.wait_for(step.expect, number)


class _Listener:
    """Hears lines, and remembers the last one that was not waited for."""

    def __init__(self, stream: Stream, asking: Asking, timeout_s: float) -> None:
        self._stream = stream
        self._asking = asking
        self._timeout_s = timeout_s
        self._unread = b""
        self._heard_bytes = 0
        self._other = ""

    async def wait_for(self, pattern: str, number: int) -> None:
        self._other = ""
        wanted = f"dialogue, step {number}: wanted /{pattern}/"
        while not self._finds(pattern, wanted):
            if self._heard_bytes >= MAX_HEARD_BYTES:
                raise BannerError(f"{wanted}, got {self._heard_bytes} bytes: {self._last()}")
            content = await self._read(wanted)
            if not content:
                self._end(pattern, wanted)
                return
            self._heard_bytes += len(content)
            self._unread += content

    def _finds(self, pattern: str, wanted: str) -> bool:
        patience = Patience(_PATIENCE_S)
        try:
            return self._finds_in_lines(pattern, patience) or self._finds_begun(pattern, patience)
        except OutOfTimeError as error:
            raise BannerError(f"{wanted}, got a line on which it takes {error}") from None

    def _finds_in_lines(self, pattern: str, patience: Patience) -> bool:
        for line in self._lines():
            if patience.search(pattern, line) is not None:
                return True
            self._other = line or self._other
        return False

    def _finds_begun(self, pattern: str, patience: Patience) -> bool:
        """Look at a line that has no end yet, such as a prompt.

        What matches to its very end might no longer, once the rest of it is there.
        """
        begun = _text(self._unread)
        found = patience.search(pattern, begun)
        if found is None or begun.endswith(found):
            return False
        self._unread = begun.partition(found)[2].encode()
        return True

    def _end(self, pattern: str, wanted: str) -> None:
        """Return if the last line is the one, although it ends with the connection."""
        if self._unread:
            self._unread += b"\n"
            if self._finds(pattern, wanted):
                return
        if not self._other:
            raise ClosedUnansweredError
        raise BannerError(f"{wanted}, got {self._last()} and then the end")

    def _lines(self) -> Iterator[str]:
        """Take whole lines, one by one, off what is not read yet."""
        while True:
            line, newline, rest = self._unread.partition(b"\n")
            if newline and len(line) <= _MAX_LINE_BYTES:
                self._unread = rest
            elif len(line) > _MAX_LINE_BYTES:
                line, self._unread = self._unread[:_MAX_LINE_BYTES], self._unread[_MAX_LINE_BYTES:]
            else:
                return
            yield _text(line.removesuffix(b"\r"))

    async def _read(self, wanted: str) -> bytes:
        try:
            return await self._stream.read()
        except asyncio.CancelledError:
            # At the deadline, what came instead says more than that it was late.
            is_late = self._asking.clock.duration_s >= self._timeout_s
            if is_late and (self._other or self._unread):
                error = BannerError if self._other else UnfinishedLineError
                raise error(f"{wanted} in time, got {self._last()}") from None
            raise

    def _last(self) -> str:
        return one_line(repr(self._other or _text(self._unread)), 100)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _steps(*turns: str) -> tuple[DialogueStep, ...]:
    """Return the steps of a dialogue in which we listen first, and take turns."""
    return tuple(
        DialogueStep(send=turn) if index % 2 else DialogueStep(expect=turn)
        for index, turn in enumerate(turns)
    )


STARTTLS = {
    "smtp": _steps("^220 ", "EHLO seakeep\r\n", "^250 ", "STARTTLS\r\n", "^220 "),  # RFC 3207
    "imap": _steps(r"^\* OK", "a STARTTLS\r\n", "^a OK"),  # RFC 9051, section 6.2.1
    "pop3": _steps(r"^\+OK", "STLS\r\n", r"^\+OK"),  # RFC 2595
    "ftp": _steps("^220 ", "AUTH TLS\r\n", "^234 "),  # RFC 4217
}
"""By protocol, what is said before both sides turn to TLS."""
