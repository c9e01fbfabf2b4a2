"""An anytime-valid test of "the error ratio is above its budget", for repeated looks.

The evidence after each event is the likelihood ratio of a mixture of error ratios above the
budget against the budget itself. While the true ratio is within the budget the evidence is a
non-negative supermartingale that starts at 1, so the chance that it *ever* reaches 1/alpha is at
most alpha, however often one looks (Ville's inequality; see Ramdas et al., "Game-theoretic
statistics and safe anytime-valid inference", 2023, https://arxiv.org/abs/2210.01948). Peeking
therefore causes no false alarm.

The mixture is over burn rates evenly spaced in their logarithm, from just above 1 to a total
outage: no burn rate is far from one of them, whatever the target, which bounds the delay of a
detection (on such mixtures see Robbins, "Statistical methods related to the law of the iterated
logarithm", Annals of Mathematical Statistics 41 (1970), 1397-1409). A finite mixture is exact.
"""

from __future__ import annotations

import math

__all__ = ["ALPHA", "SequentialTest", "alternatives"]

ALPHA = 0.001
"""The default chance of ever calling a sound platform breached."""

_GRID = 48
_ROUNDING = 1e-6  # far above what a sum of a million logarithms loses


class SequentialTest:
    """Watches one objective's events and says when a breach is proven.

    A target of 1 has no budget: its first bad event proves the breach. One of 0 can't be breached.
    """

    def __init__(self, target: float, alpha: float = ALPHA) -> None:
        """Start without evidence.

        Args:
            target: The share of events that must be good, from 0 to 1.
            alpha: The chance of a false alarm that is accepted, over any number of looks.

        Raises:
            ValueError: ``target`` is not from 0 to 1, or ``alpha`` not between them.
        """
        if not (0.0 <= target <= 1.0 and 0.0 < alpha < 1.0):
            raise ValueError("target must be from 0 to 1, and alpha between 0 and 1")
        budget = 1.0 - target
        ratios = alternatives(budget) if 0.0 < target < 1.0 else ()
        self._target = target
        self._log_if_bad = [math.log(ratio / budget) for ratio in ratios]
        self._log_if_good = [math.log1p(-ratio) - math.log1p(-budget) for ratio in ratios]
        self._log_threshold = -math.log(alpha)
        self._bad_before_next_look = 0
        self.good = 0
        self.bad = 0
        self._proven = False

    def observe(self, *, good: bool) -> None:
        """Take one valid event into account."""
        if good:
            self.good += 1
        else:
            self.observe_many(bad=1)

    def observe_many(self, *, good: int = 0, bad: int = 0) -> None:
        """Take valid events into account that came together: one look, at the end of them.

        The ends of batches are times to look like any others, so the test stays valid. A breach
        that was proven only within a batch, and no longer is at its end, goes unseen.

        Only bad events add evidence, and none adds more than the logarithm of the largest burn
        rate: while even that would not do, the evidence need not be worked out.
        """
        self.good += good
        self.bad += bad
        if bad and not self._proven and self.bad > self._bad_before_next_look:
            missing = self._log_threshold - self.log_evidence
            self._proven = missing <= 0.0
            if not self._proven and self._log_if_bad:
                skip = math.ceil(missing / self._log_if_bad[-1] - _ROUNDING) - 1
                self._bad_before_next_look = self.bad + max(0, skip)

    @property
    def breached(self) -> bool:
        """Return whether a breach has been proven; once it is, it stays so."""
        return self._proven

    def would_be_breached(self, *, more_bad: int) -> bool:
        """Return whether a breach were proven with so many more bad events, which are yet to come.

        For events whose outcome is certain before they end: a look at them is as valid as one
        after. They are not counted by this.
        """
        if self._proven or more_bad <= 0:
            return self._proven
        self.bad += more_bad
        try:
            return self.log_evidence >= self._log_threshold
        finally:
            self.bad -= more_bad

    @property
    def log_evidence(self) -> float:
        """Return the natural logarithm of the evidence for a breach; 0 at the start."""
        if not self._log_if_bad:
            return math.inf if self._target == 1.0 and self.bad else 0.0
        terms = [
            self.bad * if_bad + self.good * if_good
            for if_bad, if_good in zip(self._log_if_bad, self._log_if_good, strict=True)
        ]
        largest = max(terms)
        total = math.fsum(math.exp(term - largest) for term in terms)
        return largest + math.log(total) - math.log(len(terms))


def alternatives(budget: float) -> tuple[float, ...]:
    """Return the error ratios that the budget is tested against, all above it, ascending.

    Args:
        budget: The error ratio that is allowed, between 0 and 1, both excluded.
    """
    return tuple(budget ** (1.0 - (index + 0.5) / _GRID) for index in range(_GRID))
