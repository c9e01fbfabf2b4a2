"""Whether an account of health agrees with itself: the whole, its parts, and the status code."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set

from seakeep.causes import Cause, Failure
from seakeep.health.contract import Contract, Reading
from seakeep.health.status import Status, worst
from seakeep.plain import one_line

__all__ = ["codes_text", "comes_to", "contradictions", "names_of"]

_MOST_NAMED = 5


def contradictions(
    contract: Contract, reading: Reading, minor: Set[str], status: int
) -> Iterator[Failure]:
    """Yield where the whole does not agree with its parts, or with its status code."""
    allowed = contract.overall(reading.parts, minor)
    if reading.status not in allowed:
        allowed = allowed & contract.codes.keys() or allowed  # in the words that it has
        wanted = " or ".join(status for status in Status if status in allowed)
        yield Failure(
            Cause.CONTRADICTION,
            f"health: wanted {wanted}, since {_since(reading.parts)}, got {reading.status}",
        )
    codes = contract.codes[reading.status]
    if status not in codes:
        yield Failure(
            Cause.CONTRADICTION,
            f"health: wanted status {codes_text(codes)} with {reading.status}, got {status}",
        )


def comes_to(contract: Contract, reading: Reading, minor: Set[str]) -> Status:
    """Return what is left to believe: the worse of what the whole says and what its parts say."""
    allowed = contract.overall(reading.parts, minor)
    mildest = next(status for status in Status if status in allowed)
    return reading.status if reading.status in allowed else worst(reading.status, mildest)


def names_of(parts: Mapping[str, Status], *statuses: Status) -> str:
    """Return the names of the parts with these statuses, a few of them when there are many."""
    names = [name for name, status in parts.items() if status in statuses]
    shown = ", ".join(_fit(name) for name in names[:_MOST_NAMED])
    rest = len(names) - _MOST_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown


def codes_text(codes: Collection[int]) -> str:
    """Return status codes as people write them."""
    if isinstance(codes, range):
        return f"{codes.start}-{codes.stop - 1}"
    return " or ".join(str(code) for code in sorted(codes))


def _since(parts: Mapping[str, Status]) -> str:
    groups = (
        f"{status}: {names_of(parts, status)}"
        for status in reversed(Status)
        if status is not Status.HEALTHY and status in parts.values()
    )
    return ", ".join(groups) or "all parts are healthy"


def _fit(name: str) -> str:
    """A name is whatever the platform sends; findings are told apart by semicolons."""
    return one_line(str(name), 40).replace(";", ",")
