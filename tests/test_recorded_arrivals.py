"""Recorded arrivals: what a line may be, and what is told of one that is not."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seakeep import recorded_arrivals
from seakeep.errors import ConfigError
from seakeep.recorded_arrivals import read_recording

LOG_LINE = '10.0.0.1 - {user} [10/Oct/2000:13:55:{s:02} -0700] "GET / HTTP/1.1" 200 2326'


def recording(folder: Path, *lines: str) -> list[float]:
    file = folder / "arrivals.csv"
    file.write_text("\n".join(lines))
    return list(read_recording(file).times_s)


def refusal(folder: Path, *lines: str) -> str:
    with pytest.raises(ConfigError) as told:
        recording(folder, *lines)
    return str(told.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    "lines",
    [
        ("0.25", "1", "2.75"),
        ("1700000000.25", "1700000001.0", "1700000002.75"),
        ("time,path", "0.25,/", "1,/", '"2.75","/a,b"'),
        ("# taken on Monday", "", "0.25", "  1  ", "2.75", ""),
        ("# taken on Monday", "", "time,path", "# in seconds", "0.25", "1", "2.75"),
        ("2026-01-31T22:00:00.250Z", "2026-01-31T23:00:01+01:00", "2026-01-31T22:00:02.75Z"),
        ("2026-01-31 22:00:00.25", "2026-01-31 22:00:01", "2026-01-31 22:00:02.75"),
        ("\ufeff0.25", "1", "2.75"),
        ("2.75", "0.25", "1"),
    ],
)
def test_times_count_from_the_first_whatever_their_form(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    assert recording(tmp_path, *lines) == pytest.approx([0, 0.75, 2.5], abs=1e-6)


def test_the_lines_of_an_access_log_are_spread_over_their_seconds(tmp_path: Path) -> None:
    lines = [LOG_LINE.format(user="-", s=second) for second in (10, 12, 10, 10, 10, 12)]
    assert recording(tmp_path, *lines) == [0, 0.25, 0.5, 0.75, 2, 2.5]


def test_a_recording_ends_with_its_last_second_and_peaks_in_its_busiest(tmp_path: Path) -> None:
    file = tmp_path / "arrivals.csv"
    file.write_text("5.5\n6.4\n6.6\n7.0\n7.4\n8.9\n9.1\n")
    found = read_recording(file)
    assert found.duration_s == 4.0
    assert found.peak_per_s == 3.0  # 6.6, 7.0 and 7.4: seconds count from the first arrival
    assert found.counts(2.0) == [5, 2]


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    assert recording(tmp_path, "1.5", "2.0") == [0, 0.5]
    assert recording(tmp_path, "1.5", "2.0", "2.5") == [0, 0.5, 1]


ANY_FORM = "seconds, an ISO 8601 time, or a log line with its [10/Oct/2000:13:55:36 -0700]"
WITH_OFFSET = "an ISO 8601 time with its offset from UTC, as in the lines before"
NO_LINE_END = "found 65536 bytes without an end; wanted a line of text"


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        (("1.5", "soon"), 2, "found 'soon'; wanted seconds, as in the lines before"),
        (("1.5", "2\x1b[31m"), 2, "found '2 [31m'; wanted seconds, as in the lines before"),
        (("2026-01-31T22:00Z", "2026-01-31T22:01"), 2, f"'2026-01-31T22:01'; wanted {WITH_OFFSET}"),
        (("# in milliseconds", "1700000000123"), 2, f"found '1700000000123'; wanted {ANY_FORM}"),
        (("2026-01-31",), 1, f"found '2026-01-31'; wanted {ANY_FORM}"),
        (("10/Oct/2000:13:55:36",), 1, f"found '10/Oct/2000:13:55:36'; wanted {ANY_FORM}"),
        (("1", "x" * 70_000), 2, NO_LINE_END),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_was_wanted(
    tmp_path: Path, lines: tuple[str, ...], line: int, said: str
) -> None:
    told = refusal(tmp_path, *lines)
    assert told.startswith(f"arrivals.csv:{line}: ")
    assert told.endswith(said)


@pytest.mark.parametrize("lines", [(), ("",), ("# taken on Monday", "")])
def test_a_file_that_says_nothing_is_refused(tmp_path: Path, lines: tuple[str, ...]) -> None:
    said = refusal(tmp_path, *lines)
    assert said == "arrivals.csv: found no times; wanted at least one arrival"


@pytest.mark.parametrize(
    ("lines", "line", "found"),
    [
        (("time",), 1, "'time'"),
        (("# taken on Monday", "time,path"), 2, "'time'"),
        (("\x7fELF\x02\x01\x00\x00\x1b[2J",), 1, "'ELF [2J'"),
        (("PK\x03\x04\x14\x00", "\x00\x1a", "1"), 1, "'PK"),
    ],
)
def test_a_first_line_with_no_times_after_it_is_told(
    tmp_path: Path, lines: tuple[str, ...], line: int, found: str
) -> None:
    said = refusal(tmp_path, *lines)
    assert said.startswith(f"arrivals.csv:{line}: found {found}")
    assert said.endswith(f"; wanted {ANY_FORM}")


def test_only_one_line_can_be_a_header(tmp_path: Path) -> None:
    said = refusal(tmp_path, "# taken on Monday", "time", "in seconds", "1")
    assert said == f"arrivals.csv:3: found 'in seconds'; wanted {ANY_FORM}"


def test_a_log_line_without_its_time_is_told(tmp_path: Path) -> None:
    said = refusal(tmp_path, LOG_LINE.format(user="-", s=1), LOG_LINE.format(user="-", s=61))
    assert said.startswith("arrivals.csv:2: found '10.0.0.1 - - [10/Oct/2000")


def test_a_file_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded_arrivals, "MAX_LINES", 3)
    assert refusal(tmp_path, *"1234") == "arrivals.csv:4: found more lines; wanted at most 3"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file or directory; wanted a readable file"):
        read_recording(tmp_path / "gone.csv")


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_order_of_any_times_becomes_ascending_and_none_is_lost(
    tmp_path: Path, tenths: list[int]
) -> None:
    times = recording(tmp_path, *(f"{tenth / 10:.1f}" for tenth in tenths))
    assert len(times) == len(tenths)
    assert times[0] == 0
    assert all(one <= other for one, other in pairwise(times))
    found = read_recording(tmp_path / "arrivals.csv")
    assert times[-1] < found.duration_s
    assert sum(found.counts(7.0)) == len(tenths)


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_no_bytes_do_anything_but_parse_or_raise_config_error(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "arrivals.csv"
    file.write_bytes(raw)
    with suppress(ConfigError):
        assert read_recording(file).times_s
