"""Which events lie in planned time: an experiment's fault, or declared maintenance.

The chaos guard marks what it sees with the attributes ``experiment`` and ``phase``; while the fault
is in place the phase is ``during``. Maintenance is declared in ``platform.yaml``.
"""

from __future__ import annotations

from collections.abc import Sequence

from seakeep.maintenance import Maintenance
from seakeep.observation import Observation
from seakeep.slo.verdict import Planned
from seakeep.store import Condition, to_us

__all__ = ["PLANNED", "experiment_sql", "label", "left_in", "maintenance_sql", "planned_label"]

PLANNED = frozenset(Planned)
"""Everything that can be planned: what ``--exclude planned`` leaves out."""

_DURING = "coalesce(json_extract(attributes, '$.phase') = 'during', 0)"
_EXPERIMENT = "json_extract(attributes, '$.experiment')"


def planned_label(
    observation: Observation, maintenance: Sequence[Maintenance], exclude: frozenset[Planned]
) -> tuple[Planned, str] | None:
    """Return what an observation's time was planned for, and its reason; ``None`` for nothing."""
    experiment = observation.attributes.get("experiment")
    during = observation.attributes.get("phase") == "during" and isinstance(experiment, str)
    within = next((m for m in maintenance if m.start <= observation.at < m.end), None)
    return label(str(experiment) if during else "", within.reason if within else "", exclude)


def label(experiment: str, upkeep: str, exclude: frozenset[Planned]) -> tuple[Planned, str] | None:
    """Return the one reason of an event that may have two: the one that leaves it out goes first.

    Args:
        experiment: The experiment whose fault was in place; empty for none.
        upkeep: The reason of the maintenance; empty for none.
        exclude: What is left out.
    """
    reasons = [(Planned.CHAOS, experiment), (Planned.MAINTENANCE, upkeep)]
    there = [(kind, reason) for kind, reason in reasons if reason]
    there.sort(key=lambda one: one[0] not in exclude)
    return there[0] if there else None


def experiment_sql() -> str:
    """Return the SQL of an observation's experiment, if its fault was in place; else empty."""
    # Most have none: looking for the word spares reading their JSON.
    is_one = f"instr(attributes, '\"experiment\"') AND {_DURING} AND typeof({_EXPERIMENT}) = 'text'"
    return f"CASE WHEN {is_one} THEN {_EXPERIMENT} ELSE '' END"


def maintenance_sql(maintenance: Sequence[Maintenance]) -> str:
    """Return the SQL of the first maintenance that an observation lies in; -1 for none."""
    cases = [
        f"WHEN at_us >= {to_us(m.start)} AND at_us < {to_us(m.end)} THEN {index}"
        for index, m in enumerate(maintenance)
    ]
    return f"CASE {' '.join(cases)} ELSE -1 END" if cases else "-1"


def left_in(maintenance: Sequence[Maintenance], exclude: frozenset[Planned]) -> list[Condition]:
    """Return the conditions of the observations that are not left out."""
    conditions = []
    if Planned.CHAOS in exclude:
        conditions.append(Condition(f"{experiment_sql()} = ''"))
    if Planned.MAINTENANCE in exclude and maintenance:
        conditions.append(Condition(f"{maintenance_sql(maintenance)} = -1"))
    return conditions
