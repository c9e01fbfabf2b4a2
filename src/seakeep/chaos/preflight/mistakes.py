"""Mistakes in an experiment's file that the Chaos Toolkit says nothing of, though it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chaoslib import substitute  # type: ignore[import-untyped]
from chaoslib.types import Dry  # type: ignore[import-untyped]

from seakeep.chaos import actions
from seakeep.errors import UsageError

__all__ = ["Document", "refuse_mistakes"]

Document = Mapping[str, Any]

_COMPARED = (bool, int, str, list, dict)
"""The types of a tolerance that chaostoolkit-lib compares with; with any other, a probe fails."""


def refuse_mistakes(experiment: Document, configuration: Document | None) -> None:
    """Return when an experiment's file will do what it says.

    Args:
        experiment: The experiment.
        configuration: Its configuration, with the environment's values in place.

    Raises:
        UsageError: It will not; every mistake is told.
    """
    found = [
        *_dry_run(experiment),
        *_hypothesis(experiment, configuration),
        *_method(experiment),
        *_rollbacks(experiment),
    ]
    if found:
        raise UsageError("; ".join(found))


def _dry_run(experiment: Document) -> Iterator[str]:
    """With ``--dry`` there is nothing to prove; ``pause`` alone leaves out nothing that matters."""
    dry = experiment.get("dry")
    if isinstance(dry, Dry) and dry is not Dry.PAUSE:
        yield (
            f"--dry {dry.value}: the guard proves a fault and its recovery, and there would be "
            "none; wanted no --dry, or `chaos validate`"
        )


def _hypothesis(experiment: Document, configuration: Document | None) -> Iterator[str]:
    hypothesis = experiment.get("steady-state-hypothesis") or {}
    for place, probe in _numbered(hypothesis, "probes", "steady-state-hypothesis.probes"):
        tolerance = substitute(probe.get("tolerance"), configuration, {})
        if not isinstance(tolerance, _COMPARED):
            yield (
                f"{place}: the Chaos Toolkit never meets the tolerance {tolerance!r}, as it is no "
                "whole number, text or truth; wanted a range such as [0.4, 0.6]"
            )
        if _is_ours(probe):
            yield f"{place}: an action has no place in the hypothesis; wanted it in the method"


def _method(experiment: Document) -> Iterator[str]:
    for place, activity in _numbered(experiment, "method", "method"):
        yield from _ours(place, activity)


def _rollbacks(experiment: Document) -> Iterator[str]:
    for place, activity in _numbered(experiment, "rollbacks", "rollbacks"):
        yield from _ours(place, activity)
        if _is_ours(activity) and activity["provider"].get("func") in actions.FAULTS:
            yield f"{place}: a rollback must break nothing; wanted the fault in the method"


def _ours(place: str, activity: Document) -> Iterator[str]:
    if not _is_ours(activity):
        return
    if activity.get("type") != "action":
        yield f"{place}: found the type {activity.get('type')!r}; wanted action"
    if activity.get("background"):
        yield (
            f"{place}: in the background nobody waits for it to be in place; wanted it without "
            "background, as the guard ends it early where it must"
        )
    if "dry" in activity:
        # A text there is compared with an enumeration, so that the fault would be injected.
        yield f"{place}: the Chaos Toolkit does not heed dry here; wanted it without"


def _numbered(document: Document, key: str, place: str) -> Iterator[tuple[str, Document]]:
    for number, activity in enumerate(document.get(key) or ()):
        name = activity.get("name")
        yield f"{place}[{number}]" + (f" ({name})" if name else ""), activity


def _is_ours(activity: Document) -> bool:
    return bool(activity.get("provider", {}).get("module") == actions.__name__)
