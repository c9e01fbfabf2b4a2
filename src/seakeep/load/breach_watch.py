"""Sees that an objective breaks while a load run goes on, by the sequential test.

It looks once a second, however long the run is: a test for repeated looks is the only one that does
not cry wolf. See `seakeep.slo.sequential`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from seakeep.observation import Observation, Outcome
from seakeep.slo.objective import Objective
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
        self.begin()

    def begin(self) -> None:
        """Forget an earlier run."""
        self.breach = ""
        self._tests = {o.name: SequentialTest(o.target) for o in self._objectives}

    def see(self, observations: Sequence[Observation]) -> None:
        """Take observations into account; those without a word on the platform do not count."""
        if self.breach:
            return
        for objective in self._objectives:
            events = [o for o in observations if objective.is_event(o)]
            valid = [o for o in events if o.outcome is not Outcome.INVALID]
            total = sum(one.events for one in valid)
            good = sum(objective.good_events(one) for one in valid)
            test = self._tests[objective.name]
            test.observe_many(good=good, bad=total - good)
            if test.breached:
                seen = test.good + test.bad
                self.breach = f"objective {objective.name}: {test.bad} of {seen} requests are bad"
                self._on_breach()
                return
