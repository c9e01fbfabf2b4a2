"""Durations as people write them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("5s", 5.0), ("1.5m", 90.0), ("1h30m", 5400.0), ("30d", 2592000.0)],
)
def test_a_duration_is_read_in_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "-5s", "5x", "0s", "1h-5m", "\u0665s"])
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@given(st.integers(min_value=1, max_value=10**9))
def test_whole_seconds_survive_reading(seconds: int) -> None:
    assert parse_duration(f"{seconds}s") == seconds


@given(st.text(max_size=20))
def test_no_text_does_anything_but_parse_or_raise_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_duration(text) > 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0123, "12ms"), (1.5, "1.5s"), (59.6, "1m"), (3725.0, "1h 2m"), (93784.0, "1d 2h")],
)
def test_a_duration_is_written_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
