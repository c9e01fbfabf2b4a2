"""When people are told that an objective's error budget burns: OpenSLO's alert policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seakeep.slo.objective import Operator

__all__ = ["AlertPolicy", "BurnRateCondition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnRateCondition:
    """A burn rate that must not last: an OpenSLO ``AlertCondition`` of kind ``burnrate``.

    Attributes:
        name: Its name, unique within the policy.
        operator: How an alarming burn rate compares with `threshold`.
        threshold: The burn rate: error ratio over error budget, without a unit.
        lookback_s: The time that the burn rate is taken over, in seconds.
        alert_after_s: How long it must last before it is told, in seconds.
        severity: OpenSLO's severity, such as ``page`` or ``ticket``; may be empty.
        description: What it means, for the person who is told; may be empty.
    """

    operator: Operator
    threshold: float
    lookback_s: float
    alert_after_s: float = 0.0
    name: str = ""
    severity: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """One or more conditions, and when a person is told of them.

    Attributes:
        name: Unique within the file.
        conditions: At least one; the specification demands exactly one today.
        display_name: The name for people; may be empty.
        description: What it is for; may be empty.
        alert_when_breaching: Tell when a condition begins to hold.
        alert_when_resolved: Tell when it no longer holds.
        alert_when_no_data: Tell when there is nothing to judge by.
        notification_targets: The names of those who are told; Alertmanager routes by them.
    """

    name: str
    conditions: tuple[BurnRateCondition, ...]
    display_name: str = ""
    description: str = ""
    alert_when_breaching: bool = True
    alert_when_resolved: bool = False
    alert_when_no_data: bool = False
    notification_targets: tuple[str, ...] = ()

    @property
    def severity(self) -> str:
        """Return the severity of its first condition; may be empty."""
        return self.conditions[0].severity if self.conditions else ""
