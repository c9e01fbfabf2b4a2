"""Did a measure change from an earlier time to a later one, and how sure is that?

Values are compared by their ranks (Mann and Whitney 1947, https://doi.org/10.1214/aoms/1177730491),
so that one outlier proves nothing, and nothing is supposed of how they are distributed. The size of
the change is the estimate of Hodges and Lehmann 1963 (https://doi.org/10.1214/aoms/1177704172): the
median of all differences. Of several measures that are looked at together one will seem to have
changed by chance: their p-values are corrected after Holm 1979
(https://www.jstor.org/stable/4615733).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median

from seakeep.slo.verdict import CONFIDENCE

__all__ = ["Change", "Shift", "shifts"]

_LEVEL = 1 - CONFIDENCE
_MOST = 200
"""Of more values the latest count: all pairs of them are looked at."""

_EXACT_UP_TO = 8
"""With ties, as scipy does without, no approximation for samples this small."""

_RESAMPLES = 9999


class Change(StrEnum):
    """What may be claimed."""

    ROSE = "rose"
    FELL = "fell"
    UNPROVEN = "unproven"
    TOO_FEW = "too_few"
    """Whatever the values are, so few of them prove nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How later values compare with earlier ones; infinite ones are above all others.

    Attributes:
        change: What may be claimed at 95% confidence.
        early: How many earlier values there are.
        late: How many later ones.
        early_median: The median of the earlier ones; ``None`` without any.
        late_median: That of the later ones.
        by: By how much they rose, in their unit, negative when they fell; ``None`` when there is
            nothing to compare, or the values of one time are infinite.
        p_value: How often chance alone would part them as far, corrected for all comparisons that
            were made beside it; ``None`` when there are too few.
        more: How many more later values it takes until a change could be proven at all; 0 when
            there are enough, ``None`` when there is nothing earlier.
    """

    change: Change
    early: int
    late: int
    early_median: float | None
    late_median: float | None
    by: float | None
    p_value: float | None
    more: int | None


def shifts(
    measures: Mapping[str, tuple[Sequence[float], Sequence[float]]],
) -> dict[str, Shift]:
    """Return how each measure's later values compare with its earlier ones.

    Args:
        measures: The earlier and the later values of each, in order of time.
    """
    raw = {
        name: _compared(early[-_MOST:], late[-_MOST:]) for name, (early, late) in measures.items()
    }
    told = {name: shift.p_value for name, shift in raw.items() if shift.p_value is not None}
    corrected = _holm(told)
    return {name: _claimed(shift, corrected.get(name)) for name, shift in raw.items()}


def _compared(early: Sequence[float], late: Sequence[float]) -> Shift:
    more = _missing(len(early), len(late))
    return Shift(
        change=Change.UNPROVEN if more == 0 else Change.TOO_FEW,
        early=len(early),
        late=len(late),
        early_median=median(early) if early else None,
        late_median=median(late) if late else None,
        by=_by(early, late),
        p_value=_p_value(early, late) if more == 0 else None,
        more=more,
    )


def _claimed(shift: Shift, p_value: float | None) -> Shift:
    if p_value is None or p_value > _LEVEL:
        return replace(shift, p_value=p_value)
    # Where the middle is infinite, or the shift is, ranks alone say which way it went.
    rose = (shift.late_median or 0.0) > (shift.early_median or 0.0)
    up = rose if not shift.by else shift.by > 0
    return replace(shift, p_value=p_value, change=Change.ROSE if up else Change.FELL)


def _missing(early: int, late: int) -> int | None:
    """Return how many later values are missing until the least p-value there can be is enough.

    That is 2 in so many as there are ways to part the values into earlier and later ones.
    """
    if not early:
        return None
    more = 0
    while 2 / math.comb(early + late + more, early) > _LEVEL:
        more += 1
    return more


def _by(early: Sequence[float], late: Sequence[float]) -> float | None:
    if not early or not late:
        return None
    differences = [0.0 if a == b else b - a for a in early for b in late]
    middle = median(differences)
    return middle if math.isfinite(middle) else None


def _p_value(early: Sequence[float], late: Sequence[float]) -> float:
    import numpy as np  # noqa: PLC0415 - these take their time, and are seldom needed
    from scipy.stats import PermutationMethod, mannwhitneyu, rankdata  # noqa: PLC0415

    ranks = rankdata([*early, *late])  # which bears infinities
    a, b = ranks[: len(early)], ranks[len(early) :]
    has_ties = len({*early, *late}) < len(early) + len(late)
    if has_ties and min(len(early), len(late)) <= _EXACT_UP_TO:
        # Exact where the ways to part them are few enough, else seeded: the same twice.
        method = PermutationMethod(n_resamples=_RESAMPLES, rng=np.random.default_rng(0))
        found = float(mannwhitneyu(a, b, method=method).pvalue)
    else:
        found = float(mannwhitneyu(a, b, method="auto").pvalue)
    return found if math.isfinite(found) else 1.0  # all of them are alike


def _holm(p_values: Mapping[str, float]) -> dict[str, float]:
    corrected: dict[str, float] = {}
    highest = 0.0
    for rank, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[name]))
        corrected[name] = highest
    return corrected
