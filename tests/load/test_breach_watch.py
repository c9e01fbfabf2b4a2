"""An objective that breaks while a run goes on is seen, and a sound one is not accused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from seakeep.generator import GeneratorSecond
from seakeep.histogram import Histogram
from seakeep.load.breach_watch import BreachWatch
from seakeep.observation import Batch, Kind, Observation, Outcome
from seakeep.slo.objective import Goodness, Objective, ObservedRatio, PrometheusRaw, Selector
from seakeep.slo.window import RollingWindow

AT = datetime(2026, 1, 31, tzinfo=UTC)


def objective(name: str = "success", target: float = 0.99, **good: float | bool) -> Objective:
    return Objective(
        name=name,
        display_name=name,
        description="",
        service="shop",
        target=target,
        window=RollingWindow(604_800.0),
        indicator=ObservedRatio(
            events=Selector(kinds=(Kind.LOAD,)),
            good=Goodness(**good),  # type: ignore[arg-type]
        ),
        place="slos.yaml:1",
    )


def batch(outcome: Outcome, durations_s: list[float], kind: Kind = Kind.LOAD) -> Observation:
    durations = Histogram(durations_s)
    return Observation(
        at=AT,
        platform="shop",
        kind=kind,
        name="GET /",
        location="local",
        run_id="r",
        outcome=outcome,
        duration_s=max(durations_s),
        batch=Batch(
            count=len(durations_s),
            shortest_s=min(durations_s),
            durations=durations,
            service=durations,
        ),
    )


GOOD = batch(Outcome.GOOD, [0.1] * 100)
BAD = batch(Outcome.BAD, [0.1] * 10)
INVALID = batch(Outcome.INVALID, [0.1] * 1000)


class Told:
    times = 0

    def __call__(self) -> None:
        self.times += 1


def test_a_breach_is_told_once_when_it_is_proven_and_not_before() -> None:
    told = Told()
    watch = BreachWatch([objective()], told)
    watch.see([GOOD])
    watch.see([replace(BAD, duration_s=0.1, batch=None)])  # a single one proves nothing
    assert (watch.breach, told.times) == ("", 0)
    watch.see([BAD])
    watch.see([BAD, GOOD])
    assert watch.breach == "objective success: 11 of 111 requests are bad"
    assert told.times == 1


def test_what_says_nothing_of_the_platform_does_not_count() -> None:
    watch = BreachWatch([objective()], Told())
    for _ in range(10):
        watch.see([INVALID, replace(BAD, kind=Kind.PROBE), replace(BAD, kind=Kind.CAPACITY)])
    assert watch.breach == ""


def test_a_sound_platform_is_not_accused() -> None:
    watch = BreachWatch([objective(target=0.9)], Told())
    for _ in range(500):
        watch.see([GOOD, replace(BAD, batch=None)])
    assert watch.breach == ""


def test_batches_that_are_parted_at_the_limit_count_exactly() -> None:
    told = Told()
    watch = BreachWatch([objective("fast", 0.5, max_duration_s=0.3)], told)
    for _ in range(20):  # half of them equal the limit, which is within it
        watch.see([batch(Outcome.GOOD, [0.2, 0.3]), batch(Outcome.GOOD, [0.300001, 9.0])])
    assert watch.breach == ""
    watch.see([batch(Outcome.GOOD, [0.300001] * 200)])
    assert watch.breach == "objective fast: 240 of 280 requests are bad"


def test_the_first_objective_that_breaks_is_named() -> None:
    told = Told()
    slow = objective("fast", max_duration_s=0.05, needs_good_outcome=False)
    watch = BreachWatch([objective(), slow], told)
    watch.see([GOOD])
    assert watch.breach.startswith("objective fast: 100 of 100")
    watch.see([BAD] * 10)
    assert (told.times, watch.breach[:14]) == (1, "objective fast")


def test_a_new_run_starts_without_evidence() -> None:
    told = Told()
    watch = BreachWatch([objective()], told)
    watch.see([BAD])
    watch.begin()
    assert watch.breach == ""
    watch.see([GOOD, replace(BAD, batch=None)])
    assert (watch.breach, told.times) == ("", 1)


@pytest.mark.parametrize("is_prometheus", [True, False])
def test_without_an_objective_of_ours_nothing_is_seen(is_prometheus: bool) -> None:
    other = replace(objective(), indicator=PrometheusRaw(query="up", raw_type="success"))
    watch = BreachWatch([other] * is_prometheus, Told())
    watch.see([BAD] * 100)
    assert watch.breach == ""


def second(hanging: int, *, unfit: str = "") -> Observation:
    return GeneratorSecond(
        at=AT,
        platform="shop",
        scenario="browse",
        run_id="r",
        location="local",
        process="one",
        hanging=hanging,
        unfit=unfit,
    ).observation()


def test_those_who_hang_break_an_objective_that_limits_durations_before_they_end() -> None:
    told = Told()
    watch = BreachWatch([objective("fast", 0.95, max_duration_s=0.3)], told)
    watch.see([GOOD, second(2)])
    assert told.times == 0
    watch.see([second(30)])
    assert told.times == 1
    assert watch.breach == "objective fast: 30 of 130 requests are bad"


def test_those_who_hang_are_not_counted_twice_once_they_end() -> None:
    watch = BreachWatch([objective("fast", 0.5, max_duration_s=0.3)], Told())
    for _ in range(50):
        watch.see([GOOD, second(40)])
    assert watch.breach == ""


def test_those_who_hang_say_nothing_while_the_generator_is_unfit_nor_of_mere_success() -> None:
    for objectives, unfit in (
        ([objective("fast", 0.95, max_duration_s=0.3)], "it was late"),
        ([objective("success", 0.95)], ""),
    ):
        watch = BreachWatch(objectives, Told())
        watch.see([GOOD, second(1000, unfit=unfit)])
        assert watch.breach == ""
