"""How old an account of health is, and who kept it: the application, a cache, or nobody at all.

Three clocks are compared: the account's own timestamp, the answer's ``Date`` header, and this
observer's. ``Date`` plus ``Age`` is the present by the platform's clock
(https://www.rfc-editor.org/rfc/rfc9111#section-4.2.3), so that an account's age is measured by the
clock that stamped it. How far that clock is from ours is a finding of its own, and never makes an
account stale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from seakeep.causes import Cause, Failure
from seakeep.duration import format_duration
from seakeep.health.remark import Finding, Remark

__all__ = ["Freshness", "read_date"]

_TOLERANCE_S = 10.0
"""``Date`` has whole seconds and stands before the body: less than this is no clock that is off."""
_LONGEST_AGE_S = 2**31
"""https://www.rfc-editor.org/rfc/rfc9111#section-1.2.2"""


def read_date(value: str | None) -> datetime | None:
    """Return the time that a header such as ``Date`` or ``Expires`` holds; ``None`` for no time."""
    if value is None or len(value) > 64:
        return None
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _read_age(value: str) -> float:
    first = value.split(",", 1)[0].strip()
    is_number = first.isascii() and first.isdigit()
    return float(min(int(first[:12]), _LONGEST_AGE_S)) if is_number else 0.0


@dataclass(frozen=True, slots=True)
class Freshness:
    """The clocks of one answer.

    Attributes:
        at: When the answer was there, by this observer's clock.
        said_at: When the account says that it was true; ``None`` when it does not say.
        date: The ``Date`` header.
        kept_s: The ``Age`` header: how long a shared cache kept the answer; 0 for not at all.
    """

    at: datetime
    said_at: datetime | None
    date: datetime | None
    kept_s: float

    @classmethod
    def of(cls, headers: Mapping[str, str], said_at: datetime | None, at: datetime) -> Freshness:
        """Return the clocks of an answer with these headers, by lower-case name."""
        return cls(at, said_at, read_date(headers.get("date")), _read_age(headers.get("age", "")))

    @property
    def age_s(self) -> float | None:
        """How old the account is; below zero when it is from the future, ``None`` for unknown.

        By the platform's own clock, or by ours where that is kinder: one clock that is off shall
        not make an account stale that the other finds fresh. A shared cache stops at what its
        ``Age`` says.
        """
        if self.said_at is None:
            return self.kept_s or None
        ours_s = (self.at - self.said_at).total_seconds()
        if self.date is None:
            return ours_s
        theirs_s = (self.date - self.said_at).total_seconds() + self.kept_s
        return theirs_s if self.kept_s else min(ours_s, theirs_s, key=abs)

    @property
    def _behind_s(self) -> float:
        """How far the platform's clock is behind ours."""
        return 0 if self.date is None else (self.at - self.date).total_seconds() - self.kept_s

    def remarks(self, max_age_s: float) -> Iterator[Remark]:
        """Yield what is to be said of it.

        Args:
            max_age_s: The oldest that the account may be.
        """
        age_s = self.age_s
        if age_s is not None and age_s > max_age_s:
            wanted, got = format_duration(max_age_s), format_duration(age_s)
            message = f"health: wanted an account at most {wanted} old, got one from {got} ago"
            yield Failure(Cause.STALE, f"{message}: {self._keeper()}")
        elif age_s is not None and age_s < -_TOLERANCE_S:
            got = format_duration(-age_s)
            ahead = "" if self.date is None else " and of its own Date"
            yield Failure(
                Cause.STALE,
                f"health: wanted an account of now, got one {got} ahead of this observer's clock"
                f"{ahead}: the clock that stamped it is off, or its offset from UTC is",
            )
        elif self.kept_s:
            yield Finding(f"a shared cache kept it for {format_duration(self.kept_s)}")
        if abs(self._behind_s) > _TOLERANCE_S:
            side = "behind" if self._behind_s > 0 else "ahead of"
            off = format_duration(abs(self._behind_s))
            yield Finding(f"the platform's clock is {off} {side} this observer's")

    def _keeper(self) -> str:
        if self.kept_s:
            return f"a shared cache kept it (Age: {self.kept_s:.0f})"
        if self.date is None:
            return "somebody kept it, or the platform's clock is behind (it sends no Date)"
        return "its Date is newer, so the application kept it, or a cache that sends no Age"
