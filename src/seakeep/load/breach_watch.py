"""Sees that an objective breaks while a load run goes on, by the sequential test.

It looks once a second, however long the run is: a test for repeated looks is the only one that does
not cry wolf. See `seakeep.slo.sequential`. Who still waits for an answer, and longer than an
objective allows, counts as bad already: their answers can't change that any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from seakeep.generator import GeneratorSecond
from seakeep.observation import Kind, Observation, Outcome
from seakeep.slo.objective import Objective, ObservedRatio
from seakeep.slo.sequential import SequentialTest

__all__ = ["BreachWatch"]


class BreachWatch:
    """Watches the objectives of a load run.

    Attributes:
        breach: What was proven, in words; empty as long as nothing is.
    """

    def __init__(self, objectives: Iterable[Objective], on_breach: Callable[[], None]) -> None:
        """Watch objectives; ``on_breach`` is called once, with the first breach."""
        self.breach = ""
        self._objectives = tuple(objectives)
        self._on_breach = on_breach
        self._tests: dict[str, SequentialTest] = {}
        self._hanging: Counter[str] = Counter()
        self.begin()

    def begin(self) -> None:
        """Forget an earlier run."""
        self.breach = ""
        self._hanging = Counter()
        self._tests = {o.name: SequentialTest(o.target) for o in self._objectives}

    def see(self, observations: Sequence[Observation]) -> None:
        """Take observations into account; those without a word on the platform do not count."""
        if self.breach:
            return
        for seen in observations:
            if seen.kind is Kind.GENERATOR:
                second = GeneratorSecond.of(seen)
                self._hanging[second.process] = 0 if second.unfit else second.hanging
        for objective in self._objectives:
            events = [o for o in observations if objective.is_event(o)]
            valid = [o for o in events if o.outcome is not Outcome.INVALID]
            total = sum(one.events for one in valid)
            good = sum(objective.good_events(one) for one in valid)
            test = self._tests[objective.name]
            test.observe_many(good=good, bad=total - good)
            hanging = self._hanging.total() if _counts_all_that_hang(objective) else 0
            if test.breached or test.would_be_breached(more_bad=hanging):
                bad = test.bad + hanging
                told = f"{bad} of {test.good + bad} requests are bad"
                self.breach = f"objective {objective.name}: {told}"
                self._on_breach()
                return


def _counts_all_that_hang(objective: Objective) -> bool:
    """Return whether each request of the run is an event, and bad when it is past all limits."""
    indicator = objective.indicator
    if not isinstance(indicator, ObservedRatio) or not objective.duration_limits:
        return False
    events = indicator.events
    anyone = (events.name, events.location) == ("*", "*") and not events.attributes
    return anyone and events.has_attribute is None
