"""The clock of one exchange: every moment belongs to exactly one stage."""

from __future__ import annotations

import time

from seakeep.observation import Phases
from seakeep.probes.causes import Stage

__all__ = ["StageClock"]


class StageClock:
    """Sums the seconds spent in each stage, so that the phases add up to the duration."""

    def __init__(self) -> None:
        """Start, in the first stage."""
        self.restart()

    def restart(self) -> None:
        """Forget all, and start in the first stage."""
        self.stage = Stage.RESOLVE
        self._seconds: dict[Stage, float] = {}
        self._began = self._since = time.perf_counter()
        self._stopped: float | None = None

    def enter(self, stage: Stage) -> None:
        """Leave the current stage and be in this one from now on."""
        self._add(time.perf_counter())
        self.stage = stage

    def was_in(self, stage: Stage) -> bool:
        """Return whether any time was spent in a stage."""
        return stage in self._seconds

    def skip(self, stage: Stage) -> None:
        """Be in this stage instead of the current one, which did not happen."""
        self.stage = stage

    def stop(self) -> None:
        """Stop for good; what follows is Seakeep's own time, not the platform's."""
        if self._stopped is None:
            self._stopped = time.perf_counter()
            self._add(self._stopped)

    @property
    def began_s(self) -> float:
        """When it was started, on `time.perf_counter`."""
        return self._began

    @property
    def duration_s(self) -> float:
        """Seconds from the start until it was stopped, or until now."""
        return (self._stopped or time.perf_counter()) - self._began

    def phases(self) -> Phases:
        """Return the seconds of each stage that was entered."""
        return Phases(
            resolve_s=self._seconds.get(Stage.RESOLVE),
            connect_s=self._seconds.get(Stage.CONNECT),
            tls_s=self._seconds.get(Stage.TLS),
            processing_s=self._seconds.get(Stage.PROCESSING),
            transfer_s=self._seconds.get(Stage.TRANSFER),
        )

    def _add(self, now: float) -> None:
        self._seconds[self.stage] = self._seconds.get(self.stage, 0.0) + now - self._since
        self._since = now
