"""What a run of which most observations are invalid says, in one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from seakeep.observation import Observation, Outcome

__all__ = ["fitness_summary"]


def fitness_summary(observations: Iterable[Observation]) -> str | None:
    """Return the sentence for a run with more than half of its observations invalid, or ``None``.

    Then the run as a whole tells of the observer, and what is left of it is too little to tell of
    the platform.
    """
    seen = tuple(observations)
    causes = Counter(
        observation.cause or "no cause"
        for observation in seen
        if observation.outcome is Outcome.INVALID
    )
    invalid = causes.total()
    if 2 * invalid <= len(seen):
        return None
    by_number = sorted(causes.items(), key=lambda item: (-item[1], item[0]))
    told = ", ".join(f"{cause} {number}" for cause, number in by_number)
    of_all = (
        "1 of 1 observation is" if len(seen) == 1 else f"{invalid} of {len(seen)} observations are"
    )
    return f"the observer was unfit: {of_all} invalid ({told}); this says nothing of the platform"
