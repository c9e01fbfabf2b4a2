"""What a search for the capacity says: a line a step as it goes, a table and the answer at the end.

Readable at 100 columns, on a terminal and in a CI log.
"""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from seakeep.duration import format_duration
from seakeep.load.search import Capacity, Ending
from seakeep.load.search_step import Step, StepOutcome

__all__ = ["answer", "capacity_report", "exit_code", "outcome_line", "step_line"]

_STYLES = {"held": "green", "broken": "bold red", "undecided": "yellow", "unfit": "yellow"}


def exit_code(capacity: Capacity) -> int:
    """Return the exit code of a search.

    0 when some rate is known to hold; 1 when none does, or nothing was decided; 2 when the
    generator could not even make the first rate.
    """
    if capacity.sustained_per_s is not None:
        return 0
    return 2 if capacity.ending is Ending.GENERATOR else 1


def step_line(step: Step) -> Text:
    """Return what is about to be done, on one line."""
    return Text(f"{_rate(step.rate_per_s)} for {format_duration(step.hold_s)} ({step.purpose})")


def outcome_line(outcome: StepOutcome) -> Text:
    """Return what came of a step, on one line."""
    word = _word(outcome)
    line = Text.assemble(f"{_rate(outcome.rate_per_s)}: ", (word, _STYLES[word]))
    if outcome.p95_s is not None:
        line.append(f", p95 {format_duration(outcome.p95_s)}")
    why = outcome.unfit or outcome.broke
    return line.append(f"; {why}") if why else line


def capacity_report(capacity: Capacity) -> RenderableType:
    """Return the table of all steps, and beneath it the answer."""
    style = "bold green" if exit_code(capacity) == 0 else "bold red"
    first, *rest = answer(capacity)
    return Group(_table(capacity), Text(first, style=style), *(Text(line) for line in rest))


def answer(capacity: Capacity) -> tuple[str, ...]:
    """Return the answer in sentences: the first says the most."""
    return tuple(line for line in (_headline(capacity), *_beneath(capacity)) if line)


def _headline(capacity: Capacity) -> str:
    low, sustained = capacity.interval[0], capacity.sustained_per_s
    if sustained is None:
        return _nothing(capacity)
    high = capacity.interval[1]
    if high is None:
        return f"sustains at least {_rate(sustained)} within the objectives"
    interval = f"interval {low:.4g} to {_rate(high)}"
    return f"sustains {_rate(sustained)} within the objectives; {interval}"


def _nothing(capacity: Capacity) -> str:
    if capacity.ending is Ending.NOTHING_HELD:
        return f"sustains no rate within the objectives, not even {_rate(_lowest(capacity))}"
    if capacity.ending is Ending.GENERATOR:
        return f"no answer: the generator saturates at {_rate(_last(capacity).rate_per_s)}"
    return "no answer: " + _because(capacity)


def _because(capacity: Capacity) -> str:
    last = capacity.steps[-1] if capacity.steps else None
    if capacity.ending is Ending.OUT_OF_STEPS:
        return "the search was stopped before any rate held"
    return f"nothing was decided, down to {_rate(_lowest(capacity))}" + (
        f": {last.broke}" if last is not None and last.broke else ""
    )


def _beneath(capacity: Capacity) -> tuple[str, ...]:
    high = capacity.interval[1]
    broke = f"at {_rate(high)} {capacity.broke}" if high is not None else ""
    return (broke, _ending(capacity), _doubts(capacity), _unconfirmed(capacity))


def _ending(capacity: Capacity) -> str:
    if capacity.ending is Ending.CEILING:
        return f"{_rate(capacity.reached_per_s)} is the ceiling of this search: it went no higher"
    if capacity.ending is Ending.GENERATOR:
        last = _last(capacity)
        return (
            f"the generator saturates at {_rate(last.rate_per_s)}: {last.unfit}; "
            "more processes or machines go higher (--processes, --master)"
        )
    if capacity.ending is Ending.OUT_OF_STEPS and capacity.sustained_per_s is not None:
        return "the search was stopped by its limit of time or steps: the interval is still wide"
    return ""


def _doubts(capacity: Capacity) -> str:
    low, high = capacity.sustained_per_s, capacity.interval[1]
    latest = {outcome.rate_per_s: outcome for outcome in capacity.steps}
    rates = sorted(
        rate
        for rate, outcome in latest.items()
        if outcome.held is None and not outcome.unfit
        if low is not None and low < rate < (high or rate + 1)
    )
    told = ", ".join(f"{rate:g}" for rate in rates)
    return f"neither held nor broken, however long it was held: {told}/s" if rates else ""


def _unconfirmed(capacity: Capacity) -> str:
    if capacity.confirmed or capacity.sustained_per_s is None:
        return ""
    return "not confirmed: an end of the interval was seen only once"


def _table(capacity: Capacity) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("rate", "hold", "to", "requests", "missed", "p50", "p95", "p99"):
        table.add_column(name, no_wrap=True, justify="left" if name == "to" else "right")
    table.add_column("outcome", overflow="fold")
    for outcome in capacity.steps:
        word = _word(outcome)
        why = outcome.unfit or outcome.broke
        table.add_row(
            _rate(outcome.rate_per_s),
            format_duration(outcome.step.hold_s),
            outcome.step.purpose,
            str(outcome.requests),
            str(outcome.missed or "-"),
            *(_duration(value) for value in (outcome.p50_s, outcome.p95_s, outcome.p99_s)),
            Text.assemble((word, _STYLES[word]), f" {why}" if why else ""),
        )
    return table


def _word(outcome: StepOutcome) -> str:
    if outcome.unfit:
        return "unfit"
    return {True: "held", False: "broken", None: "undecided"}[outcome.held]


def _last(capacity: Capacity) -> StepOutcome:
    return capacity.steps[-1]


def _lowest(capacity: Capacity) -> float:
    return min((outcome.rate_per_s for outcome in capacity.steps), default=0.0)


def _rate(per_s: float) -> str:
    return f"{per_s:.4g}/s"


def _duration(seconds: float | None) -> str:
    return "-" if seconds is None else format_duration(seconds)
