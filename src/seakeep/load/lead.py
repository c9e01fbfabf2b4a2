"""What directs, records and watches a run: the only process of it, or the master of several."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

import gevent  # type: ignore[import-untyped]

from seakeep import environment
from seakeep.generator import GeneratorSecond
from seakeep.load.breach_watch import BreachWatch
from seakeep.load.capacity import set_apart
from seakeep.load.director import START_S, Director
from seakeep.load.plan import RunPlan
from seakeep.load.team import Team
from seakeep.load.writer import Writer
from seakeep.load_summary import LoadSummary, LoadSummer
from seakeep.observation import Observation
from seakeep.slo.objective import Objective

__all__ = ["Lead"]

_LOG = logging.getLogger(__name__)

_DESERTED = "all workers were gone before the end of the run"


class Lead:
    """One start of Locust, and the runs that it makes one after the other.

    Attributes:
        runs: How many runs were begun.
        started_at: When the clock of the latest showed 0 (UTC).
        ended_at: When the latest was stopped.
        is_running: Whether one is under way.
        never_made: Arrivals of the latest that were due and made by nobody; they are missed.
        watch: Sees when an objective breaks.
        aborts_on_breach: Whether a run ends as soon as that is proven.
        listeners: Get all that processes of the team saw.
        is_search: Whether it is a search for the capacity, whose load is stored apart.
    """

    def __init__(
        self,
        team: Team,
        writer: Writer,
        objectives: Iterable[Objective],
        *,
        stop: Callable[[], None],
    ) -> None:
        """Lead no run yet.

        Args:
            team: What makes the load.
            writer: Writes what it saw.
            objectives: What the load is judged by.
            stop: Ends the run; called from a greenlet of its own.
        """
        self.runs = 0
        self.started_at = self.ended_at = datetime.now(UTC)
        self.is_running = False
        self.never_made = 0
        self.watch = BreachWatch(objectives, self._on_breach)
        self.aborts_on_breach = False
        self._team = team
        self._writer = writer
        self._stop = stop
        self._director: Director | None = None
        self._plan: RunPlan | None = None
        self._summer = LoadSummer()
        self.listeners: list[Callable[[Sequence[Observation]], None]] = []
        self.is_search = False

    def prepare(self, plan: RunPlan) -> None:
        """Be ready for a run; its clock starts with `begin`."""
        self.runs += 1
        self.is_running = True
        self.started_at = datetime.now(UTC)
        self._plan = plan
        self.never_made = 0
        self._summer = LoadSummer()
        self.watch.begin()
        self._team.prepare(plan, self.take)
        self._director = Director(self._team, plan, self._stop)

    def begin(self) -> None:
        """Start the clock, once all users are there; a second call does nothing."""
        if self._director is not None and not self._director.has_started:
            self._director.start()
            if self._plan is not None and self._plan.is_open:
                self.started_at = datetime.now(UTC) + timedelta(seconds=START_S)

    def search(self, see: Callable[[Sequence[Observation]], None]) -> None:
        """Lead a search for the capacity, which gets all that is seen."""
        self.is_search, self.listeners = True, [see]

    def elapsed_s(self) -> float:
        """Return what the run's clock shows, in seconds; below 0 before it begins."""
        started = self._director is not None and self._director.has_started
        return self._director.elapsed_s if self._director is not None and started else -1.0

    def take(self, observations: Sequence[Observation]) -> None:
        """Take what processes of the team saw."""
        self._writer.add(tuple(set_apart(observations)) if self.is_search else observations)
        for observation in observations:
            self._summer.add(observation)
        self.watch.see(observations)
        for listener in self.listeners:
            listener(observations)

    def finish(self) -> None:
        """End the load: no more arrivals; workers are stopped and have told everything."""
        self.ended_at = datetime.now(UTC)
        if self._director is not None:
            self._director.stop()
        self._team.finish()

    def end(self) -> None:
        """Record the rest, now that the users are gone."""
        self._team.end()
        self._tell_never_made()
        self._writer.flush()
        self.is_running = False

    def close(self) -> None:
        """Close the store."""
        self._writer.close()

    @property
    def troubles(self) -> list[str]:
        """Return why the store does not hold all that was seen; nothing when it does."""
        written = [str(self._writer.error)] if self._writer.error is not None else []
        return written + self._team.troubles

    @property
    def losses(self) -> list[str]:
        """Return which processes were lost during the run, in words."""
        deserted = self._director is not None and self._director.is_deserted
        return self._team.losses + ([_DESERTED] if deserted else [])

    @property
    def aborted(self) -> str:
        """Return the breach that ended the latest run early, in words; empty for none."""
        return self.watch.breach if self.aborts_on_breach else ""

    def summary(self) -> LoadSummary:
        """Return the latest run, summed up."""
        return self._summer.summary()

    def _tell_never_made(self) -> None:
        """Record the arrivals that were due and made by nobody, in a run that nobody stopped.

        They were those of workers that were lost, or of a time when there were none.
        """
        director, plan = self._director, self._plan
        if director is None or plan is None or self.never_made:
            return
        if director.is_complete or director.is_deserted:
            self.never_made = max(0, director.expected - self._summer.summary().arrivals.due)
        if self.never_made:
            nobody = GeneratorSecond(
                at=self.started_at,
                platform=plan.platform,
                scenario=plan.scenario,
                run_id=environment.run_id(),
                location=environment.location(),
                process="",
                due=self.never_made,
                missed=self.never_made,
            )
            self.take([nobody.observation()])

    def _on_breach(self) -> None:
        if not self.aborts_on_breach:
            return
        _LOG.error("seakeep: stopping, since %s", self.watch.breach)
        gevent.spawn(self._stop)
