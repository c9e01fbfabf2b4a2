"""What a load generator says of itself, a second at a time: arrivals, places, and its own fitness.

It travels as an `Observation` of kind ``generator``, apart from the requests, so that no objective
counts it. Invalid means that the generator could not keep up: the requests of that second are
invalid, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from seakeep.causes import Cause
from seakeep.observation import Kind, Observation, Outcome

__all__ = ["GeneratorSecond"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorSecond:
    """One second of one process of a load run.

    Attributes:
        at: When it began (UTC).
        platform: The platform's name.
        scenario: The scenario's name.
        run_id: The run.
        location: Where the process runs.
        process: Which one, among those of the run.
        due: Arrivals that the schedule had for this process.
        started: Arrivals that began.
        late: Those of them that had to wait for a free user.
        missed: Arrivals that were given up: no user was free in time, or the run ended.
        waiting: Arrivals that wait for a free user, at the end of the second.
        busy: Users at work, at the end of the second.
        hanging: Requests under way, at the end of the second, for longer than the longest limit on
            durations of the objectives.
        users: Users there are.
        requests: Requests that ended.
        held_back: Requests that had to wait for the platform's ceiling on the rate.
        lag_s: The longest time by which the process was late, in seconds.
        cpu: The share of one core that it used.
        unfit: Why its latencies are not to be trusted; empty when they are.
    """

    at: datetime
    platform: str
    scenario: str
    run_id: str
    location: str
    process: str
    due: int = 0
    started: int = 0
    late: int = 0
    missed: int = 0
    waiting: int = 0
    busy: int = 0
    hanging: int = 0
    users: int = 0
    requests: int = 0
    held_back: int = 0
    lag_s: float = 0.0
    cpu: float = 0.0
    unfit: str = ""

    def observation(self) -> Observation:
        """Return it as an observation."""
        return Observation(
            at=self.at,
            platform=self.platform,
            kind=Kind.GENERATOR,
            name=self.scenario,
            location=self.location,
            run_id=self.run_id,
            outcome=Outcome.INVALID if self.unfit else Outcome.GOOD,
            duration_s=self.lag_s,
            cause=Cause.GENERATOR_SATURATED if self.unfit else "",
            message=self.unfit,
            attributes={
                "process": self.process,
                "cpu": self.cpu,
                **{name: getattr(self, name) for name in _COUNTS},
            },
        )

    @classmethod
    def of(cls, observation: Observation) -> Self:
        """Return the second that an observation of kind ``generator`` tells of."""
        have = observation.attributes
        return cls(
            at=observation.at,
            platform=observation.platform,
            scenario=observation.name,
            run_id=observation.run_id,
            location=observation.location,
            process=str(have.get("process", "")),
            lag_s=observation.duration_s,
            cpu=float(have.get("cpu", 0.0)),
            unfit=observation.message,
            **{name: int(have.get(name, 0)) for name in _COUNTS},
        )


_COUNTS = (
    *("due", "started", "late", "missed", "waiting"),
    *("busy", "hanging", "users", "requests", "held_back"),
)
