"""What is said of a load run's arrivals and generator, wherever it is said."""

from __future__ import annotations

from seakeep.load_summary.record import Arrivals, GeneratorFitness

__all__ = ["arrivals_told", "unfitness_told"]


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
        parts.append(f"{arrivals.held_back:,} requests held back by the platform's ceiling")
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
