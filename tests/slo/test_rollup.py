"""How a window is covered by slices, and how slices merge."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from seakeep.slo.rollup import DAY_S, LEVELS_S, Cover, cover

SECOND = 1_000_000
EVER = -(1 << 63)
moments = st.integers(0, 100 * DAY_S * SECOND) | st.integers(0, 100 * 24 * 60).map(
    lambda minute: minute * 60 * SECOND
)


def pieces_touch(covered: Cover, longest_s: int) -> None:
    at_s = covered.inner[0] // SECOND
    for piece in covered.pieces(longest_s):
        assert piece.start_s == at_s
        assert piece.start_s % piece.level_s == piece.end_s % piece.level_s == 0
        assert piece.level_s <= longest_s
        at_s = piece.end_s
    assert at_s == covered.inner[1] // SECOND


@given(moments, moments, st.sampled_from(LEVELS_S))
def test_a_cover_is_the_window_without_gap_or_overlap(one: int, other: int, longest: int) -> None:
    start, end = sorted((one, other))
    covered = cover(start, end, EVER)
    assert (covered.start_us, covered.end_us) == (start, end)
    stretches = sorted({*covered.edges, covered.inner} - {(0, 0)})
    inside = [stretch for stretch in stretches if stretch[0] < stretch[1]]
    assert sum(last - first for first, last in inside) == end - start
    assert all(left[1] == right[0] for left, right in pairwise(inside))
    pieces_touch(covered, longest)


@given(moments, moments, moments)
def test_a_window_grows_by_less_than_a_minute_and_only_where_observations_are_gone(
    one: int, other: int, complete_from: int
) -> None:
    start, end = sorted((one, other))
    covered = cover(start, end, complete_from)
    assert start - 60 * SECOND < covered.start_us <= start
    assert end <= covered.end_us < end + 60 * SECOND
    assert all(complete_from <= first for first, _ in covered.edges)
    if start >= complete_from:
        assert covered.start_us == start
    if end >= complete_from + 60 * SECOND:
        assert covered.end_us == end


def test_thirty_days_are_read_from_few_slices() -> None:
    start = (12 * 3600 + 34 * 60 + 56) * SECOND
    covered = cover(start, start + 30 * DAY_S * SECOND, EVER)
    counts = [(piece.end_s - piece.start_s) // piece.level_s for piece in covered.pieces()]
    assert sum(counts) < 30 + 24 + 60
    assert len(covered.edges) == 2
