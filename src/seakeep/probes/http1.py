"""One HTTP/1.1 exchange over a stream, with h11 for the protocol: https://h11.readthedocs.io."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator

import h11
import httpx

from seakeep.plain import one_line
from seakeep.probes.causes import Stage
from seakeep.probes.clock import StageClock
from seakeep.probes.exchange_errors import ClosedUnansweredError, MalformedError
from seakeep.probes.outgoing import Outgoing
from seakeep.probes.stream import Stream

__all__ = ["MAX_HEAD_BYTES", "exchange"]

MAX_HEAD_BYTES = 64 * 1024
"""The most that status line and headers may have; browsers take between 16 and 256 KiB."""

_MAX_INTERIM = 100
"""Answers such as ``103 Early Hints`` before the final one; none is sent that often in earnest."""

_PIECES_IN_A_ROW = 100
"""Of a body, before all other checks have a turn again: some milliseconds."""

Headers = list[tuple[bytes, bytes]]


async def exchange(
    stream: Stream, request: Outgoing, clock: StageClock, head: bytes
) -> httpx.Response:
    """Send a request, and return its answer with the body unread.

    Args:
        stream: A connection that nothing was sent over yet.
        request: The request.
        clock: Enters its stages.
        head: Its request line and headers.

    Raises:
        MalformedError: What came is not HTTP.
        h11.RemoteProtocolError: It is not HTTP any more, further on.
        ClosedUnansweredError: The connection was closed before a byte of the answer.
        OSError: The connection broke.
    """
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
    connection.send(_known(request.method))
    connection.send(_END)
    clock.enter(Stage.PROCESSING)
    reader = _Reader(connection, stream)
    with contextlib.suppress(ConnectionError):  # it may have answered before it had read all
        await stream.write(head + request.content)
    answer = await reader.head()
    clock.enter(Stage.TRANSFER)
    return httpx.Response(
        answer.status_code,
        headers=answer.headers.raw_items(),
        stream=_Body(reader, stream),
        extensions={"http_version": b"HTTP/" + answer.http_version, "reason_phrase": answer.reason},
    )


_END = h11.EndOfMessage()


@functools.cache
def _known(method: str) -> h11.Request:
    """Return what h11 must know of a request, to make sense of its answer: the method.

    The head itself is written elsewhere: to check it all again would cost as much as to connect.
    """
    return h11.Request(method=method, target="/", headers=[("Host", "any")])


class _Reader:
    """Feeds a connection from its stream."""

    def __init__(self, connection: h11.Connection, stream: Stream) -> None:
        self._connection = connection
        self._stream = stream
        self._is_answered = False

    async def head(self) -> h11.Response:
        for _ in range(_MAX_INTERIM):
            event = await self.event()
            if isinstance(event, h11.Response):
                return _sound(event)
            if not isinstance(event, h11.InformationalResponse) or event.status_code == 101:
                break
        raise MalformedError("processing: wanted a final answer, got others without end")

    async def event(self) -> object:
        while True:
            event = self._connection.next_event()
            if event is not h11.NEED_DATA:
                return event
            content = await self._stream.read()
            if not self._is_answered:
                self._is_answered = _begins_an_answer(content)
            self._connection.receive_data(content)


_BEGINNING = b"HTTP/1."


def _begins_an_answer(content: bytes) -> bool:
    """Return when the first bytes are those of an answer: what is none is not waited for.

    Raises:
        ClosedUnansweredError: There are none.
        MalformedError: They are something else.
    """
    if not content:
        raise ClosedUnansweredError
    if content[:7] != _BEGINNING[: len(content)]:
        got = one_line(content[:80].decode("utf-8", "replace"), 80)
        raise MalformedError(f"processing: wanted HTTP/1.0 or HTTP/1.1, got {got!r}")
    return True


def _sound(answer: h11.Response) -> h11.Response:
    """Return an answer whose head is one; h11 takes any version, and a head that came at once.

    Raises:
        MalformedError: It is not.
    """
    if answer.http_version not in {b"1.0", b"1.1"}:
        got = answer.http_version.decode("ascii", "replace")
        raise MalformedError(f"processing: wanted HTTP/1.0 or HTTP/1.1, got HTTP/{got}")
    size = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw_items())
    if size > MAX_HEAD_BYTES:
        raise MalformedError(
            f"processing: wanted a head of at most {MAX_HEAD_BYTES} bytes, got more"
        )
    return answer


class _Body(httpx.AsyncByteStream):
    """The body as it comes in; closing it closes the connection."""

    def __init__(self, reader: _Reader, stream: Stream) -> None:
        self._reader = reader
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = 0
        while isinstance(event := await self._reader.event(), h11.Data):
            yield bytes(event.data)
            pieces += 1
            if pieces % _PIECES_IN_A_ROW == 0:
                await asyncio.sleep(0)  # 64 KiB hold 10,000 chunks of a byte: a quarter second

    async def aclose(self) -> None:
        self._stream.close()
