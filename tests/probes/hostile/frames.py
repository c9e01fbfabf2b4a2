"""Answers in HTTP/2 whose frames are wrong: https://www.rfc-editor.org/rfc/rfc9113#section-4.1."""

from __future__ import annotations

import hpack

from tests.probes.hostile.case import Visit, case, sends

HTTP2: dict[str, object] = {"http_version": 2}
DATA, HEADERS, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
Fields = list[tuple[str, str]]


def frame(kind: int, flags: int, stream: int, content: bytes = b"") -> bytes:
    head = len(content).to_bytes(3, "big") + bytes((kind, flags))
    return head + stream.to_bytes(4, "big") + content


def headers(*fields: tuple[str, str], flags: int = END_HEADERS) -> bytes:
    return frame(HEADERS, flags, 1, hpack.Encoder().encode(list(fields)))


HELLO = frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0)
OK = headers((":status", "200"))
END = frame(DATA, END_STREAM, 1, b"fine")


def _speaks(name: str, cause: str, *pieces: bytes, **more: object) -> None:
    sends(f"http2-{name}", cause, HELLO, *pieces, stays=True, **{"check": HTTP2, **more})


_speaks("that-is-good", "", OK, END)
_speaks("that-is-good-by-tls", "", OK, END, tls="http2")
_speaks("status-in-words", "protocol", headers((":status", "fine")), END)
_speaks("status-99", "protocol", headers((":status", "99")), END)
_speaks("status-1000", "protocol", headers((":status", "1000")), END)
_speaks("without-a-status", "protocol", headers(("server", "x")), END)
_speaks("with-two-statuses", "protocol", headers((":status", "200"), (":status", "500")), END)
_speaks("capital-letters", "protocol", headers((":status", "200"), ("X-A", "a")), END)
_speaks("line-ends-in-a-value", "protocol", headers((":status", "200"), ("a", "b\r\nc: d")), END)
_speaks("a-length-too-long", "protocol", headers((":status", "200"), ("content-length", "9")), END)
_speaks("a-length-too-short", "protocol", headers((":status", "200"), ("content-length", "2")), END)
_speaks("noise-for-headers", "protocol", frame(HEADERS, END_HEADERS, 1, b"\xff" * 50))
_speaks("the-body-before-the-head", "protocol", END)
_speaks("a-body-for-nobody", "protocol", OK, frame(DATA, END_STREAM, 0, b"x"))
_speaks("a-body-for-another", "protocol", OK, frame(DATA, END_STREAM, 7, b"x"))
_speaks("resets-the-stream", "reset", OK, frame(RESET, 0, 1, (2).to_bytes(4, "big")))
_speaks("sends-us-away", "reset", frame(GOAWAY, 0, 0, bytes(8)))
_speaks("a-frame-of-16-mib", "timeout-read", OK, b"\xff\xff\xff\x00\x00\x00\x00\x00\x01")
_speaks("pushes-unasked", "protocol", frame(PUSH, END_HEADERS, 1, (2).to_bytes(4, "big") + b"\x88"))
_speaks("a-window-beyond-all", "protocol", frame(WINDOW, 0, 0, b"\x7f\xff\xff\xff") * 2)
_speaks("settings-of-nonsense", "protocol", frame(SETTINGS, 0, 0, b"\x00\x04\xff\xff\xff\xff"))
_speaks("stops-in-the-body", "timeout-read", OK, frame(DATA, 0, 1, b"x"))
_speaks("stops-in-the-head", "timeout-read", headers((":status", "200"), flags=0))
_speaks(
    "headers-of-a-mebibyte",
    "protocol",
    frame(HEADERS, 0, 1, b"\x88"),
    frame(CONTINUATION, 0, 1, bytes(2**14)) * 64,
)
_speaks(
    "a-bomb-of-headers",
    "protocol",
    # a value of 4 KiB goes into the table once, and is then named a thousand times, a byte each
    frame(HEADERS, END_HEADERS, 1, b"\x88\x40\x01a\x7f\x81\x1e" + b"b" * 4000 + b"\xbe" * 8000),
)
_speaks("an-error", "status", headers((":status", "503")), END, says="got 503")
_speaks(
    "lets-nothing-in",
    "timeout-read",
    frame(SETTINGS, 0, 0, b"\x00\x04\x00\x00\x00\x00"),
    check={**HTTP2, "method": "POST", "body": "x" * 100_000},
)


@case("http2-endless-body", "too-large", check=HTTP2)
async def endless_body(visit: Visit) -> None:
    await visit.send(HELLO, OK)
    await visit.for_ever(frame(DATA, 0, 1, b"x" * 16384))


@case("http2-endless-pings", "timeout-read", check=HTTP2)
async def endless_pings(visit: Visit) -> None:
    await visit.send(HELLO)
    await visit.for_ever(frame(PING, 0, 0, bytes(8)) * 10)


@case("http2-endless-settings", "timeout-read", check=HTTP2)
async def endless_settings(visit: Visit) -> None:
    await visit.send(HELLO)
    await visit.for_ever(frame(SETTINGS, 0, 0) * 10)


@case("http2-endless-empty-frames", "timeout-read", check=HTTP2)
async def endless_nothing(visit: Visit) -> None:
    await visit.send(HELLO, OK)
    await visit.for_ever(frame(DATA, 0, 1) * 10)


@case("http2-endless-interim-answers", "timeout-read", check=HTTP2)
async def endless_hints(visit: Visit) -> None:
    await visit.send(HELLO)
    await visit.for_ever(headers((":status", "103")) * 10)
