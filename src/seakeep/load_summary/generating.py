"""Sums up what the processes of a load generator tell of themselves, second by second."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from seakeep.generator import GeneratorSecond
from seakeep.load_summary.record import Arrivals, GeneratorFitness
from seakeep.plain import plain

__all__ = ["Generating"]

_RECENT_S = 120
"""Processes tell of the same second at different times, and by clocks that differ a little."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Recent:
    """The seconds of the last two minutes, and how many there were before."""

    fitness: dict[int, bool] = field(default_factory=dict)
    waiting: Counter[tuple[str, int]] = field(default_factory=Counter)
    newest_s: int = 0
    older: int = 0
    older_unfit: int = 0

    def add(self, at_s: int, *, is_unfit: bool) -> None:
        if at_s > self.newest_s:
            self.newest_s = at_s
            self._fold()
        if self._is_old(at_s):  # somebody told of that second, as a rule: it is one of the older
            self.older_unfit = min(self.older, self.older_unfit + is_unfit)
        else:
            self.fitness[at_s] = self.fitness.get(at_s, False) or is_unfit

    def waiting_with(self, name: str, second: GeneratorSecond) -> int:
        """Return how many wait in a second, in all processes that told of it by now."""
        at_s = int(second.at.timestamp())
        if not second.waiting or self._is_old(at_s):
            return second.waiting or self.waiting.get((name, at_s), 0)
        self.waiting[name, at_s] += second.waiting
        return self.waiting[name, at_s]

    @property
    def seconds(self) -> int:
        return self.older + len(self.fitness)

    @property
    def unfit_seconds(self) -> int:
        return self.older_unfit + sum(self.fitness.values())

    def _is_old(self, at_s: int) -> bool:
        return at_s <= self.newest_s - _RECENT_S

    def _fold(self) -> None:
        old = [self.fitness.pop(at_s) for at_s in list(self.fitness) if self._is_old(at_s)]
        self.older += len(old)
        self.older_unfit += sum(old)
        for key in [key for key in self.waiting if self._is_old(key[1])]:
            del self.waiting[key]


@dataclass(slots=True)
class Generating:
    """What the generator's processes told of themselves.

    Seconds are known one by one for two minutes; after that, only how many they were.

    Attributes:
        scenarios: The arrivals of each scenario.
        total: All arrivals.
    """

    scenarios: dict[str, Arrivals] = field(default_factory=dict)
    total: Arrivals = field(default_factory=Arrivals)
    _recent: _Recent = field(default_factory=_Recent)
    _processes: set[tuple[str, str]] = field(default_factory=set)
    _latest: tuple[datetime, str] = (_LONG_AGO, "")
    _most_lag_s: float = 0.0
    _most_cpu: float = 0.0

    def add(self, second: GeneratorSecond) -> None:
        """Take a second into account."""
        name = plain(second.scenario, 200)
        self._recent.add(int(second.at.timestamp()), is_unfit=bool(second.unfit))
        of_name = self.scenarios.get(name, Arrivals(scenario=name))
        self.scenarios[name] = _plus(of_name, second, self._recent.waiting_with(name, second))
        self.total = _plus(self.total, second, self._recent.waiting_with("", second))
        if second.process:
            self._processes.add((second.location, second.process))
        if second.unfit:
            self._latest = max(self._latest, (second.at, second.unfit))
        self._most_lag_s = max(self._most_lag_s, second.lag_s)
        self._most_cpu = max(self._most_cpu, second.cpu)

    def fitness(self) -> GeneratorFitness:
        """Return whether the generator could keep up."""
        return GeneratorFitness(
            seconds=self._recent.seconds,
            unfit_seconds=self._recent.unfit_seconds,
            why=plain(self._latest[1], 300),
            most_lag_s=self._most_lag_s,
            most_cpu=self._most_cpu,
            processes=len(self._processes),
        )


def _plus(arrivals: Arrivals, second: GeneratorSecond, waiting: int) -> Arrivals:
    return replace(
        arrivals,
        due=arrivals.due + second.due,
        started=arrivals.started + second.started,
        late=arrivals.late + second.late,
        missed=arrivals.missed + second.missed,
        most_waiting=max(arrivals.most_waiting, waiting),
        held_back=arrivals.held_back + second.held_back,
    )
