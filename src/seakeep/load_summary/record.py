"""The record of a load run: its requests by name, its arrivals, and how fit its generator was."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["Arrivals", "GeneratorFitness", "Latencies", "LoadSummary", "RequestSummary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """How long valid requests took, errors included; ``None`` for what no request tells.

    A percentile is within `seakeep.histogram.ACCURACY` of the duration that has its rank.

    Attributes:
        p50_s: Half of them took no longer than this.
        p95_s: 95% took no longer.
        p99_s: 99% took no longer.
        p999_s: 99.9% took no longer.
        max_s: The longest; exact for response times.
        total_s: All of them together, as near as the percentiles.
    """

    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None
    p999_s: float | None = None
    max_s: float | None = None
    total_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSummary:
    """All requests of one name, or of all names.

    Attributes:
        name: Such as ``GET /health``; free of secrets and control characters.
        good: Requests whose outcome was good.
        bad: Those that failed.
        invalid: Those that say nothing of the platform.
        invalid_causes: Why they do not, each cause with its count, commonest first.
        rate_per_s: Valid requests per second, over the time that the whole load took.
        causes: The commonest causes of errors with their counts, commonest first.
        message: The message of the latest error, if any.
        response: The times from when each request was meant to start.
        service: The times from when each did start. Those of observations that stand for one
            request alone, as stores had them once, are not known apart.
    """

    name: str
    good: int = 0
    bad: int = 0
    invalid: int = 0
    invalid_causes: tuple[tuple[str, int], ...] = ()
    rate_per_s: float = 0.0
    causes: tuple[tuple[str, int], ...] = ()
    message: str = ""
    response: Latencies = field(default_factory=Latencies)
    service: Latencies = field(default_factory=Latencies)

    @property
    def valid(self) -> int:
        """Return the number of requests that say something of the platform."""
        return self.good + self.bad

    @property
    def count(self) -> int:
        """Return the number of all requests."""
        return self.good + self.bad + self.invalid

    @property
    def error_share(self) -> float | None:
        """Return the share of valid requests that failed; ``None`` without any."""
        return self.bad / self.valid if self.valid else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """The arrivals of one scenario, or of all of them.

    Attributes:
        scenario: The scenario's name; empty for all.
        due: How many the schedule had.
        started: How many began.
        late: How many of these had to wait for a free user.
        missed: How many were given up: no user was free in time, or the run ended.
        most_waiting: The most that waited for a free user at once, at the end of a second.
        held_back: Requests that had to wait for the platform's ceiling on the rate.
    """

    scenario: str = ""
    due: int = 0
    started: int = 0
    late: int = 0
    missed: int = 0
    most_waiting: int = 0
    held_back: int = 0

    @property
    def missed_share(self) -> float:
        """Return the share of the due arrivals that were missed; 0 when none was due."""
        return self.missed / self.due if self.due else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorFitness:
    """Whether the generator could keep up with its own schedule.

    Attributes:
        seconds: Seconds that any of its processes told of.
        unfit_seconds: Those in which one of them was not fit.
        why: What was wrong in the latest of these; empty when all were fit.
        most_lag_s: The longest time by which a process was late, in seconds.
        most_cpu: The largest share of one core that a process used in a second.
        processes: How many processes made the load.
    """

    seconds: int = 0
    unfit_seconds: int = 0
    why: str = ""
    most_lag_s: float = 0.0
    most_cpu: float = 0.0
    processes: int = 0

    @property
    def is_fit(self) -> bool:
        """Return whether it was fit all the time."""
        return self.unfit_seconds == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSummary:
    """A load run summed up. Its size does not grow with the number of requests.

    Attributes:
        requests: A summary per request name, the most frequent first.
        total: All requests together.
        span_s: Seconds from the first request's intended start to the end of the last one, or of
            the second that it belongs to; at least 1, but 0 without requests.
        scenarios: The arrivals of each scenario that told of them, by name.
        arrivals: All arrivals together.
        generator: How fit the generator was.
        first_at: When the first request was meant to start (UTC); ``None`` without any.
        last_at: When the last one ended.
    """

    requests: tuple[RequestSummary, ...]
    total: RequestSummary
    span_s: float
    scenarios: tuple[Arrivals, ...]
    arrivals: Arrivals
    generator: GeneratorFitness
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def requests_per_s(self) -> float:
        """Return the valid requests per second over the whole load."""
        return self.total.rate_per_s
