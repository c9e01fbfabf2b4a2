"""What the rules of one objective are about: its platform, its labels, its period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seakeep.observation import Kind
from seakeep.slo.objective import Objective, ObservedRatio
from seakeep.slo.rules.expressions import metric
from seakeep.slo.window import RollingWindow

__all__ = ["STALE_AFTER_S", "Subject"]

STALE_AFTER_S = 3600.0
"""The age at which what was pushed no longer counts, in seconds, unless told otherwise."""

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Subject:
    """An objective of a platform.

    Attributes:
        platform: The platform's name.
        objective: The objective.
        stale_after_s: The age at which what was pushed no longer counts, in seconds.
    """

    platform: str
    objective: Objective
    stale_after_s: float = STALE_AFTER_S

    @property
    def period_s(self) -> float:
        """Return the time its budget is for, in seconds; of a calendar the mean whole days."""
        window = self.objective.window
        if isinstance(window, RollingWindow):
            return window.duration_s
        return max(1, round(window.duration_s / _DAY_S)) * _DAY_S

    @property
    def budget(self) -> float:
        """Return the error budget, without the noise of binary fractions."""
        return round(self.objective.error_budget, 10)

    @property
    def labels(self) -> Mapping[str, str]:
        """Return the labels of its series and alerts: ours, and those that Sloth's users know."""
        objective = self.objective
        return {
            "platform": self.platform,
            "service": objective.service,
            "objective": objective.name,
            "sloth_id": f"{self.platform}-{objective.name}",
            "sloth_service": objective.service,
            "sloth_slo": objective.name,
        }

    @property
    def is_probed(self) -> bool:
        """Return whether its events are pushed all the time: those of checks and journeys."""
        indicator = self.objective.indicator
        probed = {Kind.PROBE, Kind.JOURNEY}
        return isinstance(indicator, ObservedRatio) and bool(probed & set(indicator.events.kinds))

    def series(self, name: str, **more: str) -> str:
        """Return the selector of one of its series."""
        key = {"platform": self.platform, "objective": self.objective.name}
        return metric(name, {**key, **more})
