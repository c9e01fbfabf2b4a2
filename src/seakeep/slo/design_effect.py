"""Whether failures come in clusters, and how many independent events the events are worth.

The binomial interval takes events to fail independently. Outages are not like that: a minute's
thousand failures may be one incident. The *design effect* is the variance of the measured share
over what it would be for independent events (Kish, "Survey Sampling", Wiley 1965, section 8.2),
with slices of time as clusters and the ratio estimator's variance (Cochran, "Sampling
Techniques", 3rd ed., Wiley 1977, section 6.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seakeep.slo.slices import Slices
from seakeep.slo.verdict import CONFIDENCE, Independence

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = [
    "FEWEST_SLICES",
    "LEVEL",
    "Clustering",
    "effective_size",
    "find_clusters",
    "find_clusters_of_values",
]

LEVEL = 0.01
"""How often independent events are called clustered by mistake, at most."""

FEWEST_SLICES = 10
"""With fewer slices nothing is said: Schmeiser (1982) advises against fewer batches."""

_FIRST_DRAWS, _MORE_DRAWS = 99, 900
_CLEARLY_SOUND = 5  # so many of the first draws as uneven as what was seen: no need for more
_MOST_DRAWN = 1_000_000_000  # numpy's own limit for a hypergeometric population
_SEED = 1965


@dataclass(frozen=True, slots=True)
class Clustering:
    """What slices of time say of independence.

    Attributes:
        independence: Whether events look independent; unknown with too few slices, or too few
            good or bad events to be unevenly spread.
        design_effect: The variance of the share over that of independent events.
        slices: How many slices it was estimated from.
    """

    independence: Independence
    design_effect: float | None = None
    slices: int = 0


def find_clusters(slices: Slices) -> Clustering:
    """Return whether the bad events of slices are spread more unevenly than chance would.

    A Monte-Carlo test (Barnard, Journal of the Royal Statistical Society B 25 (1963), 294): given
    how many are bad, independent events fall into the slices like draws from an urn. The level
    holds exactly for any number of events; the draws are seeded, so a verdict can be repeated.
    """
    good, valid = round(sum(slices.good)), sum(slices.valid)
    rarer = min(good, valid - good)
    if len(slices) < FEWEST_SLICES or rarer < 2:
        return Clustering(Independence.UNKNOWN, slices=len(slices))
    effect = _ratio_variance(slices.good, slices.valid) / (good * (valid - good) / valid**3)
    uneven = effect > 1.0 and _is_uneven(slices, rarer)
    independence = Independence.BROKEN if uneven else Independence.SOUND
    return Clustering(independence, effect, len(slices))


def find_clusters_of_values(slices: Slices, variance: float) -> Clustering:
    """Return the same of values between 0 and 1, from their sums in `Slices.good`.

    The design effect times the slices less one is about chi-squared for independent values:
    Fisher's index of dispersion, for which see Cochran, Biometrics 10 (1954), 417-451.

    Args:
        slices: The sums of the values and their numbers.
        variance: The variance of the values themselves, above 0.
    """
    from scipy.special import chdtrc  # noqa: PLC0415 - half a second to import; rarely needed

    if len(slices) < FEWEST_SLICES:
        return Clustering(Independence.UNKNOWN, slices=len(slices))
    freedom = len(slices) - 1
    effect = _ratio_variance(slices.good, slices.valid) * sum(slices.valid) / variance
    uneven = effect > 1.0 and chdtrc(freedom, effect * freedom) <= LEVEL
    independence = Independence.BROKEN if uneven else Independence.SOUND
    return Clustering(independence, effect, len(slices))


def effective_size(number: float, clustering: Clustering) -> float:
    """Return how many independent events so many clustered ones are worth, at most all of them.

    ``n / deff``, less what the uncertainty of an estimate from few slices costs: times the square
    of the ratio of Student's t quantiles (Korn and Graubard, "Confidence intervals for proportions
    with small expected number of positive counts estimated from survey data", Survey Methodology
    24 (1998), 193-201).
    """
    from scipy.special import stdtrit  # noqa: PLC0415 - half a second to import; rarely needed

    if clustering.design_effect is None or number <= 1:
        return number
    ratio = stdtrit(number - 1, CONFIDENCE) / stdtrit(clustering.slices - 1, CONFIDENCE)
    return float(min(number, number / clustering.design_effect * ratio**2))


def _ratio_variance(sums: Sequence[float], counts: Sequence[float]) -> float:
    """Return the variance of sum over count when whole clusters vary: the ratio estimator's."""
    clusters, total = len(sums), sum(counts)
    ratio = sum(sums) / total
    squares = sum((one - ratio * count) ** 2 for one, count in zip(sums, counts, strict=True))
    return clusters / (clusters - 1) * squares / total**2


def _is_uneven(slices: Slices, rarer: int) -> bool:
    """Draw the rarer kind of event into the slices again and again: is it ever as uneven?"""
    import numpy as np  # noqa: PLC0415 - a tenth of a second to import; rarely needed

    generator = np.random.default_rng(_SEED)
    valid = np.asarray(slices.valid)
    total = int(valid.sum())
    seen = np.asarray(slices.good)
    seen = seen if int(seen.sum()) == rarer else valid - seen

    def unevenness(drawn: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        expected = valid * (rarer / total)
        squares: npt.NDArray[np.float64] = np.square(drawn - expected).sum(axis=-1)
        return squares

    def as_uneven(times: int) -> int:
        if total < _MOST_DRAWN:
            drawn = generator.multivariate_hypergeometric(valid, rarer, times, method="marginals")
        else:
            drawn = generator.multinomial(rarer, valid / total, times)
        # What equals it but for rounding is as uneven.
        return int((unevenness(drawn) >= unevenness(seen) * (1 - 1e-9)).sum())

    count = as_uneven(_FIRST_DRAWS)
    if count >= _CLEARLY_SOUND:
        return False
    count += as_uneven(_MORE_DRAWS)
    return (count + 1) / (_FIRST_DRAWS + _MORE_DRAWS + 1) <= LEVEL
