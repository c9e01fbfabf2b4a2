"""What is about to happen: the experiment, the platform it hits, and what must hold meanwhile."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from seakeep import environment
from seakeep.chaos.faults.fault import Origin
from seakeep.checks.check import Check
from seakeep.errors import RefusedError
from seakeep.observation import Kind
from seakeep.platform import Experiment, Platform
from seakeep.platform_file import load_platform
from seakeep.slo.objective import Objective, ObservedRatio
from seakeep.slo.openslo import load_objectives

__all__ = ["EXPERIMENT", "Plan", "experiment_name", "make_plan"]

EXPERIMENT = "SEAKEEP_EXPERIMENT"
"""The environment variable that names the experiment, over its file's name."""

_LONGEST_NAME = 40  # it is a label's value, which must begin and end with a letter or digit


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of one experiment.

    Attributes:
        origin: The experiment's name and the run it belongs to.
        platform: What is watched.
        objectives: What is guarded.
        required: What must be met before, with error budget left: what is guarded, and what no
            observer can see, as it is asked of Prometheus.
        checks: What the observer asks; each is an event of a guarded objective.
        declared: What ``platform.yaml`` says of the experiment; it need not say anything.
        home: The folder of the store and the ledger.
        location: Where the observer stands.
    """

    origin: Origin
    platform: Platform
    objectives: tuple[Objective, ...]
    required: tuple[Objective, ...]
    checks: tuple[Check, ...]
    declared: Experiment
    home: Path
    location: str

    @property
    def recovery_timeout_s(self) -> float:
        """How long the platform may take until its steady state is back."""
        return self.declared.recovery_timeout_s


def make_plan(name: str) -> Plan:
    """Return the plan for an experiment on the platform that the environment names.

    Raises:
        UsageError: No platform was named.
        ConfigError: Its files are wrong.
        RefusedError: It must not be touched, or there is nothing to guard it by.
    """
    platform = load_platform()
    platform.allow_action(allow_production=environment.allows_production())
    declared = _declared(platform, name)
    known = load_objectives(platform)
    objectives = _guarded(declared, known)
    checks = tuple(check for check in platform.checks if _is_event(check, objectives))
    if not checks:
        raise RefusedError(
            f"experiment {name} on {platform.name}: no check is an event of a guarded objective; "
            "wanted one, since nobody would see a breach"
        )
    return Plan(
        origin=Origin(name, environment.run_id()),
        platform=platform,
        objectives=objectives,
        required=_required(declared, known),
        checks=checks,
        declared=declared,
        home=environment.home(),
        location=environment.location(),
    )


def experiment_name(title: str, *, argument: str | None, source: str | None) -> str:
    """Return an experiment's name.

    Args:
        title: Its title, the last resort.
        argument: What the control's own argument says, the first.
        source: The file that it was loaded from.
    """
    named = argument or os.environ.get(EXPERIMENT) or (Path(source).stem if source else title)
    words = re.sub(r"[^a-z0-9]+", "-", named.lower()).strip("-")
    return words[:_LONGEST_NAME].rstrip("-") or "experiment"


def _declared(platform: Platform, name: str) -> Experiment:
    """Return what ``platform.yaml`` says of an experiment; it need not say anything."""
    known: Mapping[str, Experiment] = {entry.name: entry for entry in platform.experiments}
    return known.get(name) or Experiment(name=name)


def _guarded(declared: Experiment, objectives: Sequence[Objective]) -> tuple[Objective, ...]:
    return tuple(
        objective
        for objective in objectives
        if objective.counts(Kind.PROBE)
        and (not declared.guarded or objective.name in declared.guarded)
    )


def _required(declared: Experiment, objectives: Sequence[Objective]) -> tuple[Objective, ...]:
    """Return what must be met before: all that are named, or else all of checks and queries."""
    if declared.guarded:
        return tuple(objective for objective in objectives if objective.name in declared.guarded)
    return tuple(
        objective
        for objective in objectives
        if objective.counts(Kind.PROBE) or not isinstance(objective.indicator, ObservedRatio)
    )


def _is_event(check: Check, objectives: Iterable[Objective]) -> bool:
    indicators = (objective.indicator for objective in objectives)
    return any(
        isinstance(indicator, ObservedRatio) and fnmatchcase(check.name, indicator.events.name)
        for indicator in indicators
    )
