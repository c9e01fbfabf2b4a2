"""Simulations of what the verdicts claim, for the plots of verdicts.md and for the tests.

All draw from a seeded generator, so a figure is the same whenever it is made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from seakeep.slo.design_effect import effective_size, find_clusters
from seakeep.slo.interval import exact_interval
from seakeep.slo.sequential import alternatives
from seakeep.slo.slices import Slices, microseconds, nearest_length
from seakeep.slo.verdict import CONFIDENCE, Independence

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

CHECK_EVERY_S = 60.0
"""The simulated probe's interval."""


def coverage(n: int, truth: float, runs: int, seed: int = 1) -> tuple[float, float]:
    """Return how often the lower and the upper bound hold for n independent events."""
    good = np.random.default_rng(seed).binomial(n, truth, runs)
    seen = np.unique(good)
    bounds = {int(k): exact_interval(int(k), n, CONFIDENCE) for k in seen}
    lower = np.array([bounds[int(k)].lower for k in good])
    upper = np.array([bounds[int(k)].upper for k in good])
    return float((lower <= truth).mean()), float((upper >= truth).mean())


def exact_coverage(n: int, truth: float) -> tuple[float, float]:
    """Return the chance that the lower and the upper bound hold for n independent events."""
    outcomes = np.arange(n + 1)
    chances = binom.pmf(outcomes, n, truth)
    likely = outcomes[chances > 1e-9]  # the rest can't be seen in a figure
    bounds = [exact_interval(int(good), n, CONFIDENCE) for good in likely]
    missed_lower = sum(chances[g] for g, b in zip(likely, bounds, strict=True) if b.lower > truth)
    missed_upper = sum(chances[g] for g, b in zip(likely, bounds, strict=True) if b.upper < truth)
    return 1.0 - float(missed_lower), 1.0 - float(missed_upper)


def log_evidence(good: Floats, bad: Floats, target: float) -> Floats:
    """Return the sequential test's evidence for many counts at once."""
    budget = 1.0 - target
    ratios = np.array(alternatives(budget))
    if_bad = np.log(ratios / budget)
    if_good = np.log1p(-ratios) - math.log1p(-budget)
    terms = bad[..., None] * if_bad + good[..., None] * if_good
    largest = terms.max(axis=-1)
    mean = np.exp(terms - largest[..., None]).mean(axis=-1)
    evidence: Floats = largest + np.log(mean)
    return evidence


def first_alarms(
    target: float,
    error_ratio: float,
    alpha: float,
    bad_events: int,
    seed: int = 1,
    runs: int = 1000,
) -> Floats:
    """Return after how many events each run proves a breach; infinite for never.

    Evidence only rises with bad events, so only they are looked at: by the last of ``bad_events``.
    """
    gaps = np.random.default_rng(seed).geometric(error_ratio, (runs, bad_events))
    events = np.cumsum(gaps, axis=1).astype(float)
    bad = np.broadcast_to(np.arange(1.0, bad_events + 1), events.shape)
    alarms = log_evidence(events - bad, bad, target) >= -math.log(alpha)
    first = np.where(alarms.any(axis=1), events[np.arange(runs), alarms.argmax(axis=1)], np.inf)
    return np.asarray(first, dtype=float)


def optimum(target: float, error_ratio: float, alpha: float) -> float:
    """Return the least mean delay of any test of this error ratio at this alpha, in events.

    ``log(1/alpha) / KL``: Wald, "Sequential tests of statistical hypotheses", Annals of
    Mathematical Statistics 16 (1945), 117-186, for a test that knows the error ratio beforehand.
    """
    budget = 1.0 - target
    divergence = error_ratio * math.log(error_ratio / budget)
    if error_ratio < 1.0:
        divergence += (1 - error_ratio) * math.log((1 - error_ratio) / (1 - budget))
    return -math.log(alpha) / divergence


def peeking_alarms(target: float, looks: int, runs: int, seed: int = 1) -> Floats:
    """Return when runs at exactly the target are first called breached by an interval at each look.

    One event a look; infinite for never. What the sequential test is there to avoid.
    """
    bad = np.cumsum(np.random.default_rng(seed).random((runs, looks)) >= target, axis=1)
    fewest = np.array([_fewest_bad(n, target) for n in range(1, looks + 1)])
    alarms = bad >= fewest
    return np.where(alarms.any(axis=1), alarms.argmax(axis=1) + 1.0, np.inf)


