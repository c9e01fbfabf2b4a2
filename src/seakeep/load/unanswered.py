"""Who waits for an answer in a step of a search, apart from those whom the step before left."""

from __future__ import annotations

from dataclasses import dataclass, field

from seakeep.generator import GeneratorSecond

__all__ = ["Unanswered"]


@dataclass(slots=True)
class _Waiting:
    """How many wait at the end of the latest second of each process, and how many of them are old.

    Those of an earlier step only ever become fewer: ``older`` is the most that they may still be.
    """

    latest: dict[str, int] = field(default_factory=dict)
    older: int = 0

    def see(self, process: str, number: int, *, is_before: bool) -> None:
        self.latest[process] = number
        total = sum(self.latest.values())
        self.older = total if is_before else min(self.older, total)

    def after(self) -> _Waiting:
        return _Waiting(dict(self.latest), sum(self.latest.values()))

    @property
    def own(self) -> int:
        return sum(self.latest.values()) - self.older


@dataclass(slots=True)
class Unanswered:
    """Counts them over all processes.

    Attributes:
        knows_hanging: Whether the generator tells which requests are past all limits on durations:
            it does so where an objective has one. Elsewhere a user who is still at work after all
            patience is taken for one without an answer.
    """

    knows_hanging: bool
    _hanging: _Waiting = field(default_factory=_Waiting)
    _left: _Waiting = field(default_factory=_Waiting)

    def after(self) -> Unanswered:
        """Return one for the step that follows: all that wait by now are of an earlier one."""
        return Unanswered(self.knows_hanging, self._hanging.after(), self._left.after())

    def see(self, second: GeneratorSecond, *, is_before: bool) -> None:
        """Take a second of a process into account; ``is_before``: it ended before the step."""
        left = second.waiting + (second.hanging if self.knows_hanging else second.busy)
        self._hanging.see(second.process, second.hanging, is_before=is_before)
        self._left.see(second.process, left, is_before=is_before)

    def see_older_end(self, requests: int) -> None:
        """Take into account that requests of an earlier step ended meanwhile."""
        for waiting in (self._hanging, self._left) if self.knows_hanging else ():
            waiting.older = max(0, waiting.older - requests)

    @property
    def hanging(self) -> int:
        """Return how many requests of the step are past all limits on durations already."""
        return self._hanging.own

    @property
    def left(self) -> int:
        """Return how many of the step neither have an answer nor were given up."""
        return self._left.own
