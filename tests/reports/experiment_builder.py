"""Experiments as the guard records them: one that held, and platforms that are not resilient."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from seakeep.experiment_result import (
    Cause,
    ExperimentResult,
    FaultImpact,
    ObjectiveImpact,
    PhaseVerdict,
    Status,
)
from seakeep.observation import Kind, Observation, Outcome
from seakeep.reports.experiment_run import ExperimentRun, read_run
from seakeep.reports.run_record import RunReport, RunStep
from seakeep.reports.scorecard import Scorecard, make_scorecard

from .run_builder import START, observation, run_report

RATE_PER_S = 20
NOW = START + timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Bad:
    """From when to when answers are bad, in seconds since the injection, and how many of them."""

    begin_s: float
    end_s: float
    share: float


def guarded(
    name: str, at_s: float, window_s: float, end_s: float, bad: Bad, slow_s: float = 0.0
) -> Iterator[Observation]:
    """Yield what a guard saw: two seconds before the injection, and until ``end_s`` after it."""
    chance = random.Random(name)
    for tick in range(int((end_s + 2) * RATE_PER_S)):
        since_s = tick / RATE_PER_S - 2
        phase = "before" if since_s < 0 else "during" if since_s < window_s else "after"
        is_bad = bad.begin_s <= since_s < bad.end_s and chance.random() < bad.share
        took_s = chance.lognormvariate(-3.4, 0.25) + slow_s * (phase == "during")
        yield observation(
            Kind.PROBE, ("health", "home")[tick % 2], at_s + since_s, took_s + 0.3 * is_bad,
            outcome=Outcome.BAD if is_bad else Outcome.GOOD,
            cause="http-status" if is_bad else "", message="got 503" if is_bad else "",
            attributes={"experiment": name, "phase": phase, "suite": "health"},
        )  # fmt: skip


def verdict(state: str, bad: int, valid: int) -> PhaseVerdict:
    return PhaseVerdict(state=state, good=valid - bad, valid=valid)


def result(name: str, at_s: float, **fields: object) -> ExperimentResult:
    injected_at = (START + timedelta(seconds=at_s)).isoformat()
    base = ExperimentResult(experiment=name, status=Status.HELD, injected_at=injected_at)
    told = replace(base, **fields)  # type: ignore[arg-type]
    seconds = ("detect_s", "removed_s", "recover_s", "worst_error_ratio", "worst_duration_s")
    if told.faults or not told.fault:
        return told
    impact = FaultImpact(
        fault=told.fault,
        injected_at=injected_at,
        in_place_s=0.2,
        window_s=told.window_s or None,
        **{each: getattr(told, each) for each in seconds},
    )
    return replace(told, faults=(impact,))


def recorded(told: ExperimentResult, at: datetime | None = None, run: str = "") -> Observation:
    return told.observation(
        "harbour",
        at=at or datetime.fromisoformat(told.injected_at),
        location="eu-west",
        run_id=run or "20260131T101500-3fa2",
    )


def held() -> ExperimentResult:
    return result(
        "network-latency", 10, fault="100 ms latency on 3 pods of app=harbour", window_s=7.0,
        recover_s=0.412, worst_error_ratio=0.0, worst_duration_s=0.171,
        baseline_p50_s=0.034, during_p50_s=0.134,
        objectives=(
            ObjectiveImpact(
                objective="availability", before=verdict("inconclusive", 0, 40),
                during=verdict("inconclusive", 0, 140), after=verdict("inconclusive", 0, 28),
                budget_spent=0.0, budget_left=0.82,
            ),
        ),
    )  # fmt: skip


def deviated() -> ExperimentResult:
    """One pod: it is killed, and until another is there nobody gets an answer."""
    return result(
        "pod-failure", 30, fault="1 of 1 pods of app=harbour killed", window_s=6.1,
        status=Status.DEVIATED, cause=Cause.DEVIATED,
        message="objective availability is breached: 11 of 14 answers bad",
        detect_s=1.05, removed_s=5.05, recover_s=8.05, worst_error_ratio=1.0,
        worst_duration_s=0.36, baseline_p50_s=0.034, during_p50_s=0.33,
        objectives=(
            ObjectiveImpact(
                objective="availability", before=verdict("met", 0, 400),
                during=verdict("breached", 104, 122), after=verdict("inconclusive", 31, 58),
                budget_spent=0.21, budget_left=-0.05,
            ),
            ObjectiveImpact(
                objective="latency", before=verdict("inconclusive", 0, 40),
                during=verdict("inconclusive", 0, 18), after=verdict("no_data", 0, 0),
            ),
        ),
    )  # fmt: skip


def not_recovered() -> ExperimentResult:
    """One pod that nothing starts again."""
    return result(
        "pod-stop", 60, fault="1 of 1 pods of app=lone killed", window_s=2.0,
        status=Status.FAILED, cause=Cause.NOT_RECOVERED,
        message="no steady state within 12 s after the fault was gone",
        detect_s=0.9, removed_s=1.1, worst_error_ratio=1.0, worst_duration_s=0.39,
        baseline_p50_s=0.034,
    )  # fmt: skip


def tool_failed() -> ExperimentResult:
    return replace(
        result("cpu-stress", 90),
        status=Status.FAILED, cause=Cause.ERROR, injected_at="",
        message="the observer failed: its loop lagged by 2 s",
    )  # fmt: skip


def refused() -> ExperimentResult:
    return replace(
        result("memory-stress", 95),
        status=Status.REFUSED, cause=Cause.REFUSED, injected_at="",
        message="platform harbour: an exam is on until 12:00",
    )  # fmt: skip


def history(seed: int = 3) -> tuple[ExperimentRun, ...]:
    """Return a month of runs; of late pod-failure takes twice as long to recover."""
    chance = random.Random(seed)
    runs: list[Observation] = []
    for day in range(30, 0, -1):
        at = NOW - timedelta(days=day) + timedelta(hours=2)
        late = day <= 7
        quick = replace(held(), recover_s=round(chance.uniform(0.3, 0.6), 4))
        runs.append(recorded(quick, at, f"r{day}a"))
        took_s = round(chance.gauss(4.0 if late else 2.1, 0.3), 4)
        slow = replace(deviated(), recover_s=took_s)
        if not late and day % 5:
            slow = replace(
                slow, status=Status.HELD, cause=Cause.NONE, message="", detect_s=None, objectives=()
            )
        if day % 2:
            runs.append(recorded(slow, at, f"r{day}b"))
        if day in {20, 12}:
            runs.append(recorded(tool_failed(), at, f"r{day}c"))
        if day in {25, 3}:
            runs.append(recorded(refused(), at, f"r{day}d"))
    runs.append(recorded(not_recovered(), NOW - timedelta(days=2), "r2e"))
    return tuple(read_run(one) for one in sorted(runs, key=lambda run: run.at))


DECLARED = ("network-latency", "pod-failure", "pod-stop", "cpu-stress", "memory-stress", "loss")


def scorecard(runs: Sequence[ExperimentRun] | None = None) -> Scorecard:
    found = history() if runs is None else runs
    return make_scorecard(
        found, since=NOW - timedelta(days=30), until=NOW, declared=DECLARED
    )  # fmt: skip


def experiment_observations() -> Iterator[Observation]:
    yield recorded(held())
    yield from guarded("network-latency", 10, 7, 8.4, Bad(0, 0, 0), slow_s=0.1)
    yield recorded(deviated())
    yield from guarded("pod-failure", 30, 6.1, 9.1, Bad(0.3, 8.05, 0.9))
    yield recorded(not_recovered())
    yield from guarded("pod-stop", 60, 2, 14, Bad(0.2, 99, 1.0))
    yield recorded(tool_failed(), START + timedelta(seconds=90))
    yield recorded(refused(), START + timedelta(seconds=95))


def experiment_report() -> RunReport:
    """Return a run of chaos alone, with the scorecard of a month."""
    whole = run_report(0)
    seen = sorted(experiment_observations(), key=lambda one: one.at)
    return replace(
        whole,
        observations=tuple(seen),
        ended_at=START + timedelta(seconds=100),
        scorecard=scorecard(),
        steps=(
            RunStep(name="chaos pod-failure", state="failed", exit_code=1, duration_s=12.0),
            RunStep(name="chaos pod-stop", state="error", exit_code=4, duration_s=17.0),
        ),
    )
