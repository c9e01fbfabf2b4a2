"""Words above a picture cover no others, and no line crosses words where that can be helped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seakeep.reports.chart_marks import Mark, mark_rows
from seakeep.reports.timeline_axis import Axis

from .run_builder import START

AXIS = Axis(START, 10.0, 4.0, 316.0)


def spans(marks: list[Mark]) -> list[tuple[int, float, float]]:
    found = []
    for mark, row, is_left in mark_rows(marks, AXIS).placed:
        width = 6.9 * len(mark.words) + 4
        begin = mark.x - width if is_left else mark.x
        found.append((row, begin, begin + width))
    return found


@given(st.lists(st.tuples(st.floats(4, 316), st.integers(1, 20)), max_size=12))
def test_every_mark_has_a_place_of_its_own(asked: list[tuple[float, int]]) -> None:
    marks = [Mark("gone", "x" * length, x) for x, length in asked]
    placed = mark_rows(marks, AXIS)
    assert sorted(mark.x for mark, _, _ in placed.placed) == sorted(mark.x for mark in marks)
    found = spans(marks)
    for index, (row, begin, end) in enumerate(found):
        assert 0 <= row * 16 < placed.height
        others = found[:index] + found[index + 1 :]
        assert not any(row == r and begin < e and b < end for r, b, e in others)


def test_words_lie_above_the_line_that_they_reach_across() -> None:
    marks = [Mark("injected", "fault injected 0 s", 50), Mark("breach", "breach proven", 80)]
    rows = {mark.kind: row for mark, row, _ in mark_rows(marks, AXIS).placed}
    assert rows == {"injected": 0, "breach": 1}


def test_words_without_room_go_to_the_left() -> None:
    ((_, row, is_left),) = mark_rows([Mark("recovered", "steady again 8 s", 310)], AXIS).placed
    assert (row, is_left) == (0, True)
