"""What the platform's files say of a scenario, and what Locust's options make of it."""

from __future__ import annotations

import zlib
from argparse import Namespace
from dataclasses import dataclass, replace

from seakeep import environment as process
from seakeep.load.capacity_search import bounds_of
from seakeep.load.command_line import fixed_schedule, plan_of
from seakeep.load.gate import objectives_on_load
from seakeep.load.growing import GrowingSchedule
from seakeep.load.plan import AnySchedule
from seakeep.load.safety import allow
from seakeep.platform import Platform, Scenario
from seakeep.platform_file import load_platform
from seakeep.slo.objective import Objective

__all__ = ["Declared", "read_declared"]


@dataclass(frozen=True, slots=True)
class Declared:
    """One scenario of the platform that is to be loaded.

    Attributes:
        platform: The platform.
        scenario: The scenario.
        objectives: The platform's objectives on load.
    """

    platform: Platform
    scenario: Scenario
    objectives: tuple[Objective, ...]

    @property
    def limits_s(self) -> tuple[float, ...]:
        """Return the durations at which objectives part good requests from bad, in seconds."""
        return tuple(limit.value for one in self.objectives for limit in one.duration_limits)

    def schedule(self, options: Namespace) -> AnySchedule:
        """Return when arrivals are due, the same in all processes of a run.

        Raises:
            ConfigError: A recorded file can't be read.
            UsageError: The rate makes no load.
        """
        seed = zlib.crc32(process.run_id().encode())
        if options.find_capacity:
            return GrowingSchedule(self.scenario.spacing.value, seed)
        return fixed_schedule(
            self.scenario,
            rate_per_s=options.rate,
            duration_s=options.seakeep_duration_s,
            seed=seed,
        )

    def allow(
        self, options: Namespace, schedule: AnySchedule, base_url: str | None, users: int
    ) -> None:
        """Return when a run by a schedule is within the platform's limits.

        Raises:
            UsageError: It makes no sense.
            RefusedError: Production, a foreign host, or more than the platform's limits.
        """
        plan = plan_of(options, schedule, base_url, users)
        if options.find_capacity:
            bounds = bounds_of(options, self.platform)
            plan = replace(plan, rate_per_s=bounds.ceiling_per_s, duration_s=bounds.longest_s)
        allow(self.platform, plan, allow_production=options.allow_production)


def read_declared(name: str) -> Declared:
    """Return what the platform's files say of a scenario.

    Raises:
        ConfigError: A file is wrong; holds every problem.
        UsageError: The platform has no scenario of that name.
    """
    platform = load_platform()
    return Declared(platform, platform.scenario(name), objectives_on_load(platform))
