"""How fast a fault goes: on a proven breach, and when the harness is killed; and false alarms."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from bench.measure import Figure
from bench.torture import PLATFORM, ROOT, Torture, Way, slos, torture
from seakeep.chaos.evidence import Evidence
from seakeep.chaos.runner import run_experiment
from seakeep.experiment_result import ExperimentResult, Status
from seakeep.observation import Kind, Observation, Outcome
from seakeep.platform_file import load_platform
from seakeep.slo.objective import Objective
from seakeep.slo.openslo import load_objectives

__all__ = ["false_aborts", "run"]

_RUNS = 10
_NULL_RUNS = 1000
_NULL_RUN_S = 60.0
_RATE_PER_S = 20.0
_KILL_AFTER_S = 6.0
_TRIES = 10

# A third of the answers is too slow, and so bad, as soon as one of three pods is 500 ms late.
_STRICT = {"maxDuration": "250ms", "target": "0.99"}


def run() -> Iterator[Figure]:
    """Measure on a sandbox of its own, and simulate the runs in which nothing is wrong."""
    with torture(_STRICT) as made:
        results = [_times(breach(made, number)) for number in range(_RUNS)]
        killed = tuple(_killed(made) for _ in range(_RUNS))
    proven = tuple(removed_s for _, removed_s in results)
    reactions = tuple(detect_s + removed_s for detect_s, removed_s in results)
    yield _reaction("a third of answers bad: breach proven to fault removed", proven)
    yield _reaction("a third of answers bad: fault injected to removed", reactions)
    aim = "<= 3 s"
    yield Figure("harness killed to fault removed", killed, "s", aim, max(killed) <= 3.0)
    for share in (0.5, 1.0):
        aborts = float(false_aborts(share, _NULL_RUNS, seed=1))
        name = f"{_NULL_RUNS} null runs, errors at {share:.0%} of the budget: aborts"
        yield Figure(name, (aborts,), "", "0", aborts == 0)


def breach(made: Torture, number: int) -> ExperimentResult:
    """Run an experiment that makes a third of the answers bad, and return what it came to.

    Raises:
        RuntimeError: No breach was proven, so that there is nothing to measure.
    """
    env = made.environment(made.folder / f"breach-{number}")
    env |= {"SEAKEEP_LATENCY_MS": "500", "SEAKEEP_SHARE_PERCENT": "34"}
    env |= {"SEAKEEP_FAULT_DURATION_S": "20", "SEAKEEP_EXPERIMENT": "breach"}
    result = run_experiment(
        ROOT / "chaos" / "network-latency.yaml",
        env=env,
        journal=made.folder / f"breach-{number}.json",
        timeout_s=60,
    )
    if result.status is not Status.DEVIATED:
        raise RuntimeError(f"wanted a breach, got {result.status}: {result.message}")
    return result


def false_aborts(share_of_budget: float, runs: int, seed: int) -> int:
    """Return how many of so many runs are ended though nothing is wrong.

    Args:
        share_of_budget: The error ratio of the platform, as a share of what it may have.
        runs: How many runs, each of a minute at the observer's rate.
        seed: Of the draws.
    """
    objective = _objective()
    drawn = random.Random(seed)
    bad_share = (1.0 - objective.target) * share_of_budget
    return sum(_is_aborted(objective, bad_share, drawn) for _ in range(runs))


def _is_aborted(objective: Objective, bad_share: float, drawn: random.Random) -> bool:
    evidence = Evidence("null", (objective,))
    evidence.injected_at = evidence.timeline.at(0.0)
    for number in range(round(_NULL_RUN_S * _RATE_PER_S)):
        bad = drawn.random() < bad_share
        evidence.take(
            Observation(
                at=evidence.injected_at + timedelta(seconds=number / _RATE_PER_S),
                platform="harbour",
                kind=Kind.PROBE,
                name="live",
                location="local",
                run_id="null",
                outcome=Outcome.BAD if bad else Outcome.GOOD,
                duration_s=0.01,
            )
        )
    return evidence.breach is not None


def _objective() -> Objective:
    """Return the objective as the experiments have it, read from its file."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "slos.yaml").write_text(slos(_STRICT))
        (Path(folder) / "platform.yaml").write_text(
            PLATFORM.replace("${SEAKEEP_BASE_URL}", "http://127.0.0.1:9")
        )
        (objective,) = load_objectives(load_platform(folder))
    return objective


def _times(result: ExperimentResult) -> tuple[float, float]:
    """Return from injection to proof, and from there to removal; what is not known is not fast."""
    if result.detect_s is None or result.removed_s is None:
        raise RuntimeError(f"wanted a breach of a guarded objective, got {result.message}")
    return result.detect_s, result.removed_s


def _killed(made: Torture) -> float:
    """Return how long the fault outlived the harness; without one at the kill, nothing did."""
    for _ in range(_TRIES):
        ordeal = made.inflict(Way.KILL_HARNESS, _KILL_AFTER_S)
        if ordeal.wrong:
            raise RuntimeError(f"a killed harness left something: {'; '.join(ordeal.wrong)}")
        if ordeal.gone_s:
            return ordeal.gone_s
    raise RuntimeError(f"no fault was in place {_KILL_AFTER_S:g} s after the start")


def _reaction(name: str, seconds: tuple[float, ...]) -> Figure:
    median = sorted(seconds)[len(seconds) // 2]
    reached = median <= 2.0 and max(seconds) <= 4.0
    return Figure(name, seconds, "s", "median <= 2 s, worst <= 4 s", reached)
