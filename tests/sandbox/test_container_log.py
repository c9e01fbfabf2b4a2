from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from seakeep.sandbox.container_log import ContainerLog, read_lines


async def written(path: Path, *chunks: bytes, limit_bytes: int = 8 * 1024 * 1024) -> None:
    log, source = ContainerLog(path, limit_bytes), asyncio.StreamReader()
    copying = asyncio.create_task(log.copy(source, "stderr"))
    for chunk in chunks:
        source.feed_data(chunk)
        await asyncio.sleep(0)
    source.feed_eof()
    await copying
    log.close()


def text_of(path: Path) -> bytes:
    return b"".join(line.as_bytes(timestamps=False) for line in read_lines(path)[0])


@given(st.lists(st.binary(max_size=30) | st.just(b"x" * 40_000), max_size=5))
def test_what_is_said_is_what_is_read(chunks: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        asyncio.run(written(path, *chunks))
        said = b"".join(chunks)
        end = b"" if not said or said.endswith(b"\n") else b"\n"
        assert text_of(path) == said + end


def test_every_line_has_its_time(tmp_path: Path) -> None:
    asyncio.run(written(tmp_path / "log", b"one\ntwo\n"))
    lines, _ = read_lines(tmp_path / "log")
    assert all(datetime.now(UTC) - line.moment < timedelta(seconds=60) for line in lines)


def test_a_full_log_begins_anew(tmp_path: Path) -> None:
    said = [f"line {number}\n".encode() for number in range(1000)]
    asyncio.run(written(tmp_path / "log", *said, limit_bytes=2000))
    assert (tmp_path / "log").stat().st_size <= 2000
    assert text_of(tmp_path / "log").endswith(b"line 998\nline 999\n")


def test_reading_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"2026-01-01T00:00:00.5Z stdout F one\n2026-01-01T00:00:01Z stdout P tw")
    first, offset = read_lines(path)
    assert [line.text for line in first] == [b"one"]
    with path.open("ab") as file:
        file.write(b"o\nnonsense\n2026-01-01T00:00:02Z stdout F three\n")
    rest, _ = read_lines(path, offset)
    assert [(line.text, line.whole) for line in rest] == [(b"two", False), (b"three", True)]
    path.write_bytes(b"2026-01-01T00:00:03Z stdout F anew\n")
    anew, _ = read_lines(path, offset)
    assert [line.text for line in anew] == [b"anew"]
