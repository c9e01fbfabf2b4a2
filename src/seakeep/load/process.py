"""What makes load in one process: its share of the arrivals, its records, and its own fitness."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import gevent  # type: ignore[import-untyped]
from gevent.lock import RLock  # type: ignore[import-untyped]

from seakeep import environment
from seakeep.generator import GeneratorSecond
from seakeep.load.ceiling import Ceiling
from seakeep.load.fitness import Fitness, GeneratorWatch
from seakeep.load.open_loop import OpenLoop
from seakeep.load.recorder import Recorder, Unfit
from seakeep.load.run_clock import RunClock
from seakeep.load.split import Split
from seakeep.load.under_way import UnderWay
from seakeep.observation import Observation

__all__ = ["LoadProcess", "Names"]

_SECOND_S = 1.0
_LOOK_S = 0.1
_LONGEST_S = 600.0
"""A request that took longer is not asked about the second in which it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a process's observations are told apart by.

    Attributes:
        platform: The platform's name.
        scenario: The scenario's name.
        process: Which process of the run it is.
    """

    platform: str
    scenario: str
    process: str


class LoadProcess:
    """Hands arrivals to users, and tells once a second how that went.

    Attributes:
        loop: The arrivals.
        recorder: Where Locust's requests go.
        clock: The times of the run.
    """

    def __init__(
        self,
        names: Names,
        recorder: Recorder,
        watch: GeneratorWatch,
        ceiling: Ceiling,
        users: Callable[[], int],
        under_way: UnderWay | None = None,
    ) -> None:
        """Make no load yet.

        Args:
            names: What its observations carry.
            recorder: Counts the requests.
            watch: Judges the fitness of this process.
            ceiling: Holds requests back.
            users: Tells how many users there are.
            under_way: The requests that have no answer yet.
        """
        self.loop = OpenLoop(Split())
        self.recorder = recorder
        self._names = names
        self._watch = watch
        self._ceiling = ceiling
        self._users = users
        self._under_way = under_way or UnderWay()
        self.clock = RunClock()
        self._tell: Callable[[list[Observation]], None] | None = None
        self._since = 0.0
        self._unfit: dict[int, Unfit] = {}
        self._greenlet: Any = None
        self._telling = RLock()
        self._was_over = False
        self._has_begun = False

    def prepare(self, patience_s: float, tell: Callable[[list[Observation]], None]) -> None:
        """Forget an earlier run, and tell of the coming one once a second.

        Args:
            patience_s: An arrival that waited longer for a free user is given up.
            tell: Takes the observations.
        """
        self._tell_no_more()
        self.loop.reset(patience_s)
        self.recorder.begin()
        self.clock.begin()
        self._since = self.clock.now()
        self._unfit = {}
        self._tell = tell
        self._was_over = False
        self._has_begun = False
        self._watch.start()
        self._greenlet = gevent.spawn(self._tell_often)

    def begin(self, times: Iterator[float | None], start_at: float) -> None:
        """Make the arrivals of a schedule; see `OpenLoop.begin`."""
        self._watch.look()  # what it cost to make the users says nothing of the load
        self._since = self.clock.now()
        self._has_begun = True
        self.loop.begin(times, start_at)

    @property
    def busy(self) -> int:
        """Return how many users are at work."""
        return max(0, self._users() - self.loop.idle)

    @property
    def is_done(self) -> bool:
        """Return whether the schedule is over, and nobody waits or works any more."""
        return self.loop.over and self.loop.waiting == 0 and self.busy == 0

    def halt(self) -> None:
        """Make no more arrivals: the users are about to go."""
        self.loop.halt()

    def end(self) -> None:
        """Tell the rest; the users are gone already."""
        self.loop.end()
        if self._greenlet is not None:
            self._tell_no_more()
            self.tell_now()

    def tell_now(self) -> None:
        """Tell what happened since the last time."""
        with self._telling:
            if self._tell is None:
                return
            counts = self.loop.counts()
            fitness = self._watch.look(counts.lag_s, self.recorder.out_of_sockets)
            now = self.clock.now()
            self._note(fitness, now)
            requests = self.recorder.take(self._unfit)
            second = GeneratorSecond(
                at=datetime.fromtimestamp(self._since, UTC),
                platform=self._names.platform,
                scenario=self._names.scenario,
                run_id=environment.run_id(),
                location=environment.location(),
                process=self._names.process,
                due=counts.due,
                started=counts.started,
                late=counts.late,
                missed=counts.missed,
                waiting=self.loop.waiting,
                busy=self.busy,
                hanging=self._under_way.hanging(),
                users=self._users(),
                requests=sum(request.events for request in requests),
                held_back=self._ceiling.take_held_back(),
                lag_s=fitness.lag_s,
                cpu=fitness.cpu,
                unfit=fitness.unfit,
            )
            self._since = now
            self._tell([*requests, second.observation()])

    def _note(self, fitness: Fitness, now: float) -> None:
        """Keep in mind in which seconds this process was not fit, for requests on their way."""
        if fitness.unfit:
            unfit = Unfit(fitness.unfit, fitness.lag_s)
            first, last = int(self._since), int(now - 2 * _LOOK_S)  # the one just begun is fit
            self._unfit |= dict.fromkeys(range(first, max(first, last) + 1), unfit)
        long_ago = now - _LONGEST_S
        self._unfit = {second: unfit for second, unfit in self._unfit.items() if second > long_ago}

    def _tell_no_more(self) -> None:
        with self._telling:  # what is being told now was taken, and would be lost
            if self._greenlet is not None:
                self._greenlet.kill()
                self._greenlet = None
        self._watch.stop()

    def _tell_often(self) -> None:
        while True:
            gevent.sleep(_LOOK_S)
            if not self._has_begun and not self.recorder.requests:
                continue
            just_done = self.is_done and not self._was_over
            if just_done or self.clock.now() // _SECOND_S > self._since // _SECOND_S:
                self._was_over = self.is_done
                self.tell_now()
