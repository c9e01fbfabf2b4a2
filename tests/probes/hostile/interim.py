"""Answers before the answer: https://www.rfc-editor.org/rfc/rfc9110#section-15.2."""

from __future__ import annotations

from tests.probes.hostile.case import Visit, case, sends

FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"

sends("early-hints", "", HINTS + FINAL)
sends("ten-interim-answers", "", *[CONTINUE] * 10, FINAL)
sends("a-thousand-interim-answers", "protocol", CONTINUE * 1000 + FINAL)
sends("an-interim-answer-and-no-other", "protocol", CONTINUE)
sends("an-interim-answer-and-silence", "timeout-read", CONTINUE, stays=True)
sends(
    "an-interim-answer-with-a-body",
    "protocol",
    b"HTTP/1.1 103 X\r\nContent-Length: 3\r\n\r\nabc" + FINAL,
)
sends("switches-protocols-unasked", "protocol", b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n")
sends("status-199", "", b"HTTP/1.1 199 X\r\n\r\n" + FINAL)


@case("endless-interim-answers", "protocol")
async def endless_hints(visit: Visit) -> None:
    await visit.for_ever(HINTS * 10)


@case("interim-answers-drop-by-drop", "timeout-read")
async def dripping_hints(visit: Visit) -> None:
    await visit.drip(CONTINUE * 20, every_s=0.005)
