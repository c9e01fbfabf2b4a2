"""Input that is odd, and the sensible answer that docs/verdicts.md states for each."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.errors import UsageError
from seakeep.maintenance import Maintenance
from seakeep.observation import Attribute, Kind, Observation, Outcome
from seakeep.slo.evaluate import evaluate
from seakeep.slo.exclusion import PLANNED
from seakeep.slo.notes import coverage
from seakeep.slo.objective import (
    Goodness,
    Objective,
    ObservedRatio,
    PrometheusRatio,
    Selector,
)
from seakeep.slo.sequential import SequentialTest
from seakeep.slo.verdict import Planned, State, Verdict
from seakeep.slo.window import CalendarWindow, RollingWindow, Window
from seakeep.store import Store, open_store

END = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
HOUR = RollingWindow(3600.0)
FROM = datetime(2020, 1, 1)  # noqa: DTZ001 - a wall-clock time, whatever the zone


def observation(
    ago_s: float = 60.0, *, good: bool = True, attributes: dict[str, Attribute] | None = None
) -> Observation:
    return Observation(
        at=END - timedelta(seconds=ago_s),
        platform="demo",
        kind=Kind.PROBE,
        name="health",
        location="local",
        run_id="r",
        outcome=Outcome.GOOD if good else Outcome.BAD,
        duration_s=0.1,
        cause="" if good else "status",
        attributes=attributes or {},
    )


def objective(target: float = 0.9, window: Window = HOUR) -> Objective:
    return Objective(
        name="availability",
        display_name="Availability",
        description="",
        service="demo",
        target=target,
        window=window,
        indicator=ObservedRatio(events=Selector(kinds=(Kind.PROBE,)), good=Goodness()),
        place="slos.yaml:1",
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def judged(store: Store, target: float = 0.9, window: Window = HOUR) -> Verdict:
    (verdict,) = evaluate(store, "demo", [objective(target, window)], end=END)
    return verdict


def test_no_event_is_no_data_and_not_a_perfect_record(store: Store) -> None:
    verdict = judged(store)
    assert verdict.state is State.NO_DATA
    assert (verdict.estimate, verdict.lower, verdict.upper) == (None, 0.0, 1.0)
    assert (verdict.budget_left, verdict.burn_rate) == (None, None)


@pytest.mark.parametrize(
    ("good", "target", "state"),
    [
        (True, 0.9, State.INCONCLUSIVE),  # one good event shows at least 5%
        (False, 0.9, State.INCONCLUSIVE),  # one bad event leaves up to 95%
        (False, 0.99, State.BREACHED),
    ],
)
def test_one_event_proves_what_little_one_event_can(
    store: Store, good: bool, target: float, state: State
) -> None:
    store.record(observation(good=good))
    assert judged(store, target).state is state


def test_all_bad_is_a_breach_with_a_budget_far_overspent(store: Store) -> None:
    store.record(*(observation(60.0 * index, good=False) for index in range(1, 60)))
    verdict = judged(store)
    assert verdict.state is State.BREACHED
    assert verdict.estimate == 0.0
    assert verdict.burn_rate == pytest.approx(10.0)
    assert verdict.exhaustion_s == 0.0
    assert verdict.budget_left == pytest.approx(1 - 10 * verdict.covered_s / 3600)


def test_a_target_of_all_is_never_met_and_breached_by_the_first_bad_event(store: Store) -> None:
    store.record(*(observation(index) for index in range(1000)))
    verdict = judged(store, 1.0)
    assert verdict.state is State.INCONCLUSIVE
    assert verdict.reason == "no number of good events proves 100%; a bad one disproves it"
    assert verdict.events_to_settle is None
    assert (verdict.budget_total, verdict.burn_rate) == (None, None)
    store.record(observation(good=False))
    assert judged(store, 1.0).state is State.BREACHED


def test_a_target_of_nothing_is_met_by_any_event_at_all(store: Store) -> None:
    assert judged(store, 0.0).state is State.NO_DATA
    store.record(observation(good=False))
    verdict = judged(store, 0.0)
    assert verdict.state is State.MET
    assert verdict.burn_rate == 1.0


def test_looking_again_and_again_at_such_targets_proves_what_there_is_to_prove() -> None:
    of_all, of_nothing = SequentialTest(1.0), SequentialTest(0.0)
    proven = []
    for good in (*[True] * 1000, False):
        of_all.observe(good=good)
        of_nothing.observe(good=good)
        proven.append((of_all.breached, of_nothing.breached))
    assert set(proven[:-1]) == {(False, False)}
    assert proven[-1] == (True, False)


@given(st.permutations([*range(20)]))
@settings(max_examples=10, deadline=None)
def test_the_order_of_recording_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    """Out of order is how loads and probes that run side by side do record."""
    verdicts = []
    for turn in ([*range(20)], order):
        with open_store(tmp_path_factory.mktemp("s")) as store:
            store.record(*(observation(60.0 * index, good=index % 7 != 0) for index in turn))
            verdicts.append(judged(store))
    assert verdicts[0] == verdicts[1]


def test_a_clock_that_goes_backwards_neither_loses_nor_repeats_an_event(store: Store) -> None:
    # The clock was ten minutes fast, and was set right: times overlap with those already there.
    fast = [observation(1200.0 - 30.0 * index) for index in range(20)]
    right = [observation(900.0 - 30.0 * index) for index in range(20)]
    store.record(*fast, *right)
    verdict = judged(store)
    assert verdict.valid == 40
    # From 20 minutes ago to half an interval past the last event, 5.5 minutes ago.
    assert verdict.covered_s == pytest.approx(1200.0 - 330.0 + 22.3, abs=1.0)


def test_events_from_the_future_wait_for_a_window_that_holds_them(store: Store) -> None:
    store.record(observation(-600.0, good=False), observation(60.0))
    assert judged(store).valid == 1
    (later,) = evaluate(store, "demo", [objective()], end=END + timedelta(minutes=11))
    assert later.valid == 2


def test_an_event_that_is_recorded_twice_counts_twice(store: Store) -> None:
    """Two requests may well begin in the same microsecond; nothing tells them from a duplicate."""
    store.record(observation(), observation())
    assert judged(store).valid == 2


def test_events_of_one_moment_cover_the_time_since(store: Store) -> None:
    store.record(*[observation(600.0)] * 5)
    assert judged(store).covered_s == pytest.approx(600.0)


def test_a_window_longer_than_the_history_says_so_and_counts_only_what_was_seen(
    store: Store,
) -> None:
    month = RollingWindow(30 * 86_400.0)
    store.record(*(observation(3600.0 * index, good=index % 10 != 0) for index in range(72)))
    verdict = judged(store, window=month)
    assert coverage(verdict) == "covers 3 of 30 days"
    assert verdict.budget_consumed == pytest.approx(0.1 * 1.11, rel=0.02)  # burn rate 1.1


def test_a_history_that_stopped_does_not_cover_the_time_since(store: Store) -> None:
    store.record(*(observation(3600.0 - 6.0 * index) for index in range(100)))
    assert coverage(judged(store)) == "covers 10 of 60 minutes"


@pytest.mark.parametrize(
    ("end", "days_hours", "elapsed_h"),
    [
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), (31, -1), 29 * 24 - 1),  # 23 hours on the 29th
        (datetime(2026, 10, 31, 23, 0, tzinfo=UTC), (31, 1), 31 * 24 + 1),  # 25 hours on the 25th
    ],
)
def test_a_clock_change_inside_a_calendar_window_makes_it_as_long_as_it_was(
    store: Store, end: datetime, days_hours: tuple[int, int], elapsed_h: int
) -> None:
    berlin = CalendarWindow(FROM, ZoneInfo("Europe/Berlin"), 1, "month")
    end -= timedelta(seconds=1)
    store.record(
        replace(observation(), at=end - timedelta(hours=30)),
        replace(observation(), at=end - timedelta(hours=2)),
    )
    (verdict,) = evaluate(store, "demo", [objective(window=berlin)], end=end)
    days, hours = days_hours
    assert verdict.period_s == (days * 24 + hours) * 3600
    window_s = (verdict.window_end - verdict.window_start).total_seconds()
    assert window_s == elapsed_h * 3600 - 1
    assert verdict.valid == 2  # both days are in, whatever their length


def test_a_calendar_period_has_the_budget_of_all_of_it_from_its_first_day_on(store: Store) -> None:
    month = CalendarWindow(FROM, ZoneInfo("UTC"), 1, "month")
    end = datetime(2026, 1, 4, 2, 24, tzinfo=UTC)  # a tenth of the month has gone by
    minutes = int((end - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds() // 600)
    store.record(
        *(
            replace(observation(good=index % 10 != 0), at=end - timedelta(minutes=10 * index))
            for index in range(1, minutes)
        )
    )
    (verdict,) = evaluate(store, "demo", [objective(window=month)], end=end)
    assert verdict.burn_rate == pytest.approx(1.0, rel=0.02)
    assert verdict.budget_left == pytest.approx(0.9, abs=0.01)


def test_planned_time_is_shown_apart_and_left_out_when_asked(store: Store) -> None:
    during: dict[str, Attribute] = {"experiment": "pod-kill", "phase": "during"}
    after: dict[str, Attribute] = {"experiment": "pod-kill", "phase": "after"}
    store.record(*(observation(index, good=False, attributes=during) for index in range(100, 110)))
    store.record(*(observation(index, attributes=after) for index in range(90, 100)))
    store.record(*(observation(index, good=False) for index in range(200, 205)))
    store.record(*(observation(index) for index in range(300, 400)))
    upkeep = [
        Maintenance.model_validate(
            {
                "from": END - timedelta(seconds=210),
                "to": END - timedelta(seconds=190),
                "reason": "move",
            }
        )
    ]

    def at(exclude: frozenset[Planned]) -> Verdict:
        (verdict,) = evaluate(
            store, "demo", [objective()], end=END, maintenance=upkeep, exclude=exclude
        )
        return verdict

    included, excluded = at(frozenset()), at(PLANNED)
    assert (included.good, included.valid, included.excluded) == (110, 125, 0)
    assert (excluded.good, excluded.valid, excluded.excluded) == (110, 110, 15)
    assert (included.state, excluded.state) == (State.INCONCLUSIVE, State.MET)
    for verdict in (included, excluded):
        assert [(p.kind, p.reason, p.valid, p.good) for p in verdict.planned] == [
            (Planned.CHAOS, "pod-kill", 10, 0),
            (Planned.MAINTENANCE, "move", 5, 0),
        ]
    assert at(frozenset({Planned.CHAOS})).valid == 115


def test_nothing_but_planned_time_is_no_data_and_says_why(store: Store) -> None:
    during: dict[str, Attribute] = {"experiment": "pod-kill", "phase": "during"}
    store.record(observation(attributes=during))
    (verdict,) = evaluate(store, "demo", [objective()], end=END, exclude=PLANNED)
    assert verdict.state is State.NO_DATA
    assert verdict.reason == "no events in this window; 1 were left out as planned"


def test_planned_time_can_not_be_left_out_of_promql_in_silence(store: Store) -> None:
    promql = replace(objective(), indicator=PrometheusRatio(total="a", good="b"))
    with pytest.raises(UsageError, match="can't be left out of a Prometheus objective"):
        evaluate(store, "demo", [promql], end=END, exclude=PLANNED)


def test_a_limit_on_durations_shows_the_percentile_at_its_target(store: Store) -> None:
    store.record(*(replace(observation(index), duration_s=index / 1000) for index in range(1, 101)))
    limited = replace(
        objective(0.95),
        indicator=ObservedRatio(
            events=Selector(kinds=(Kind.PROBE,)), good=Goodness(max_duration_s=0.09)
        ),
    )
    (verdict,) = evaluate(store, "demo", [limited], end=END)
    assert verdict.quantile_share == 0.95
    assert verdict.quantile_s == pytest.approx(0.095, rel=0.01)
    assert verdict.estimate == 0.9
