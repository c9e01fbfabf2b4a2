"""The steps of a run: each starts the ecosystem's own command and says how it ended."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from seakeep import environment
from seakeep.observation import Kind, Observation, Outcome
from seakeep.platform import Experiment, Platform, Scenario
from seakeep.processes import run_to_end
from seakeep.reports.run_record import RunStep, StepState
from seakeep.run.details import experiment_detail, last_line, load_detail, probe_detail
from seakeep.run.locust_command import locust_command
from seakeep.run.progress import Progress
from seakeep.run.project import Project
from seakeep.run.selection import of_run
from seakeep.store import Condition, Store

__all__ = ["StepRunner", "longest_load_s"]

_PYTEST = (sys.executable, "-m", "pytest", "probes", "-q", "--color=no", "-p", "no:cacheprovider")

# What an exit code says: "failed" speaks of the platform, "error" of the tool.
_PYTEST_STATES: dict[int, StepState] = {0: "passed", 1: "failed"}
_LOCUST_STATES: dict[int, StepState] = {0: "passed", 1: "failed", 3: "refused"}
_EXPERIMENT_STATES: dict[str, StepState] = {
    "held": "passed",
    "deviated": "failed",
    "refused": "refused",
    "failed": "error",
}

_START_S = 60.0
"""What a command may take beside its own work: to start, to collect, to record, to end."""


def longest_load_s(scenario: Scenario) -> float:
    """Return how long the command of a scenario may take, in seconds.

    After the last arrival it waits for answers as long as the scenario's patience.
    """
    return scenario.duration_s + scenario.patience_s + _START_S


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRunner:
    """Runs the steps of one run, one after the other.

    Attributes:
        project: Where the suites are.
        platform: What is run against.
        store: Where the children record.
        run_id: The run they record for.
        started_at: When it began (UTC).
        folder: Where logs and journals go.
        progress: Where to say how it goes.
    """

    project: Project
    platform: Platform
    store: Store
    run_id: str
    started_at: datetime
    folder: Path
    progress: Progress

    def run_all(self) -> Iterator[RunStep]:
        """Run every step that the platform declares; yields each as it ends."""
        checks, journeys = self.platform.checks, self.platform.journeys
        longest_s = sum(check.timeout_s for check in checks)
        yield self._pytest("probes", Kind.PROBE, f"{len(checks)} checks", longest_s)
        if journeys:
            longest_s = sum(2 * journey.timeout_s for journey in journeys)
            expectation = f"{len(journeys)} in Chromium"
            yield self._pytest("journeys", Kind.JOURNEY, expectation, longest_s)
        for scenario in self.platform.scenarios:
            yield self._load(scenario)
        for experiment in self.platform.experiments:
            yield self._experiment(experiment)

    def _pytest(self, title: str, kind: Kind, expectation: str, longest_s: float) -> RunStep:
        started = time.monotonic()
        markers = "journey" if kind is Kind.JOURNEY else "not journey"
        command = [*_PYTEST, "-m", markers, "--platform", str(self.platform.folder)]
        code, log = self._command(title, command, expectation, longest_s + _START_S)
        seen = self._seen(kind)
        state = _PYTEST_STATES.get(code, "error")
        if code == 1 and not any(observation.outcome is Outcome.BAD for observation in seen):
            state = "error"  # the observer was unfit: that is no word on the platform
        return self._done(title, state, code, started, self._told(code, log, probe_detail(seen)))

    def _load(self, scenario: Scenario) -> RunStep:
        started, title = time.monotonic(), f"load {scenario.name}"
        allows = environment.allows_production()
        command = locust_command(self.project, scenario, allow_production=allows)
        longest_s = longest_load_s(scenario)
        code, log = self._command(title, command, scenario.describe(), longest_s)
        of_load = [
            o for o in self._seen(Kind.LOAD) if o.attributes.get("scenario") == scenario.name
        ]
        seen = [*of_load, *(o for o in self._seen(Kind.GENERATOR) if o.name == scenario.name)]
        state = _LOCUST_STATES.get(code, "error")
        return self._done(title, state, code, started, self._told(code, log, load_detail(seen)))

    def _experiment(self, experiment: Experiment) -> RunStep:
        from seakeep.chaos.runner import run_experiment  # noqa: PLC0415 - heavy imports

        title, started = f"chaos {experiment.name}", time.monotonic()
        with self.progress.step(title, "under its guard"):
            result = run_experiment(
                self.project.root / experiment.file,
                env=self._environment() | experiment.settings_for(os.environ),
                journal=self.folder / "journals" / f"{experiment.name}.json",
                timeout_s=experiment.timeout_s + experiment.recovery_timeout_s,
            )
        state = _EXPERIMENT_STATES[result.status]
        return self._done(title, state, result.exit_code, started, experiment_detail(result))

    def _command(
        self, title: str, command: Sequence[str], expectation: str, timeout_s: float
    ) -> tuple[int, Path]:
        """Run a command to its end, and return its exit code and its log."""
        log = self.folder / "logs" / f"{title.replace(' ', '-')}.log"
        with self.progress.step(title, expectation):
            code = run_to_end(
                command,
                env=self._environment(),
                cwd=self.project.root,
                log=log,
                timeout_s=timeout_s,
            )
        return code, log

    def _done(
        self, title: str, state: StepState, code: int, started: float, detail: str
    ) -> RunStep:
        duration_s = time.monotonic() - started
        self.progress.done(title, state, duration_s, detail)
        return RunStep(
            name=title, state=state, exit_code=code, duration_s=duration_s, detail=detail
        )

    def _told(self, code: int, log: Path, detail: str) -> str:
        """Return the detail, or what the command said last where it could not do its work."""
        if code in {0, 1}:
            return detail
        return f"exit code {code}: {last_line(log)} (see {log})"

    def _environment(self) -> dict[str, str]:
        """Return the children's environment: the whole run is handed on, not each of its steps."""
        return {**os.environ, environment.PUSHGATEWAY: "", environment.TEXTFILE: ""}

    def _seen(self, kind: Kind) -> list[Observation]:
        mine = of_run(self.platform.name, self.run_id, self.started_at)
        return list(self.store.observations(mine, Condition("kind = ?", (kind,))))
