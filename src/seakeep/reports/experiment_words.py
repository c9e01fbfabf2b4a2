"""What an experiment did, in lines of text for reports that have no pictures."""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.experiment_result import ObjectiveImpact, PhaseVerdict
from seakeep.reports.experiment_effects import FaultEffect
from seakeep.reports.experiment_run import ExperimentRun
from seakeep.reports.wording import count, percent, seconds

__all__ = ["budget_words", "experiment_lines", "phase_words"]


def experiment_lines(run: ExperimentRun) -> Iterator[str]:
    """Yield a line for each fault, and one for each guarded objective."""
    for effect in run.faults:
        yield f"{effect.fault or 'fault'}: {_fault(effect)}"
    for impact in run.objectives:
        phases = (
            f"{name} {phase_words(getattr(impact, name))}" for name in ("before", "during", "after")
        )
        yield f"objective {impact.objective}: {', '.join(phases)}; {budget_words(impact)}"


def phase_words(verdict: PhaseVerdict) -> str:
    """Return what may be claimed of a phase, and of how many events."""
    if not verdict.valid:
        return "saw nothing"
    bad = verdict.valid - verdict.good
    return f"{verdict.state.replace('_', ' ')} ({count(bad)} of {count(verdict.valid)} bad)"


def budget_words(impact: ObjectiveImpact) -> str:
    """Return what went of the error budget, and what is left."""
    spent, left = impact.budget_spent, impact.budget_left
    told = "unknown how much" if spent is None else percent(spent)
    rest = "" if left is None else f", {percent(left)} left"
    return f"{told} of the error budget spent{rest}"


def _fault(effect: FaultEffect) -> str:
    parts = (
        ("in place for", effect.window_s, seconds),
        ("breach proven after", effect.detect_s, seconds),
        ("removed in", effect.removed_s, seconds),
        ("recovered in", effect.recover_s, seconds),
        ("worst second", effect.worst_error_ratio, lambda ratio: f"{percent(ratio)} bad"),
        ("slowest answer", effect.worst_duration_s, seconds),
    )
    told = [f"{words} {form(value)}" for words, value, form in parts if value is not None]
    if effect.window_s is None:
        told.insert(0, "not proven gone")
    return ", ".join(told)