def most_bad_in_window(
    error_ratio: float, window: int, events: int, runs: int, seed: int = 1
) -> npt.NDArray[np.int64]:
    """Return the most bad events that any ``window`` successive ones of each run held so far.

    The time before the first event is taken to have been without an error.
    """
    bad = np.random.default_rng(seed).random((runs, events)) < error_ratio
    sums = np.cumsum(bad, axis=1)
    sums[:, window:] = sums[:, window:] - sums[:, :-window].copy()
    most: npt.NDArray[np.int64] = np.maximum.accumulate(sums, axis=1)
    return most


def threshold_alarms(most_bad: npt.NDArray[np.int64], allowed: float) -> Floats:
    """Return when each run's window first holds more bad events than are allowed."""
    alarms = most_bad > allowed + 1e-9
    return np.where(alarms.any(axis=1), alarms.argmax(axis=1) + 1.0, np.inf)


def bursts(runs: int, n: int, error_ratio: float, burst: float, seed: int = 1) -> Bools:
    """Return runs of n events that fail in bursts of so many on average (a Gilbert model).

    Gilbert, "Capacity of a burst-noise channel", Bell System Technical Journal 39 (1960),
    1253-1265; a burst of 1 / (1 - error_ratio) is independence.
    """
    generator = np.random.default_rng(seed)
    leave, enter = 1.0 / burst, error_ratio / burst / (1.0 - error_ratio)
    bad = np.empty((runs, n), dtype=np.bool_)
    state = generator.random(runs) < error_ratio
    for index in range(n):
        bad[:, index] = state
        chance = generator.random(runs)
        state = np.where(state, chance >= leave, chance < enter)
    return bad


@dataclass(frozen=True, slots=True)
class Clustered:
    """How often the lower bound holds for events that may cluster, and clusters are seen.

    Attributes:
        naive: How often it holds as if the events were independent.
        corrected: How often it holds when it allows for the clusters that were seen.
        seen: How often clusters were seen.
    """

    naive: float
    corrected: float
    seen: float


def clustered_coverage(bad: Bools, truth: float) -> Clustered:
    """Return the coverage of the lower bound, with and without the correction for clusters."""
    runs, n = bad.shape
    length_s = nearest_length(n * CHECK_EVERY_S)
    index = np.arange(n) * microseconds(CHECK_EVERY_S) // microseconds(length_s)
    valid = np.bincount(index)
    held = np.zeros(3)
    for one in bad:
        good = np.bincount(index, weights=~one).astype(float)
        held += _held(good, valid, length_s, truth)
    return Clustered(*(held / runs))


def window_coverage(bad: Bools, every: int) -> tuple[float, float]:
    """Return how often both bounds hold for the share of the window itself.

    The window is what ``bad`` says at each moment; the probe sees only every so manieth of them.
    """
    truths = 1.0 - bad.mean(axis=1)
    good = (~bad[:, ::every]).sum(axis=1)
    number = bad[:, ::every].shape[1]
    bounds = [exact_interval(int(one), number, CONFIDENCE) for one in good]
    lower = np.array([one.lower for one in bounds])
    upper = np.array([one.upper for one in bounds])
    return float((lower <= truths).mean()), float((upper >= truths).mean())


def _held(good: Floats, valid: npt.NDArray[np.int64], length_s: float, truth: float) -> Floats:
    total, number = int(good.sum()), int(valid.sum())
    slices = Slices(
        length_s=length_s,
        indexes=tuple(range(len(valid))),
        good=tuple(good.tolist()),
        valid=tuple(valid.tolist()),
    )
    clustering = find_clusters(slices)
    naive = corrected = exact_interval(total, number, CONFIDENCE)
    broken = clustering.independence is Independence.BROKEN
    if broken:
        worth = effective_size(number, clustering)
        corrected = exact_interval(total / number * worth, worth, CONFIDENCE)
    return np.array(
        [
            naive.lower <= truth,
            corrected.lower <= truth,
            broken,
        ],
        dtype=float,
    )


def _fewest_bad(n: int, target: float) -> int:
    """The fewest bad events of n that an exact interval calls a breach."""
    # The upper bound is below the target when so few good ones have a chance below 5%.
    most_good = int(binom.ppf(1.0 - CONFIDENCE, n, target)) - 1
    while most_good + 1 <= n and binom.cdf(most_good + 1, n, target) < 1.0 - CONFIDENCE:
        most_good += 1
    return n - most_good if most_good >= 0 else n + 1
