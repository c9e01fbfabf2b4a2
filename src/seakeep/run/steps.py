"""The steps of a run: each starts the ecosystem's own command and sums up what it recorded."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seakeep import environment
from seakeep.observation import Kind, Observation, Outcome
from seakeep.platform import Experiment, Platform, Scenario
from seakeep.processes import run_to_end
from seakeep.reports.quantile import quantile
from seakeep.reports.run_record import RunStep, StepState
from seakeep.run.progress import Progress
from seakeep.run.project import Project
from seakeep.store import Condition, Store

if TYPE_CHECKING:
    from seakeep.chaos.result import ExperimentResult

__all__ = ["StepRunner"]

_PYTEST = (sys.executable, "-m", "pytest", "probes", "-q", "--color=no", "-p", "no:cacheprovider")
_STATES: dict[str, StepState] = {
    "held": "passed",
    "deviated": "failed",
    "failed": "failed",
    "refused": "refused",
}
_EXTRA_S = 60.0
"""How much longer than its own length an experiment may take, for baseline and recovery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRunner:
    """Runs the steps of one run, one after the other.

    Attributes:
        project: Where the suites are.
        platform: What is run against.
        store: Where the children record.
        run_id: The run they record for.
        folder: Where logs and journals go.
        progress: Where to say how it goes.
    """

    project: Project
    platform: Platform
    store: Store
    run_id: str
    folder: Path
    progress: Progress

    def run_all(self) -> Iterator[RunStep]:
        """Run every step that the platform declares; yields each as it ends."""
        count = len(self.platform.checks)
        yield self._pytest("probes", "not journey", f"{count} checks", Kind.PROBE)
        if self.platform.journeys:
            count = len(self.platform.journeys)
            yield self._pytest("journeys", "journey", f"{count} in Chromium", Kind.JOURNEY)
        for scenario in self.platform.scenarios:
            yield self._load(scenario)
        for experiment in self.platform.experiments:
            yield self._experiment(experiment)

    def _pytest(self, title: str, markers: str, expectation: str, kind: Kind) -> RunStep:
        command = [*_PYTEST, "-m", markers, "--platform", str(self.platform.folder)]
        return self._command(title, command, expectation, lambda: self._observed(kind))

    def _load(self, scenario: Scenario) -> RunStep:
        command = [
            sys.executable,
            *("-m", "locust", "-f", str(self.project.root / scenario.file)),
            *("--headless", "--only-summary", "--loglevel", "WARNING"),
        ]
        expectation = f"{scenario.rate_per_s:g} requests/s for {scenario.duration_s:g} s"
        return self._command(
            f"load {scenario.name}", command, expectation, lambda: self._load_seen(scenario)
        )

    def _command(
        self, title: str, command: Sequence[str], expectation: str, detail: Callable[[], str]
    ) -> RunStep:
        started = time.monotonic()
        log = self.folder / "logs" / f"{title.replace(' ', '-')}.log"
        with self.progress.step(title, expectation):
            code = run_to_end(command, env=self._environment(), cwd=self.project.root, log=log)
        state: StepState = "passed" if code == 0 else "failed"
        text = detail()
        if code not in {0, 1}:
            text = f"exit code {code}: {_last_line(log)} (see {log})"
        self.progress.done(title, state, started, text)
        return RunStep(
            name=title,
            state=state,
            exit_code=code,
            duration_s=time.monotonic() - started,
            detail=text,
        )

    def _experiment(self, experiment: Experiment) -> RunStep:
        from seakeep.chaos.runner import run_experiment  # noqa: PLC0415 - heavy imports

        title, started = f"chaos {experiment.name}", time.monotonic()
        journal = self.folder / "journals" / f"{experiment.name}.json"
        with self.progress.step(title, "under its guard"):
            result = run_experiment(
                self.project.root / experiment.file,
                env=self._environment(),
                journal=journal,
                timeout_s=experiment.recovery_timeout_s + _EXTRA_S,
            )
        detail = _experiment_detail(result)
        self.progress.done(title, result.status, started, detail)
        return RunStep(
            name=title,
            state=_STATES[result.status],
            exit_code=result.exit_code,
            duration_s=time.monotonic() - started,
            detail=detail,
        )

    def _environment(self) -> dict[str, str]:
        """Return the children's environment: they don't push, since the whole run is pushed."""
        return {**os.environ, environment.PUSHGATEWAY: ""}

    def _of_kind(self, kind: Kind) -> list[Observation]:
        condition = Condition("run_id = ? AND kind = ?", (self.run_id, kind))
        return list(self.store.observations(condition))

    def _observed(self, kind: Kind) -> str:
        seen = self._of_kind(kind)
        good = sum(1 for observation in seen if observation.outcome is Outcome.GOOD)
        parts = [f"{good} of {len(seen)} good"]
        parts += [f"{o.name}: {o.message}" for o in seen if o.outcome is not Outcome.GOOD]
        parts += [_vitals(o) for o in seen if o.kind is Kind.JOURNEY and o.outcome is Outcome.GOOD]
        return "; ".join(part for part in parts if part)

    def _load_seen(self, scenario: Scenario) -> str:
        seen = self._of_kind(Kind.LOAD)
        mine = [o for o in seen if o.attributes.get("scenario") == scenario.name]
        if not mine:
            return "no requests"
        bad = sum(1 for observation in mine if observation.outcome is not Outcome.GOOD)
        span_s = (mine[-1].at - mine[0].at).total_seconds() or math.inf
        p95_ms = quantile(sorted(o.duration_s for o in mine), 0.95) * 1000
        return f"{len(mine)} requests, {len(mine) / span_s:.0f}/s, {bad} bad, p95 {p95_ms:.0f} ms"


def _experiment_detail(result: ExperimentResult) -> str:
    parts = [result.message or result.fault]
    if result.worst_error_ratio is not None:
        parts.append(f"{result.worst_error_ratio:.0%} bad in the worst second")
    if result.recover_s is not None:
        parts.append(f"recovered in {result.recover_s:.1f} s")
    return ", ".join(part for part in parts if part)


def _vitals(journey: Observation) -> str:
    shown = [
        f"{name.removesuffix('_ms').upper()} {value:.0f} ms"
        for name in ("lcp_ms", "inp_ms", "ttfb_ms")
        if isinstance(value := journey.attributes.get(name), int | float)
    ]
    return f"{journey.name}: {', '.join(shown)}" if shown else ""


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "no output")
