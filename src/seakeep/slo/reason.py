"""Why a verdict is what it is, in a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.slo.counting import Counted
from seakeep.slo.verdict import State, Tally

__all__ = ["reason_for"]


def reason_for(
    state: State, tally: Tally, counted: Counted, target: float, settle: int | None
) -> str:
    """Return why a verdict is not ``met``; empty when it is.

    Args:
        state: What is claimed.
        tally: The events.
        counted: What was counted of them: events, or slices.
        target: The share that must be good.
        settle: How many more would settle an inconclusive verdict, if any number would.
    """
    return "; ".join(part for part in _parts(state, tally, counted, target, settle) if part)


def _parts(
    state: State, tally: Tally, counted: Counted, target: float, settle: int | None
) -> Iterator[str]:
    if state is State.MET:
        return
    if state is State.NO_DATA:
        yield "no events in this window"
        yield f"{tally.invalid} observations were invalid" if tally.invalid else ""
        excluded = sum(events.valid for events in tally.planned if events.excluded)
        yield f"{excluded} were left out as planned" if excluded else ""
        return
    yield _bad(tally, counted, with_example=state is State.BREACHED)
    if state is State.INCONCLUSIVE and target >= 1.0:
        yield "no number of good events proves 100%; a bad one disproves it"
    elif state is State.INCONCLUSIVE and settle is None:
        yield f"no number of {counted.unit} would settle it at this ratio"


def _bad(tally: Tally, counted: Counted, *, with_example: bool) -> str:
    """The bad events or slices with their causes, and with the latest bad event's message."""
    bad = counted.valid - counted.good
    if not bad:
        return ""
    causes = ", ".join(f"{cause} x{count}" for cause, count in tally.top_causes)
    noun = "slices " if counted.unit == "slices" else ""
    text = f"{bad} of {counted.valid} {noun}bad" + (f" ({causes})" if causes else "")
    return f"{text}: {tally.example}" if with_example and tally.example else text
