"""The session of one worker of pytest-xdist, which sends checks only where no other has."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from seakeep.checks.check import Check
from seakeep.observation import Kind, Observation
from seakeep.platform import Platform
from seakeep.probes.session import ProbeSession
from seakeep.pytest_plugin.workers import crew_of
from seakeep.store import Store

if TYPE_CHECKING:
    import pytest

    from seakeep.pytest_plugin.crew import Crew

__all__ = ["WorkerSession"]


class WorkerSession(ProbeSession):
    """Leads, and sends all selected checks at once, or follows, and takes them from the store."""

    def __init__(
        self, platform: Platform, store: Store, *, location: str, run_id: str, crew: Crew
    ) -> None:
        super().__init__(platform, store, location=location, run_id=run_id)
        crew.join(store, platform.folder)
        self._crew = crew
        self._selected: tuple[Check, ...] = ()
        self._recorded: dict[str, Observation] = {}

    @classmethod
    def of(cls, config: pytest.Config) -> Callable[..., ProbeSession]:
        """Return what makes the session of this worker."""
        return functools.partial(cls, crew=crew_of(config))

    def start(self, checks: Iterable[Check]) -> None:
        """Send these checks, as every worker is told to, unless another does."""
        self._selected = tuple(checks)
        if self._selected and self._crew.lead(wait=False):
            self._send_missing()

    def answer(self, check: Check) -> Observation:
        """Wait for a check's observation, whoever sends it."""
        if check.name not in self._answers and check.name not in self._recorded:
            self._crew.lead(wait=True)
            self._send_missing()
        recorded = self._recorded.get(check.name)
        return super().answer(check) if recorded is None else recorded

    def close(self, *, interrupted: bool = False) -> None:
        """End as any session does, and tell the controller what could not be waited for."""
        try:
            super().close(interrupted=interrupted)
        finally:
            self._crew.leave_open(self.not_ended)

    def _send_missing(self) -> None:
        """Send what no other worker did, perhaps since it died, and lead until that is recorded."""
        self._recorded = {
            one.name: one
            for one in self._crew.recorded(self.store, self.platform.name, self.run_id)
            if one.kind is Kind.PROBE
        }
        missing = [check for check in self._selected if check.name not in self._recorded]
        if not missing:
            self._crew.leave()
            return
        self._send(missing)
        if self._running is not None:
            self._running.add_done_callback(lambda _: self._crew.leave())
