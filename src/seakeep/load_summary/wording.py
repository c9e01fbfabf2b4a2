"""What is said of a load run's arrivals and generator, wherever it is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seakeep.causes import Cause
from seakeep.load_summary.record import Arrivals, GeneratorFitness, LoadSummary, RequestSummary

__all__ = ["arrivals_told", "doubts_told", "unfitness_told"]

_INVALID: dict[str, str] = {
    Cause.CUT_OFF: "on their way when the run was stopped",
    Cause.FOREIGN_HOST: "not sent, since they led to a host that is not the platform's",
}


def arrivals_told(arrivals: Arrivals) -> str:
    """Return how many arrivals there were and what became of them; empty when none was due."""
    if not arrivals.due:
        return ""
    parts = [f"{arrivals.started:,} of {arrivals.due:,} arrivals started"]
    if arrivals.late:
        parts.append(f"{arrivals.late:,} of them late, for want of a free user")
    if arrivals.missed:
        parts.append(f"{arrivals.missed:,} missed ({arrivals.missed_share:.2%})")
    if arrivals.held_back:
        parts.append(f"{arrivals.held_back:,} requests held back by the platform's limits.max_rate")
    return ", ".join(parts)


def unfitness_told(generator: GeneratorFitness) -> str:
    """Return for how long the generator was not fit, and why; empty when it was all the time."""
    if generator.is_fit:
        return ""
    why = f" ({generator.why})" if generator.why else ""
    return (
        f"the load generator was unfit for {generator.unfit_seconds:,} of {generator.seconds:,} "
        f"seconds{why}; the requests of that time are invalid and say nothing of the platform"
    )


def doubts_told(
    summary: LoadSummary, never_made: int = 0, losses: Iterable[str] = ()
) -> Iterator[str]:
    """Yield what makes a load less than was promised, or its times worth less, each in a sentence.

    Args:
        summary: What was seen.
        never_made: Those of the missed arrivals that no process took.
        losses: The processes that were lost during the run, in words.
    """
    yield from losses
    if never_made:
        yield f"{never_made:,} of the missed arrivals were due when nobody was there to make them"
    if summary.arrivals.late and summary.generator.is_fit:
        yield "late arrivals count from when they were due; with more --users fewer would be late"
    if summary.arrivals.held_back:
        yield (
            f"{summary.arrivals.held_back} requests were held back by the platform's "
            "limits.max_rate; their times are without that"
        )
    yield from _invalid_told(summary.total, summary.generator)


def _invalid_told(total: RequestSummary, generator: GeneratorFitness) -> Iterator[str]:
    """Yield why requests are invalid: not each of them is for want of a fit generator."""
    causes = dict(total.invalid_causes)
    saturated = causes.pop(Cause.GENERATOR_SATURATED, 0)
    if unfit := unfitness_told(generator):
        number = f" ({saturated:,} of {total.count:,})" if saturated else ""
        yield f"{unfit}{number}; give it more --processes, or less to do"
    elif saturated:
        yield f"{saturated:,} invalid: the load generator was at its end"
    for cause, n in causes.items():
        yield f"{n:,} invalid: {_INVALID.get(cause, cause)}"
