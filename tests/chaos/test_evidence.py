from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from seakeep.chaos.evidence import Depth, Evidence, Phase
from seakeep.observation import Kind, Observation, Outcome
from seakeep.slo.objective import Goodness, Objective, ObservedRatio, Selector
from seakeep.slo.window import RollingWindow

START = datetime(2026, 1, 31, tzinfo=UTC)
OBJECTIVE = Objective(
    name="speed",
    display_name="Speed",
    description="",
    service="harbour",
    target=0.99,
    window=RollingWindow(60.0),
    indicator=ObservedRatio(
        events=Selector(kinds=(Kind.PROBE,)), good=Goodness(max_duration_s=1.0)
    ),
    place="slos.yaml:1",
)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def seen(seconds: float, outcome: Outcome = Outcome.GOOD, duration_s: float = 0.01) -> Observation:
    return Observation(
        at=at(seconds),
        platform="harbour",
        kind=Kind.PROBE,
        name="home",
        location="here",
        run_id="r1",
        outcome=outcome,
        duration_s=duration_s,
    )


def evidence(*observations: Observation, gone_s: float | None = None) -> Evidence:
    """A fault from second 10 on."""
    made = Evidence("network-latency", [OBJECTIVE])
    made.injected_at = at(10)
    made.gone_at = None if gone_s is None else at(gone_s)
    for observation in observations:
        made.take(observation)
    return made


def test_an_observation_belongs_to_the_phase_in_which_it_was_meant_to_start() -> None:
    made = evidence(gone_s=20)
    phases = [made.take(seen(s)).attributes["phase"] for s in (9.99, 10, 19.99, 20)]
    assert phases == ["before", "during", "during", "after"]


def test_slow_answers_are_a_breach_only_while_the_fault_is_in_place() -> None:
    slow = [seen(s / 20, duration_s=2.0) for s in range(20)]
    assert evidence(*slow).breach is None
    breach = evidence(*(seen(10 + s / 20, duration_s=2.0) for s in range(20))).breach
    assert breach is not None
    assert breach.objective == "speed"
    assert breach.bad < 5


def test_an_unfit_observer_proves_nothing() -> None:
    made = evidence(*(seen(10 + s / 20, Outcome.INVALID, 9.0) for s in range(200)))
    assert made.breach is None
    assert made.injected_at is not None
    assert made.worst(made.injected_at, None).error_ratio is None
    assert evidence(*(seen(s / 20, Outcome.INVALID) for s in range(40))).unsteady()


def test_one_lost_answer_is_no_reason_to_refuse_unless_it_is_the_latest() -> None:
    good = [seen(s / 20) for s in range(40)]
    lost = seen(1.01, Outcome.BAD)
    assert evidence(*good, lost).unsteady() == ""
    assert "check home fails" in evidence(*good, seen(3, Outcome.BAD)).unsteady()


def test_recovery_begins_with_the_first_steady_stretch() -> None:
    bad = [seen(20 + s / 20, Outcome.BAD) for s in range(10)]
    good = [seen(20.5 + s / 20) for s in range(20)]
    assert evidence(*bad, *good, gone_s=20).recovered_at(0.0) == at(20.5)
    assert evidence(*bad, *good[:-1], gone_s=20).recovered_at(0.0) is None


def test_good_answers_that_are_still_slow_are_no_recovery_from_latency() -> None:
    before = [seen(s / 20) for s in range(40)]
    still_slow = [seen(20 + s / 20, duration_s=0.11) for s in range(40)]
    made = evidence(*before, *still_slow, gone_s=20)
    assert made.recovered_at(0.05) is None
    assert made.recovered_at(0.0) == at(20)


def test_the_worst_second_counts_not_the_average() -> None:
    made = evidence(
        *(seen(10 + s / 10) for s in range(50)),
        *(seen(13 + s / 10, Outcome.BAD, 3.0) for s in range(10)),
    )
    assert made.injected_at is not None
    assert made.worst(made.injected_at, made.gone_at) == Depth(0.5, 3.0)
    assert len(made.seen(Phase.DURING)) == 60


@pytest.mark.parametrize("share", [1 / 3, 0.1])
def test_latency_on_a_share_of_the_pods_is_seen_in_that_share_of_the_answers(share: float) -> None:
    before = [seen(s / 20) for s in range(40)]
    every = round(1 / share)
    during = [seen(10 + s / 20, duration_s=0.01 if s % every else 0.11) for s in range(120)]
    made = evidence(*before, *during)
    assert made.rise(share) == (0.01, 0.11)
    assert made.rise(1.0) == (0.01, 0.01)
    assert evidence(*before).rise(share) is None


def test_a_share_of_answers_that_is_still_slow_is_no_recovery() -> None:
    before = [seen(s / 20) for s in range(40)]
    after = [seen(20 + s / 20, duration_s=0.01 if s % 3 else 0.11) for s in range(40)]
    made = evidence(*before, *after, gone_s=20)
    assert made.recovered_at(0.05) == at(20)
    assert made.recovered_at(0.05, 1 / 3) is None
