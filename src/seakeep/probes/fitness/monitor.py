"""Watches the observer while checks run, and says of each whether the observer could judge it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from seakeep.probes.fitness.clock_steps import ClockSteps
from seakeep.probes.fitness.descriptors import Descriptors
from seakeep.probes.fitness.exchange import NO_ANSWER, TICK_S, Exchange, Source, Tick, Unfit
from seakeep.probes.fitness.loop_lag import LoopLag
from seakeep.probes.fitness.memory import Memory
from seakeep.probes.fitness.routes import Routes

__all__ = ["SOURCES", "FitnessMonitor"]

SOURCES: tuple[Callable[[Path], Source], ...] = (
    ClockSteps,
    Descriptors,
    Memory,
    Routes,
    LoopLag,
)
"""All that may be wrong with the observer; the first that has something to say gives the cause."""


class FitnessMonitor:
    """Samples the observer on the running loop, from entering until leaving.

    It is one timer, ten times a second. To be used on the thread of that loop only.
    """

    def __init__(
        self,
        *,
        root: Path = Path("/"),
        sources: Sequence[Callable[[Path], Source]] = SOURCES,
    ) -> None:
        """Watch the observer whose ``/proc`` and ``/sys`` stand below ``root``."""
        self._root = root
        self._make = tuple(sources)
        self._sources: tuple[Source, ...] = ()
        self._at_s: list[float] = []
        self._due_s = float("inf")
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        self._sources = tuple(make(self._root) for make in self._make)
        self._at_s = [float("-inf")] * len(self._sources)
        self._due_s = time.perf_counter()
        self._tick()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due_s = float("inf")

    def unfit(self, seen: Exchange) -> Unfit | None:
        """Return why the observer could not judge an exchange, or ``None``: it could.

        To be asked as soon as the exchange has ended. Nothing is waited for.
        """
        if time.perf_counter() > self._due_s:  # we are late: the exchange itself held up the loop
            self._tick()
        if seen.cause in NO_ANSWER:
            self._look(Tick.now(), oldest_s=TICK_S)
        for source in self._sources:
            found = source.unfit(seen)
            if found is not None:
                return found
        return None

    def _tick(self) -> None:
        self._look(Tick(self._due_s, time.perf_counter()))
        if self._timer is not None:
            self._timer.cancel()
        self._due_s = time.perf_counter() + TICK_S
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _look(self, tick: Tick, *, oldest_s: float = float("inf")) -> None:
        """Sample each source whose turn it is, or whose last sample is older than that."""
        for index, source in enumerate(self._sources):
            if tick.now_s - self._at_s[index] >= min(source.every_s - TICK_S / 2, oldest_s):
                source.sample(tick)
                self._at_s[index] = tick.now_s
