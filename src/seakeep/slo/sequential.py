"""An anytime-valid test of "the error ratio is above its budget", for repeated looks.

The evidence after each event is the likelihood ratio of a mixture of error ratios above the
budget against the budget itself. While the true ratio is within the budget the evidence is a
non-negative supermartingale that starts at 1, so the chance that it *ever* reaches 1/alpha is at
most alpha, however often one looks (Ville's inequality; see Ramdas et al., "Game-theoretic
statistics and safe anytime-valid inference", 2023, https://arxiv.org/abs/2210.01948). Peeking
therefore causes no false alarm.

The mixture is a Beta(1/2, 1/2) prior cut to ratios above the budget, on a grid of its quantiles'
midpoints: a finite mixture, hence exact.
"""

from __future__ import annotations

import math

__all__ = ["ALPHA", "SequentialTest"]

ALPHA = 0.001
"""The default chance of ever calling a sound platform breached."""

_GRID = 64


class SequentialTest:
    """Watches one objective's events and says when a breach is proven."""

    def __init__(self, target: float, alpha: float = ALPHA) -> None:
        """Start without evidence.

        Args:
            target: The share of events that must be good, between 0 and 1, both excluded.
            alpha: The chance of a false alarm that is accepted, over any number of looks.

        Raises:
            ValueError: ``target`` or ``alpha`` is not between 0 and 1.
        """
        if not (0.0 < target < 1.0 and 0.0 < alpha < 1.0):
            raise ValueError("target and alpha must be between 0 and 1, both excluded")
        budget = 1.0 - target
        alternatives = _alternatives(budget)
        self._log_if_bad = [math.log(ratio / budget) for ratio in alternatives]
        self._log_if_good = [math.log((1.0 - ratio) / target) for ratio in alternatives]
        self._log_threshold = -math.log(alpha)
        self.good = 0
        self.bad = 0
        self._proven = False

    def observe(self, *, good: bool) -> None:
        """Take one valid event into account."""
        if good:
            self.good += 1
        else:
            self.bad += 1
            self._proven = self._proven or self.log_evidence >= self._log_threshold

    @property
    def breached(self) -> bool:
        """Return whether a breach has been proven; once it is, it stays so."""
        return self._proven

    @property
    def log_evidence(self) -> float:
        """Return the natural logarithm of the evidence for a breach; 0 at the start."""
        terms = [
            self.bad * if_bad + self.good * if_good
            for if_bad, if_good in zip(self._log_if_bad, self._log_if_good, strict=True)
        ]
        largest = max(terms)
        total = math.fsum(math.exp(term - largest) for term in terms)
        return largest + math.log(total) - math.log(len(terms))


def _alternatives(budget: float) -> list[float]:
    """Return error ratios above the budget, evenly spaced in the arcsine prior's probability."""
    start = math.asin(math.sqrt(budget))
    step = (math.pi / 2 - start) / _GRID
    return [math.sin(start + (index + 0.5) * step) ** 2 for index in range(_GRID)]
