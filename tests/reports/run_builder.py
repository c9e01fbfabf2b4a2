"""A realistic run of a minute: probes, journeys, load through two faults, five objectives."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from seakeep.generator import GeneratorSecond
from seakeep.histogram import Histogram
from seakeep.observation import Attribute, Batch, Kind, Observation, Outcome, Phases
from seakeep.reports.run_record import PushOutcome, RunReport, RunStep
from seakeep.slo.verdict import State, Verdict

START = datetime(2026, 1, 31, 10, 15, 0, tzinfo=UTC)
LENGTH_S = 60.0
DELAY = (14.0, 24.0)
KILL = (38.0, 46.0)


def observation(
    kind: Kind, name: str, at_s: float, duration_s: float, **fields: object
) -> Observation:
    base = Observation(
        at=START + timedelta(seconds=at_s),
        platform="harbour",
        kind=kind,
        name=name,
        location="eu-west",
        run_id="20260131T101500-3fa2",
        outcome=Outcome.GOOD,
        duration_s=duration_s,
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def phases(total_s: float) -> Phases:
    return Phases(
        resolve_s=0.001,
        connect_s=0.004,
        tls_s=0.012,
        processing_s=max(0.002, total_s - 0.02),
        transfer_s=0.003,
    )


def checks() -> Iterator[Observation]:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    have: dict[str, Attribute] = {"suite": "health", "status": 200, "trace_id": trace_id}
    for at_s in (1.0, 31.0, 52.0):
        yield observation(Kind.PROBE, "health", at_s, 0.043, phases=phases(0.043), attributes=have)
    yield observation(
        Kind.PROBE, "lti-config", 1.2, 0.071, phases=phases(0.071),
        attributes={"suite": "lti", "status": 200},
    )  # fmt: skip
    yield observation(
        Kind.PROBE, "home", 1.4, 0.182, phases=phases(0.182), outcome=Outcome.BAD,
        cause="body-mismatch",
        message="GET /: the body must match 'Welcome aboard'; got <h1>Oops & | sorry</h1>",
        attributes={"suite": "home", "status": 200, "trace_id": "00f067aa0ba902b7"},
    )  # fmt: skip
    yield observation(
        Kind.PROBE, "home", 31.4, 0.166, phases=phases(0.166),
        attributes={"suite": "home", "status": 200},
    )  # fmt: skip
    yield observation(
        Kind.PROBE, "home", 52.4, 0.4, outcome=Outcome.INVALID, cause="observer-lag",
        message="the observer's loop lagged by 0.9 s", attributes={"suite": "home"},
    )  # fmt: skip


def journeys() -> Iterator[Observation]:
    vitals: dict[str, Attribute] = {
        "lcp_ms": 1480.0, "cls": 0.014, "fcp_ms": 2100.0, "ttfb_ms": 96.0, "js_errors": 0,
        "requests": 14, "bytes": 412_331,
    }  # fmt: skip
    yield observation(Kind.JOURNEY, "open-course", 4.0, 2.4, attributes=vitals)
    yield observation(
        Kind.JOURNEY, "submit-quiz", 50.0, 4.1, outcome=Outcome.BAD, cause="not-seen",
        message="wanted the heading 'Saved'; it did not appear within 4 s",
        attributes={**vitals, "lcp_ms": 4300.0, "inp_ms": 240.0},
    )  # fmt: skip


def guards(chance: random.Random) -> Iterator[Observation]:
    for name, (begin, end) in (("delay-store", DELAY), ("kill-pod", KILL)):
        for tick in range(int((end - begin + 8) * 20)):
            at_s = begin - 4 + tick / 20
            phase = "before" if at_s < begin else "during" if at_s < end else "after"
            bad = name == "kill-pod" and 0.4 < at_s - begin < 3.6 and chance.random() < 0.6
            yield observation(
                Kind.PROBE, "health", at_s, 0.04 + 0.1 * (name == "delay-store"),
                outcome=Outcome.BAD if bad else Outcome.GOOD,
                cause="status-503" if bad else "",
                attributes={"experiment": name, "phase": phase, "suite": "health"},
            )  # fmt: skip


def load(chance: random.Random, count: int) -> Iterator[Observation]:
    for index in range(count):
        at_s = 8 + 44 * index / count
        slow = 0.1 if DELAY[0] <= at_s < DELAY[1] else 0.0
        bad = KILL[0] + 0.4 < at_s < KILL[0] + 3.6 and chance.random() < 0.5
        name = "GET /health" if index % 3 else "POST /api/answers"
        yield observation(
            Kind.LOAD, name, at_s, slow + chance.lognormvariate(-3.2, 0.35),
            outcome=Outcome.BAD if bad else Outcome.GOOD,
            cause="status-503" if bad else "", message="503 Service Unavailable" if bad else "",
            attributes={"scenario": "exam-morning", "status": 503 if bad else 200},
        )  # fmt: skip


def batched(requests: Iterable[Observation], waited_s: float = 0.0) -> Iterator[Observation]:
    """Yield the same requests as a load run writes them: in batches of a second's that are alike.

    Args:
        requests: The single ones.
        waited_s: How much of each response time was the wait for a free user.
    """
    alike: dict[object, list[Observation]] = defaultdict(list)
    for one in requests:
        alike[one.at.replace(microsecond=0), one.name, one.outcome].append(one)
    for some in alike.values():
        durations = [one.duration_s for one in some]
        batch = Batch(
            count=len(some),
            shortest_s=min(durations),
            durations=Histogram(durations),
            service=Histogram([duration_s - waited_s for duration_s in durations]),
        )
        attributes = dict(some[0].attributes)
        if len(some) > 1:
            attributes["spread_s"] = (some[-1].at - some[0].at).total_seconds()
        longest_s = max(durations)
        yield replace(some[0], duration_s=longest_s, batch=batch, attributes=attributes)


def generator(at_s: float, **fields: object) -> Observation:
    """Return what a load generator told of itself in a second of the run."""
    return GeneratorSecond(
        at=START + timedelta(seconds=at_s),
        platform="harbour",
        scenario="exam-morning",
        run_id="20260131T101500-3fa2",
        location="eu-west",
        **{"process": "1", "cpu": 0.31, "lag_s": 0.002, **fields},  # type: ignore[arg-type]
    ).observation()


def generators(unfit: tuple[float, float] = (30.0, 33.0)) -> Iterator[Observation]:
    """Yield the seconds of the load: all fit but for a stretch, in which arrivals are missed."""
    for second in range(8, 52):
        if unfit[0] <= second < unfit[1]:
            words = "its loop was late by 0.41 s"
            yield generator(
                second, due=34, started=28, late=9, missed=6, waiting=9, lag_s=0.41, cpu=0.99,
                unfit=words,
            )  # fmt: skip
        else:
            yield generator(second, due=34, started=34)


def batched_report(count: int = 1500, *extra: Observation) -> RunReport:
    """Return the run with its load in batches, and a generator that was unfit for a while."""
    whole = run_report(0)
    unfit = (START + timedelta(seconds=30), START + timedelta(seconds=33))
    requests = [
        replace(one, outcome=Outcome.INVALID, cause="generator-saturated")
        if unfit[0] <= one.at < unfit[1]
        else one
        for one in load(random.Random(7), count)
    ]
    seen = [*whole.observations, *batched(requests, 0.004), *generators(), *extra]
    return replace(whole, observations=tuple(sorted(seen, key=lambda o: o.at)))


def experiments() -> Iterator[Observation]:
    yield observation(
        Kind.CHAOS, "delay-store", DELAY[0], DELAY[1] - DELAY[0],
        attributes={"fault": "100 ms delay on all pods", "status": "held",
                    "recover_s": 0.4, "baseline_p50_s": 0.041, "during_p50_s": 0.143,
                    "worst_error_ratio": 0.0,
                    "worst_duration_s": 0.31},
    )  # fmt: skip
    yield observation(
        Kind.CHAOS, "kill-pod", KILL[0], KILL[1] - KILL[0], outcome=Outcome.BAD,
        cause="steady-state-lost", message="health: 38 of 160 bad; at most 5% may be",
        attributes={"fault": "one pod killed", "status": "deviated", "detect_s": 0.65,
                    "recover_s": 1.9, "worst_error_ratio": 0.62, "worst_duration_s": 0.09},
    )  # fmt: skip


def verdict(objective: str, state: State, good: int, valid: int, **fields: object) -> Verdict:
    base = Verdict(
        objective=objective,
        display_name=objective.replace("-", " ").capitalize(),
        target=0.99,
        window_start=START,
        window_end=START + timedelta(seconds=LENGTH_S),
        covered_s=52.0,
        good=good,
        valid=valid,
        invalid=0,
        estimate=good / valid if valid else None,
        lower=0.0,
        upper=1.0,
        state=state,
        budget_left=None,
        burn_rate=None,
        exhaustion_s=None,
        events_to_settle=None,
        reason="",
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def verdicts() -> tuple[Verdict, ...]:
    return (
        verdict(
            "availability", State.BREACHED, 1445, 1500, target=0.99, lower=0.954, upper=0.971,
            budget_left=-2.67, burn_rate=3.67, exhaustion_s=0.0,
            reason="at most 97.1% of the requests are good at 95% confidence; 99% must be",
        ),
        verdict(
            "latency", State.MET, 1496, 1500, target=0.95, lower=0.9939, upper=0.9989,
            budget_left=0.947, burn_rate=0.053, exhaustion_s=1132.0,
        ),
        verdict(
            "launch", State.INCONCLUSIVE, 12, 12, target=0.999, lower=0.779, upper=1.0,
            budget_left=1.0, burn_rate=0.0, events_to_settle=2984,
            reason="12 events are too few to prove 99.9%",
        ),
        verdict("page-speed", State.NO_DATA, 0, 0, target=0.9, reason="no event matched"),
        verdict(
            "errors-of-answers", State.MET, 498, 500, target=0.98, lower=0.9875, upper=0.9993,
            budget_left=0.8, burn_rate=0.2, exhaustion_s=2_592_000.0,
        ),
    )  # fmt: skip


def run_report(load_count: int = 1500, *extra: Observation) -> RunReport:
    """Return the run; ``extra`` observations come on top."""
    chance = random.Random(7)
    seen = [
        *checks(), *journeys(), *guards(chance), *load(chance, load_count), *experiments(), *extra,
    ]  # fmt: skip
    return RunReport(
        run_id="20260131T101500-3fa2",
        platform_name="harbour",
        platform_title="Harbour Academy",
        environment="staging",
        base_url="https://staging.harbour.example",
        location="eu-west",
        started_at=START,
        ended_at=START + timedelta(seconds=LENGTH_S),
        verdicts=verdicts(),
        steps=(
            RunStep(name="probes", state="failed", exit_code=1, duration_s=3.1, detail="1 of 3"),
            RunStep(name="load", state="passed", exit_code=0, duration_s=44.2),
            RunStep(name="chaos", state="failed", exit_code=1, duration_s=41.7),
        ),
        observations=tuple(sorted(seen, key=lambda o: o.at)),
        push=PushOutcome(ok=True, groups=7, duration_s=0.041),
        version="0.1.0",
    )
