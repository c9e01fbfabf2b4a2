"""The objectives must be met now, with as much error budget left as the experiment may take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from seakeep.chaos.preflight.preconditions.situation import Situation
from seakeep.chaos.preflight.spending import Spending, spending
from seakeep.duration import format_duration
from seakeep.plain import one_line
from seakeep.slo.evaluate import evaluate
from seakeep.slo.exclusion import PLANNED
from seakeep.slo.objective import Objective, ObservedRatio
from seakeep.slo.verdict import Planned, State, Verdict

__all__ = ["objectives_met_with_budget"]

_LATELY = timedelta(hours=1)
_NOTHING_EXCLUDED: frozenset[Planned] = frozenset()


def objectives_met_with_budget(situation: Situation) -> Iterator[str]:
    """Tell the objectives that are breached, can't be judged, or have too little budget left.

    What earlier experiments and maintenance broke has taken budget like anything else, but does not
    count against the platform's health now, wherever the source can tell it apart. No observations
    are no reason: the baseline that follows makes some.
    """
    required = situation.plan.required
    observed = [o for o in required if isinstance(o.indicator, ObservedRatio)]
    queried = [o for o in required if not isinstance(o.indicator, ObservedRatio)]
    lately = situation.now - _LATELY
    answers = _verdicts(situation, queried)
    yield from _unanswered(answers)
    yield from _breached(answers)
    yield from _breached(_verdicts(situation, queried, start=lately))
    yield from _breached(_verdicts(situation, observed, exclude=PLANNED))
    yield from _breached(_verdicts(situation, observed, start=lately, exclude=PLANNED))
    yield from _overspent(situation, (*_verdicts(situation, observed), *answers))


def _verdicts(
    situation: Situation,
    objectives: Sequence[Objective],
    *,
    start: datetime | None = None,
    exclude: frozenset[Planned] = _NOTHING_EXCLUDED,
) -> tuple[Verdict, ...]:
    platform = situation.plan.platform
    return evaluate(
        situation.store,
        platform.name,
        objectives,
        start=start,
        end=situation.now,
        maintenance=platform.maintenance,
        exclude=exclude,
    )


def _unanswered(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        if verdict.state is State.NO_DATA:
            yield f"objective {verdict.objective} can't be judged: {one_line(verdict.reason)}"


def _breached(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        if verdict.state is State.BREACHED:
            window_s = (verdict.window_end - verdict.window_start).total_seconds()
            yield (
                f"objective {verdict.objective} is breached over the last "
                f"{format_duration(window_s)} ({one_line(verdict.reason)}); wanted it met before "
                "anything is broken"
            )


def _overspent(situation: Situation, verdicts: Sequence[Verdict]) -> Iterator[str]:
    plan = situation.plan
    spent = spending(situation.store, plan.platform.name, plan.origin.experiment)
    for verdict in verdicts:
        if verdict.target >= 1.0:
            yield (
                f"objective {verdict.objective} allows no errors at all, so it has no error budget "
                "to spend on an experiment; wanted a target below 100%, or others under `guarded`"
            )
        elif verdict.budget_left is not None:
            yield from _too_little(
                verdict, verdict.budget_left, plan.declared.expected_spend, spent
            )


def _too_little(verdict: Verdict, left: float, declared: float, spent: Spending) -> Iterator[str]:
    before = spent.most.get(verdict.objective, 0.0)
    if left <= 0:
        yield (
            f"objective {verdict.objective} has no error budget left ({left:.1%}); wanted some, "
            "before an experiment takes of it"
        )
    elif left < max(declared, before):
        why = (
            f"the most that its last {spent.runs} runs took"
            if before > declared
            else "its expected_spend"
        )
        yield (
            f"objective {verdict.objective} has {left:.1%} of its error budget left; wanted "
            f"{max(declared, before):.1%}, {why}"
        )
