"""The run in a few words: what a person reads first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from seakeep.fitness_wording import fitness_summary
from seakeep.load_summary import GeneratorFitness, unfitness_told
from seakeep.observation import Kind
from seakeep.reports.check_summary import CheckSummary
from seakeep.reports.experiment_summary import ExperimentSummary
from seakeep.reports.run_record import RunReport
from seakeep.slo.verdict import State

__all__ = ["Overall", "judge"]


@dataclass(frozen=True, slots=True)
class Overall:
    """The run's state.

    Attributes:
        state: ``held`` and ``breached`` are claims; ``not_proven`` is neither.
        words: The state in words, such as ``Breached: Availability``.
    """

    state: Literal["held", "breached", "not_proven"]
    words: str


def judge(
    run: RunReport,
    checks: Sequence[CheckSummary],
    experiments: Sequence[ExperimentSummary],
    generator: GeneratorFitness,
) -> Overall:
    """Return the run's state: the worst thing that may be claimed of it.

    ``held`` is said only of a run whose objectives were all met, whose steps all passed, and
    whose checks and experiments ended well. What an unfit observer saw is held against nobody:
    beside a breach, which older and valid events may prove, its unfitness is told first. The same
    goes for load whose generator was unfit for most of the time.
    """
    lost = [e.name for e in experiments if e.ending == "not_recovered"]
    if lost:  # a fault may be in place still: louder than any breach
        return Overall("breached", f"Not recovered: {', '.join(lost)}")
    breached = [v.display_name for v in run.verdicts if v.state is State.BREACHED]
    if breached:
        return Overall("breached", f"Breached: {', '.join(breached)}")
    unfit = fitness_summary(o for o in run.observations if o.kind in {Kind.PROBE, Kind.JOURNEY})
    if unfit:
        return Overall("not_proven", f"Not proven: {unfit}")
    if 2 * generator.unfit_seconds > generator.seconds:
        return Overall("not_proven", f"Not proven: {unfitness_told(generator)}")
    bad = (
        ("No data", [v.display_name for v in run.verdicts if v.state is State.NO_DATA]),
        ("Deviated", [e.name for e in experiments if e.state == "deviated"]),
        ("Failed", [c.name for c in checks if c.last_valid and c.last_valid.outcome == "bad"]),
        ("Failed", [f"step {s.name}" for s in run.steps if s.state == "failed"]),
    )
    for word, names in bad:
        if names:
            return Overall("breached", f"{word}: {', '.join(names)}")
    return _unproven(run, experiments) or Overall("held", "Held")


def _unproven(run: RunReport, experiments: Sequence[ExperimentSummary]) -> Overall | None:
    open_ones = (
        ("the tool failed: ", [s.name for s in run.steps if s.state == "error"]),
        ("refused: ", [s.name for s in run.steps if s.state == "refused"]),
        ("refused: ", [e.name for e in experiments if e.state == "refused"]),
        ("skipped: ", [e.name for e in experiments if e.state == "skipped"]),
        ("the tool failed: ", [e.name for e in experiments if e.state == "failed"]),
    )
    for word, names in open_ones:
        if names:
            return Overall("not_proven", f"Not proven: {word}{', '.join(names)}")
    if not run.verdicts:
        return Overall("not_proven", "Not proven: no objective was judged")
    unsettled = [v.display_name for v in run.verdicts if v.state is State.INCONCLUSIVE]
    if unsettled:
        words = f"Nothing breached; not proven yet: {', '.join(unsettled)}"
        return Overall("not_proven", words)
    return None
