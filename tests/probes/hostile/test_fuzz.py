"""Whatever bytes an answer has, a check ends in time, with a cause and a harmless message."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from seakeep.causes import Cause
from seakeep.observation import Observation, Outcome
from tests.probes.hostile.answering import Answering
from tests.probes.hostile.frames import END, HELLO, OK, frame
from tests.probes.hostile.test_cases import UNFIT

FUZZ = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
BODY = b'{"status": "ok"}'
PACKED = gzip.compress(BODY)
VALID = (
    b"HTTP/1.1 200 OK\r\nX-A: a\r\nContent-Length: 16\r\n\r\n" + BODY,
    b"HTTP/1.0 200 OK\r\nX-A: a\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nX-A: a\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n"
    + BODY
    + b"\r\n0\r\n\r\n",
    b"HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 OK\r\nX-A: a\r\nContent-Encoding: gzip\r\n\r\n" + PACKED,
    b"HTTP/1.1 302 X\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n",
)
FRAMES = HELLO + OK + END


@pytest.fixture(scope="module")
def server() -> Iterator[Answering]:
    running = Answering()
    yield running
    running.close()


def assert_is_sound(seen: Observation) -> None:
    assert seen.duration_s < 4
    assert seen.cause == "" or Cause(seen.cause) is not Cause.OBSERVER, seen.message
    assert seen.outcome is not Outcome.INVALID
    assert (seen.outcome is Outcome.GOOD) == (seen.cause == "")
    assert bool(seen.message) == bool(seen.cause)
    assert len(seen.message) <= 2000
    assert not UNFIT.search(seen.message + repr(dict(seen.attributes)))


@st.composite
def mutated(draw: st.DrawFn, valid: tuple[bytes, ...]) -> bytes:
    """An answer that was good once: bits flipped, parts cut out, doubled or put in."""
    content = bytearray(draw(st.sampled_from(valid)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        to = draw(st.integers(at, min(len(content), at + 40)))
        match draw(st.sampled_from(("flip", "cut", "double", "put", "end"))):
            case "flip" if at < len(content):
                content[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del content[at:to]
            case "double":
                content[at:at] = content[at:to] * draw(st.integers(1, 50))
            case "put":
                content[at:at] = draw(st.binary(max_size=20))
            case "end":
                del content[at:]
    return bytes(content)


@st.composite
def pieces(draw: st.DrawFn, content: st.SearchStrategy[bytes]) -> list[bytes]:
    """The same bytes, cut at any places."""
    whole = draw(content)
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    return [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


_token = st.sampled_from(
    (
        b"Content-Length",
        b"Transfer-Encoding",
        b"Content-Encoding",
        b"Location",
        b"Content-Type",
        b"Connection",
        b"Set-Cookie",
        b"X-A",
        b"Trailer",
        b"Upgrade",
    )
)
_value = st.one_of(
    st.sampled_from(
        (
            b"0",
            b"5",
            b"-1",
            b"99999999999",
            b"chunked",
            b"gzip",
            b"deflate",
            b"identity",
            b"close",
            b"/",
            b"//",
            b"http://",
            b"http://[",
            b"\xff",
            b"a=b; Domain=..",
            b"text/html; charset=x",
        )
    ),
    st.binary(max_size=12),
)
_header = st.builds(lambda name, value: name + b": " + value + b"\r\n", _token, _value)
_status = st.builds(
    lambda version, code: b"HTTP/" + version + b" " + code + b" X\r\n",
    st.sampled_from((b"1.1", b"1.0", b"0.9", b"2.0", b"")),
    st.one_of(st.integers(0, 999).map(lambda code: b"%03d" % code), st.just(b"200")),
)
_chunk = st.builds(
    lambda size, content, end: size + b"\r\n" + content + end,
    st.one_of(st.integers(0, 30).map(lambda n: b"%x" % n), st.binary(max_size=5)),
    st.binary(max_size=30),
    st.sampled_from((b"\r\n", b"\n", b"")),
)
answers = st.builds(
    lambda status, headers, body: status + b"".join(headers) + b"\r\n" + b"".join(body),
    _status,
    st.lists(_header, max_size=6),
    st.lists(st.one_of(_chunk, st.binary(max_size=40), st.just(PACKED), st.just(BODY)), max_size=5),
)
frames = st.lists(
    st.builds(
        frame, st.integers(0, 10), st.integers(0, 255), st.integers(0, 3), st.binary(max_size=40)
    ),
    max_size=6,
).map(b"".join)


@FUZZ
@given(pieces(st.binary(max_size=300)))
def test_any_bytes(server: Answering, content: list[bytes]) -> None:
    assert_is_sound(server.look(*content))


@FUZZ
@given(pieces(mutated(VALID)))
def test_answers_that_were_good_once(server: Answering, content: list[bytes]) -> None:
    assert_is_sound(server.look(*content))


@FUZZ
@given(pieces(answers))
@example([b"HTTP/1.1 302 X\r\nLocation: http://[\r\n\r\n"])
def test_answers_of_odd_parts(server: Answering, content: list[bytes]) -> None:
    assert_is_sound(server.look(*content))


@FUZZ
@given(pieces(st.one_of(mutated((FRAMES,)), frames.map(lambda more: HELLO + more))))
@example([frame(4, 0, 0), frame(4, 1, 0), frame(1, 4, 1, b"\x88"), frame(0, 1, 0x10001, b"x")])
@example([HELLO, OK, frame(0, 1, 0, b"x")])
@example([HELLO + OK, frame(0, 1, 0, b"x")])
def test_frames_of_http2(server: Answering, content: list[bytes]) -> None:
    assert_is_sound(server.look(*content, http_version="2"))


@settings(FUZZ, max_examples=60)
@given(pieces(st.just(VALID[3])))
def test_borders_of_packets_make_no_difference(server: Answering, content: list[bytes]) -> None:
    seen = server.look(*content)
    assert (seen.outcome, seen.message) == (Outcome.GOOD, "")
