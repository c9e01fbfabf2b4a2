from __future__ import annotations

import contextlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.sandbox.spdy_frames import (
    DATA,
    DICTIONARY,
    FIN,
    SYN_REPLY,
    SYN_STREAM,
    Frame,
    FrameReader,
    FrameWriter,
    SpdyError,
)

texts = st.text(st.characters(max_codepoint=255), max_size=8)


class Client:
    """What opens streams: headers of all of them are compressed as one."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def open(self, stream: int, headers: dict[str, str]) -> bytes:
        block = struct.pack(">I", len(headers))
        for text in (text for pair in headers.items() for text in pair):
            block += struct.pack(">I", len(text)) + text.encode("latin-1")
        packed = self._deflate.compress(block) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        payload = struct.pack(">IIH", stream, 0, 0) + packed
        return struct.pack(">II", 0x80030000 | SYN_STREAM, len(payload)) + payload


def read(*chunks: bytes) -> list[Frame]:
    reader = FrameReader()
    return [frame for chunk in chunks for frame in reader.feed(chunk)]


def test_the_dictionary_is_the_one_of_the_protocol() -> None:
    # Every zlib stream that uses it begins with this checksum, as in spdystream's own tests.
    assert (len(DICTIONARY), zlib.adler32(DICTIONARY)) == (1423, 0xE3C6A7C2)


@given(
    st.lists(st.dictionaries(texts, texts, max_size=3), max_size=3),
    st.binary(max_size=50),
    st.integers(1, 40),
)
def test_frames_are_found_however_they_are_cut(
    opened: list[dict[str, str]], data: bytes, size: int
) -> None:
    client = Client()
    sent = b"".join(client.open(2 * n + 1, headers) for n, headers in enumerate(opened))
    sent += FrameWriter().data(1, data, FIN)
    frames = read(*(sent[at : at + size] for at in range(0, len(sent), size)))
    assert [frame.headers for frame in frames[:-1]] == opened
    assert [frame.stream for frame in frames[:-1]] == [2 * n + 1 for n in range(len(opened))]
    assert (frames[-1].type, frames[-1].payload, frames[-1].flags) == (DATA, data, FIN)


@given(st.binary(max_size=200))
def test_nonsense_is_an_error_of_its_own_or_nothing(data: bytes) -> None:
    with contextlib.suppress(SpdyError):
        read(data)
    with contextlib.suppress(SpdyError):
        read(struct.pack(">II", 0x80030000 | SYN_STREAM, len(data)) + data)


def test_headers_that_swell_are_refused() -> None:
    bomb = Client().open(1, {"streamtype": "x" * 10_000_000})
    assert len(bomb) < 20_000
    with pytest.raises(SpdyError, match="too many headers"):
        read(bomb)


def test_replies_are_frames_too() -> None:
    (frame,) = read(FrameWriter().reply(5))
    assert (frame.type, frame.stream) == (SYN_REPLY, 5)
