"""An experiment has its places, and stays away while others need the platform whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from seakeep.chaos.preflight.preconditions.situation import Situation
from seakeep.duration import format_duration
from seakeep.maintenance import Maintenance

__all__ = ["environment_allowed", "nothing_planned", "over_in_time"]


def environment_allowed(situation: Situation) -> Iterator[str]:
    """Tell when the experiment may not run on this kind of platform."""
    plan = situation.plan
    here, allowed = plan.platform.environment, plan.declared.environments
    if here not in allowed:
        wanted = ", ".join(allowed) or "none"
        yield (
            f"{plan.platform.name} is a {here} platform, where {plan.origin.experiment} may not "
            f"run; wanted one of its environments in platform.yaml: {wanted}"
        )


def nothing_planned(situation: Situation) -> Iterator[str]:
    """Tell the maintenance and the exams that the experiment, with its recovery, would run into."""
    platform = situation.plan.platform
    for kind, periods in (("maintenance", platform.maintenance), ("an exam", platform.exams)):
        for period in periods:
            yield from _met(situation, kind, period)


def over_in_time(situation: Situation) -> Iterator[str]:
    """Tell when the faults are planned to last longer than the experiment may."""
    declared = situation.plan.declared
    planned_s = sum(fault.duration_s for fault in situation.faults)
    if planned_s >= declared.timeout_s:
        yield (
            f"the faults are planned for {format_duration(planned_s)}, and the experiment's "
            f"timeout is {format_duration(declared.timeout_s)}; wanted less, or a longer timeout "
            "in platform.yaml"
        )


def _met(situation: Situation, kind: str, period: Maintenance) -> Iterator[str]:
    declared = situation.plan.declared
    longest_s = declared.timeout_s + declared.recovery_timeout_s
    if period.end <= situation.now:
        return
    if period.start <= situation.now:
        yield f"{kind} is on ({period.reason}); wanted to wait until {_moment(period.end)}"
    elif period.start < situation.now + timedelta(seconds=longest_s):
        yield (
            f"{kind} begins at {_moment(period.start)} ({period.reason}), and this experiment may "
            f"take {format_duration(longest_s)} with its recovery (timeout + recovery_timeout); "
            f"wanted it to be over by then, or to wait until {_moment(period.end)}"
        )


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
