"""Runs the experiments that are due, one at a time; records what it did not run, and why."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from seakeep import environment
from seakeep.errors import SeakeepError
from seakeep.experiment import Experiment
from seakeep.experiment_result import Cause, ExperimentResult, Status
from seakeep.platform import Platform
from seakeep.run.details import experiment_detail
from seakeep.run.due_lines import DueLines
from seakeep.run.due_lock import DueLock
from seakeep.run.obstacle import Obstacle
from seakeep.run.project import Project
from seakeep.run.selection import of_run
from seakeep.run.timetable import Turn, ended, in_turn, moment, timetable
from seakeep.store import Condition, Store

__all__ = ["DueRun", "RunsExperiment", "worst"]

_WORST_FIRST = (4, 1, 2, 3, 0)
"""Exit codes: a fault may be in place; deviated; the files are off; refused; all well."""

_TOOL_FAILURE = 4


class RunsExperiment(Protocol):
    """What runs an experiment: `seakeep.chaos.runner.run_experiment`."""

    def __call__(
        self, file: Path, *, env: Mapping[str, str], journal: Path, timeout_s: float
    ) -> ExperimentResult:
        """Run it to its end, and return what it came to."""


def worst(codes: Sequence[int]) -> int:
    """Return the loudest of exit codes: 4 before 1, 2 and 3; 0 when there is none."""
    return min(codes, key=_WORST_FIRST.index, default=0)


def _code_of(obstacle: Obstacle | None) -> int:
    return _TOOL_FAILURE if obstacle and obstacle.is_fault else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRun:
    """One call of `seakeep chaos due`.

    Attributes:
        project: Where the experiments are.
        platform: What they are run against.
        store: Where they are recorded.
        run_id: The run they belong to.
        folder: Where their journals go.
        lines: Where to say how it goes.
        run: What runs an experiment.
        obstacle: What looks for a reason to start none.
        clock: What tells the time (UTC).
    """

    project: Project
    platform: Platform
    store: Store
    run_id: str
    folder: Path
    lines: DueLines
    run: RunsExperiment
    obstacle: Callable[[], Obstacle | None]
    clock: Callable[[], datetime]

    def run_due(self, lock: DueLock) -> int:
        """Run what is due, and return the exit code.

        Raises:
            UsageError: Nothing has a schedule.
            StoreError: The store can't be read or written.
            KeyboardInterrupt: A signal came; the experiment has rolled back, and what was still
                to come is recorded as skipped.
        """
        turns = timetable(self.platform, self.store, self.clock())
        waiting = in_turn(turns)
        if not lock.held:
            return self._leave(waiting, lock)
        if not waiting:
            self._tell_next(turns)
            return 0
        lock.note(self.platform.name, [turn.experiment.name for turn in waiting])
        return self._run_all(waiting)

    def _run_all(self, waiting: Sequence[Turn]) -> int:
        if obstacle := self.obstacle():
            self._skip(waiting, obstacle.reason)
            return _code_of(obstacle)
        codes = []
        for number, turn in enumerate(waiting, start=1):
            name, rest = turn.experiment.name, waiting[number:]
            try:
                codes.append(self._take(turn.experiment))
            except KeyboardInterrupt:
                self._skip(rest, f"interrupted during {name}")
                raise
            obstacle = self.obstacle()
            if obstacle or codes[-1] == _TOOL_FAILURE:
                if obstacle and obstacle.is_fault and not rest:
                    self.lines.say(obstacle.reason)
                why = obstacle.reason if obstacle else f"{name} failed before its turn came"
                self._skip(rest, why)
                return worst([*codes, _code_of(obstacle)])
        return worst(codes)

    def _leave(self, due: Sequence[Turn], lock: DueLock) -> int:
        """Leave it to the other process, which may not know of what fell due since."""
        self.lines.say("another `seakeep chaos due` is under way; one at a time")
        in_hand = lock.in_hand(self.platform.name)
        missed = [turn for turn in due if turn.experiment.name not in in_hand]
        self._skip(missed, "another `seakeep chaos due` is under way")
        return 0

    def _tell_next(self, turns: Sequence[Turn]) -> None:
        coming = [(turn.next_begin, turn.experiment.name) for turn in turns if turn.next_begin]
        following = min(coming, default=None)
        told = f"; next is {following[1]}, {moment(following[0])}" if following else ""
        self.lines.say(f"nothing is due{told}")

    def _take(self, experiment: Experiment) -> int:
        """Run an experiment if it is due still, and return its exit code."""
        began_at = self.clock()
        (turn,) = (
            turn
            for turn in timetable(self.platform, self.store, began_at)
            if turn.experiment is experiment
        )
        if turn.due:
            return self._run(experiment, began_at)
        if turn.last and turn.begin and turn.last.at >= turn.begin:
            told = f"ran meanwhile, {ended(turn.last)}, {moment(turn.last.at)}"
            self.lines.done(experiment.name, "not due", told)
        else:
            self._skip([turn], "its days and hours were over when its turn came")
        return 0

    def _run(self, experiment: Experiment, began_at: datetime) -> int:
        started = time.monotonic()
        with self.lines.under_way(experiment.name):
            result = self._result(experiment)
        told = experiment_detail(result)
        self.lines.done(experiment.name, result.status, told, time.monotonic() - started)
        if not self._is_recorded(experiment, began_at):
            self._record(replace(result, experiment=experiment.name), began_at)
        return result.exit_code

    def _result(self, experiment: Experiment) -> ExperimentResult:
        try:
            return self.run(
                self.project.root / experiment.file,
                env=experiment.settings_for(os.environ) | self._identity(),
                journal=self.folder / "journals" / f"{experiment.name}.json",
                timeout_s=experiment.timeout_s + experiment.recovery_timeout_s,
            )
        except (SeakeepError, OSError) as error:
            return ExperimentResult(
                experiment=experiment.name,
                status=Status.FAILED,
                cause=Cause.ERROR,
                message=str(error),
            )

    def _identity(self) -> dict[str, str]:
        return {
            environment.RUN_ID: self.run_id,
            environment.HOME: str(self.store.file.parent),
            environment.PLATFORM: str(self.project.platform_folder),
        }

    def _skip(self, turns: Sequence[Turn], reason: str) -> None:
        for turn in turns:
            name = turn.experiment.name
            self.lines.done(name, Status.SKIPPED, reason)
            result = ExperimentResult(
                experiment=name, status=Status.SKIPPED, cause=Cause.SKIPPED, message=reason
            )
            self._record(result, self.clock())

    def _record(self, result: ExperimentResult, at: datetime) -> None:
        observation = result.observation(
            self.platform.name, at=at, location=environment.location(), run_id=self.run_id
        )
        self.store.record(observation)

    def _is_recorded(self, experiment: Experiment, began_at: datetime) -> bool:
        """Return whether the guard recorded the run; it could not where it never came to be."""
        mine = of_run(self.platform.name, self.run_id, began_at)
        named = Condition("kind = 'chaos' AND name = ?", (experiment.name,))
        return bool(self.store.select("1", mine, named, tail="LIMIT 1"))
