"""Which burn rates alert, over which windows: the SRE Workbook's table as data.

"The Site Reliability Workbook" (Google, 2018), chapter 5, "6: Multiwindow, Multi-Burn-Rate
Alerts", https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["RECORDED_S", "WORKBOOK", "BurnWindows", "Severity"]

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


class Severity(StrEnum):
    """How loud an alert is: ``critical`` pages a person, ``warning`` is a ticket."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class BurnWindows:
    """A pair of windows: the long one says that it matters, the short one that it goes on.

    Attributes:
        severity: The workbook's page or ticket.
        long_s: The long window, in seconds.
        short_s: The short window: a twelfth of the long one.
        share: The share of the period's budget that is gone when the alert fires.
    """

    severity: Severity
    long_s: float
    short_s: float
    share: float

    def factor(self, period_s: float) -> float:
        """Return the burn rate above which the pair alerts: share x period / long window.

        For 30 days these are the workbook's 14.4, 6, 3 and 1. Never below 1: at a lower burn rate
        the budget lasts longer than the period, and nobody is to be told of a promise that is kept.
        """
        return max(1.0, round(self.share * period_s / self.long_s, 6))

    def severity_for(self, period_s: float) -> Severity:
        """Return the severity: a page becomes a ticket where the burn rate was raised to 1."""
        raised = self.share * period_s / self.long_s < 1.0
        return Severity.WARNING if raised else self.severity


WORKBOOK = (
    BurnWindows(Severity.CRITICAL, _HOUR, 5 * _MINUTE, 0.02),
    BurnWindows(Severity.CRITICAL, 6 * _HOUR, 30 * _MINUTE, 0.05),
    BurnWindows(Severity.WARNING, _DAY, 2 * _HOUR, 0.10),
    BurnWindows(Severity.WARNING, 3 * _DAY, 6 * _HOUR, 0.10),
)
"""Table 5-8 of the workbook."""

RECORDED_S = tuple(sorted({s for pair in WORKBOOK for s in (pair.long_s, pair.short_s)}))
"""The windows of error ratios, in seconds: 5m 30m 1h 2h 6h 1d 3d, which are Sloth's, too."""
