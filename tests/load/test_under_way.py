"""Requests without an answer yet."""

from __future__ import annotations

from time import perf_counter

from seakeep.load.under_way import UnderWay


def test_who_waits_longer_than_the_longest_limit_hangs() -> None:
    under_way = UnderWay((0.3, 2.0))
    under_way.begin("ada", perf_counter() - 60)
    under_way.begin("ben", perf_counter() - 1)
    assert under_way.hanging() == 1


def test_who_has_an_answer_hangs_no_more() -> None:
    under_way = UnderWay((0.3,))
    under_way.begin("ada", perf_counter() - 60)
    under_way.end("ada")
    under_way.end("ada")
    assert under_way.hanging() == 0


def test_nobody_hangs_where_no_objective_limits_durations() -> None:
    under_way = UnderWay()
    under_way.begin("ada", perf_counter() - 60)
    assert under_way.hanging() == 0
