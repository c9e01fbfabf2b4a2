"""One question to a DNS server and its answer, over UDP or TCP; dnspython reads and writes them.

dnspython's own exchanges keep whatever comes until somebody looks, and close their sockets some
time later. Here, one message is taken from the system, and the socket is closed with the exchange.
"""

from __future__ import annotations

import asyncio
import socket

import dns.message

from seakeep.causes import Cause
from seakeep.plain import one_line
from seakeep.probes.exchange_errors import ClosedUnansweredError, ExchangeError
from seakeep.probes.stream import Stream

__all__ = ["ask_tcp", "ask_udp", "read_answer"]

Message = dns.message.Message

_MAX_DATAGRAM_BYTES = 65535
_LIGHT_BYTES = 4 * 1024
_LENGTH_BYTES = 2
"""Each message over TCP is led by its length: https://www.rfc-editor.org/rfc/rfc1035#section-4.2.2."""


class NoAnswerError(ExchangeError):
    """What came is no answer to the question: not DNS, or one to another."""

    cause = Cause.PROTOCOL


async def ask_udp(
    query: dns.message.Message, address: str, port: int
) -> dns.message.Message | None:
    """Ask over UDP, once; ``None`` says that the answer was cut off, and TCP has all of it.

    The socket is new and takes datagrams of that server only, so the first one that comes is taken
    for its answer.

    Raises:
        ExchangeError: It is no answer to this question.
        OSError: Nothing listens there (`ConnectionRefusedError`), or there is no way to it.
    """
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as opened:
        opened.setblocking(False)
        opened.connect((address, port))
        await loop.sock_sendall(opened, query.to_wire())
        wire = await loop.sock_recv(opened, _MAX_DATAGRAM_BYTES)
    return await _read_aside(query, wire)


async def ask_tcp(query: Message, stream: Stream) -> Message:
    """Ask over a connection.

    Raises:
        ExchangeError: What came is no answer to this question, or none came before the end.
        OSError: The connection broke.
    """
    await stream.write(query.to_wire(prepend_length=True))
    came = bytearray()
    while len(came) < _LENGTH_BYTES + int.from_bytes(came[:_LENGTH_BYTES]):
        content = await stream.read()
        if not content and not came:
            raise ClosedUnansweredError
        if not content:
            raise NoAnswerError(f"answer: wanted a whole DNS message, got {len(came)} bytes of it")
        came += content
    length = int.from_bytes(came[:_LENGTH_BYTES])
    wire = bytes(came[_LENGTH_BYTES : _LENGTH_BYTES + length])
    answer = await _read_aside(query, wire)
    if answer is None:
        raise NoAnswerError("answer: wanted a whole DNS message over TCP, got one that is cut off")
    return answer


async def _read_aside(query: Message, wire: bytes) -> Message | None:
    """Read what takes long in a thread, so that the loop goes on: 64 KiB take up to 0.3 s."""
    if len(wire) <= _LIGHT_BYTES:
        return read_answer(query, wire)
    return await asyncio.to_thread(read_answer, query, wire)


def read_answer(query: Message, wire: bytes) -> Message | None:
    """Return a message that answers a question, or ``None`` when it was cut off.

    Raises:
        ExchangeError: It is no DNS message, or an answer to another question.
    """
    answer: Message
    is_whole = True
    try:
        answer = dns.message.from_wire(wire, raise_on_truncation=True)
    except dns.message.Truncated as error:
        answer, is_whole = error.message(), False  # type: ignore[no-untyped-call]
    except Exception as error:  # noqa: BLE001 - its parser has no one exception for all
        got = one_line(f"{len(wire)} bytes, {type(error).__name__}: {error}", 100)
        raise NoAnswerError(f"answer: wanted a DNS message, got {got}") from None
    if not query.is_response(answer):
        raise NoAnswerError("answer: wanted one to this question, got one to another")
    return answer if is_whole else None
