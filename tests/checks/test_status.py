"""Status codes as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from seakeep.checks.status import Statuses, StatusRange

STATUSES: TypeAdapter[tuple[StatusRange, ...]] = TypeAdapter(Statuses)
CODES = st.integers(100, 599)


@settings(deadline=None)
@given(CODES, CODES)
def test_a_range_is_read_as_it_is_written(one: int, other: int) -> None:
    low, high = sorted((one, other))
    written = StatusRange(low, high)
    read = STATUSES.validate_python(low if low == high else str(written))
    assert read == (written,)
    assert STATUSES.validate_python(read) == read


@settings(deadline=None)
@given(CODES, CODES, CODES)
def test_a_range_holds_what_is_not_outside(one: int, other: int, code: int) -> None:
    low, high = sorted((one, other))
    assert (code in StatusRange(low, high)) == (low <= code <= high)


@pytest.mark.parametrize("first", "12345")
def test_a_class_is_a_hundred_codes(first: str) -> None:
    assert STATUSES.validate_python(f"{first}xX") == (
        StatusRange(int(first) * 100, int(first) * 100 + 99),
    )


@settings(deadline=None)
@given(st.none() | st.booleans() | st.floats() | st.integers() | st.text("0123456789x-٠٢ "))
def test_anything_else_is_refused_and_nothing_breaks(value: object) -> None:
    try:
        (read,) = STATUSES.validate_python(value)
    except ValidationError:
        return
    assert 100 <= read.low <= read.high <= 599
    assert str(value).isascii()
