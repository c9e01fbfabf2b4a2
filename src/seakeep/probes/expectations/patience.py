"""How long one judgment may take: what an answer holds must not keep the observer busy for ever.

Python's own ``re`` can't be stopped, and a pattern such as ``(a+)+$`` takes the age of the universe
on thirty letters (https://cwe.mitre.org/data/definitions/1333.html). So patterns that can go back
run on the ``regex`` package, which reads the same syntax and takes a timeout. It lets other threads
run meanwhile, too.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

__all__ = ["OutOfTimeError", "Patience"]

_SHORT = 32 * 1024
"""Characters that any pattern without repetition gets through in a few milliseconds."""
_MOST_CHOICES = 8
_LEAST_S = 0.01
"""What each pattern may take even when the ones before it have used everything up."""
_STEPS_PER_LOOK = 16
"""A look at the clock costs about as much as a step."""
_LITERAL_BRACE = re.compile(r"\\.|\{(?!\d*,?\d*\})", re.DOTALL)


class OutOfTimeError(Exception):
    """A judgment took longer than it may."""


class Patience:
    """The processor time that one judgment may take, and what it spends it on.

    Processor time, not time on the wall: on a busy machine an honest pattern waits, too.

    Attributes:
        limit_s: The most that may be spent, in seconds.
        ran_out: Whether something was given up.
    """

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self.ran_out = False
        self._until_s: float | None = None
        self._steps = 0

    @property
    def left_s(self) -> float:
        """What is left; it begins to run when it is first asked for."""
        now_s = time.thread_time()
        if self._until_s is None:
            self._until_s = now_s + self.limit_s
        return self._until_s - now_s

    def check(self) -> None:
        """Say that one more of many small steps follows.

        Raises:
            OutOfTimeError: There is no time for it.
        """
        self._steps += 1
        if self._steps % _STEPS_PER_LOOK == 0 and self.left_s <= 0:
            self._give_up()

    def search(self, pattern: str, text: str) -> str | None:
        """Return the first part of a text that a pattern matches; ``None`` when there is none.

        Raises:
            OutOfTimeError: The search took too long.
        """
        plain = _plain(pattern) if len(text) <= _SHORT else None
        if plain is not None:
            found = plain.search(text)
            return None if found is None else found.group()
        try:
            stoppable = _stoppable(pattern).search(text, timeout=max(self.left_s, _LEAST_S))
        except TimeoutError:
            self._give_up()
        return None if stoppable is None else stoppable.group()

    def _give_up(self) -> None:
        self.ran_out = True
        raise OutOfTimeError(f"more than {self.limit_s * 1000:.0f} ms of work")


@lru_cache(maxsize=1024)
def _plain(pattern: str) -> re.Pattern[str] | None:
    """Return a pattern for ``re``, when it repeats nothing and chooses little: it can't go astray.

    That holds for most patterns of most checks, and ``re`` starts in a tenth of the time.
    """
    if any(sign in pattern for sign in "*+{"):
        return None
    return re.compile(pattern) if sum(map(pattern.count, "?|")) <= _MOST_CHOICES else None


@lru_cache(maxsize=1024)
def _stoppable(pattern: str) -> regex.Pattern[str]:
    """Return a pattern for ``regex``, which takes a brace such as ``{e}`` for more than a brace.

    https://github.com/mrabarnett/mrab-regex#approximate-fuzzy-matching-hg-issue-12-hg-issue-41-hg-issue-109
    """
    import regex  # noqa: PLC0415 - some 25 ms, and only where a pattern can go astray

    return regex.compile(_LITERAL_BRACE.sub(_escaped, pattern))


def _escaped(found: re.Match[str]) -> str:
    return "\\{" if found.group() == "{" else found.group()
