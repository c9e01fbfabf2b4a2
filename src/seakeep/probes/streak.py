"""How many failures in a row an observation is the last of."""

from __future__ import annotations

from dataclasses import replace

from seakeep.observation import Observation, Outcome
from seakeep.store import Condition, Store, to_us

__all__ = ["STREAK", "streak_of", "with_streak"]

STREAK = "consecutive_failures"
"""The attribute: 0 when good; absent when invalid, which neither counts nor ends a row."""

_LONGEST_LOOK = 1000
"""As many as any threshold can ask for; looked at where no earlier one has the attribute."""
_LATEST = "ORDER BY at_us DESC, id DESC LIMIT"


def streak_of(observation: Observation) -> int:
    """Return how many failures in a row there were with this one; 0 for none."""
    found = observation.attributes.get(STREAK, 0)
    return int(found) if isinstance(found, int | float) else 0


def with_streak(observation: Observation, store: Store) -> Observation:
    """Return an observation with the attribute, from what the store has of earlier ones.

    Earlier are those of the same platform, kind, name and location that began before.

    Raises:
        StoreError: The store can't be read.
    """
    if observation.outcome is Outcome.INVALID or STREAK in observation.attributes:
        return observation
    bad = observation.outcome is Outcome.BAD
    row = _row_before(observation, store) + 1 if bad else 0
    return replace(observation, attributes={**observation.attributes, STREAK: row})


def _row_before(observation: Observation, store: Store) -> int:
    latest = _earlier(observation, store, f"json_extract(attributes, '$.{STREAK}')", 1)
    if latest and latest[0][1] is not None:
        return int(str(latest[0][1]))
    outcomes = [outcome for outcome, _ in _earlier(observation, store, "NULL", _LONGEST_LOOK)]
    return next((n for n, o in enumerate(outcomes) if o != Outcome.BAD), len(outcomes))


def _earlier(
    observation: Observation, store: Store, column: str, most: int
) -> list[tuple[object, ...]]:
    same = Condition(
        "platform = ? AND kind = ? AND name = ? AND location = ? AND at_us < ?",
        (
            observation.platform,
            observation.kind.value,
            observation.name,
            observation.location,
            to_us(observation.at),
        ),
    )
    # The index of names leaves load out: it is used where the query says so, too.
    valid = Condition(f"outcome <> '{Outcome.INVALID}' AND kind <> 'load'")
    return store.select(f"outcome, {column}", same, valid, tail=f"{_LATEST} {most}")
