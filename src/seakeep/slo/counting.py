"""What an objective counts: events, good slices of time, or the ratios of slices.

OpenSLO's ``budgetingMethod``, https://github.com/OpenSLO/OpenSLO#slo. A slice without events is no
event and has no ratio: nothing was seen, so nothing is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import variance
from typing import Literal

from seakeep.errors import UsageError
from seakeep.slo.design_effect import Clustering, find_clusters, find_clusters_of_values
from seakeep.slo.interval import Bounds, exact_interval, mean_interval
from seakeep.slo.objective import Objective
from seakeep.slo.slices import Slices, merged, nearest_length
from seakeep.slo.verdict import Independence, Tally

__all__ = ["Counted", "count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the interval of an objective is made from.

    Attributes:
        good: Good events, or good slices with ``Timeslices``.
        valid: All of them.
        share: The measured share, or ``None`` without any.
        total: The sum of what each trial gave: 1 for a good event or slice, or a slice's ratio.
        trials: How many independent trials there would be: events, or slices.
        bounds: Which interval holds for such trials.
        clustering: Whether they look independent.
        unit: What `good` and `valid` count.
    """

    good: int
    valid: int
    share: float | None
    total: float
    trials: int
    bounds: Bounds = exact_interval
    clustering: Clustering
    unit: Literal["events", "slices"] = "events"


def count(objective: Objective, tally: Tally) -> Counted:
    """Return what a tally comes to under an objective's budgeting method.

    Raises:
        UsageError: The budget counts slices, which the objective's source could not tell.
    """
    method, slices = objective.budgeting.method, tally.slices
    if method == "Occurrences":
        return _binary(tally.good, tally.valid, slices, "events")
    if slices is None:
        if tally.valid:
            raise UsageError(
                f"{objective.place}: the budgeting method {method} needs events by slices of time, "
                "which this source does not give; wanted Occurrences"
            )
        slices = Slices(length_s=objective.budgeting.slice_s)
    if method == "Timeslices":
        judged = slices.judged(objective.budgeting.slice_target or 0.0)
        return _binary(int(sum(judged.good)), len(judged), judged, "slices")
    return _mean(tally, slices)


def _binary(
    good: int, valid: int, slices: Slices | None, unit: Literal["events", "slices"]
) -> Counted:
    clustering = Clustering(Independence.UNKNOWN)
    if slices is not None:
        clustering = find_clusters(_batches(slices))
    share = good / valid if valid else None
    return Counted(
        good=good,
        valid=valid,
        share=share,
        total=good,
        trials=valid,
        clustering=clustering,
        unit=unit,
    )


def _mean(tally: Tally, slices: Slices) -> Counted:
    one_each = slices.averaged()
    ratios = one_each.good
    clustering = Clustering(Independence.UNKNOWN)
    if len(set(ratios)) > 1:
        clustering = find_clusters_of_values(_batches(one_each), variance(ratios))
    return Counted(
        good=tally.good,
        valid=tally.valid,
        share=sum(ratios) / len(ratios) if ratios else None,
        total=sum(ratios),
        trials=len(ratios),
        bounds=mean_interval,
        clustering=clustering,
    )


def _batches(slices: Slices) -> Slices:
    """Return the slices in a few long ones: correlation within them is seen, across them is not."""
    if not slices.indexes:
        return slices
    span_s = (slices.indexes[-1] - slices.indexes[0] + 1) * slices.length_s
    length_s = nearest_length(span_s)
    return merged(slices, length_s) if length_s > slices.length_s else slices
