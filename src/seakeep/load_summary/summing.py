"""Sums up observations of load and of its generator, in one pass and in constant memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from seakeep.generator import GeneratorSecond
from seakeep.histogram import Histogram
from seakeep.load_summary.generating import Generating
from seakeep.load_summary.record import Latencies, LoadSummary, RequestSummary
from seakeep.observation import Kind, Observation, Outcome
from seakeep.plain import plain

__all__ = ["OTHER", "TOTAL", "LoadSummer", "summarize_load"]

OTHER = "(all other names)"
TOTAL = "(all requests)"
_MOST_NAMES = 200
"""Names with ids in them would fill the page and the Pushgateway: the rarest are put together."""
_MOST_CAUSES = 3
_SECOND = timedelta(seconds=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def summarize_load(observations: Iterable[Observation]) -> LoadSummary:
    """Return the summary of a run's load, and of the generator that made it.

    Args:
        observations: Single requests and batches of them in any order, and generator seconds in
            that of their times, give or take two minutes; those of other kinds are left out.
    """
    summer = LoadSummer()
    for observation in observations:
        summer.add(observation)
    return summer.summary()


class LoadSummer:
    """Sums a load run up while it goes on; its size does not grow with time or requests."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._names: dict[str, _Requests] = {}
        self._span = _Span()
        self._told = Generating()

    def add(self, observation: Observation) -> None:
        """Take an observation into account; one of another kind is left out."""
        if observation.kind is Kind.LOAD:
            self._names.setdefault(observation.name, _Requests()).add(observation)
            self._span.add(observation)
        elif observation.kind is Kind.GENERATOR:
            self._told.add(GeneratorSecond.of(observation))

    def summary(self) -> LoadSummary:
        """Return the summary of what was added so far."""
        names, span, told = self._names, self._span, self._told
        total = _Requests()
        for requests in names.values():
            total.merge(requests)
        return LoadSummary(
            requests=tuple(_by_name(names, span.length_s)),
            total=total.summary(TOTAL, span.length_s),
            span_s=span.length_s,
            scenarios=tuple(told.scenarios[name] for name in sorted(told.scenarios)),
            arrivals=told.total,
            generator=told.fitness(),
            first_at=span.first,
            last_at=span.last,
        )


def _by_name(names: dict[str, _Requests], span_s: float) -> Iterator[RequestSummary]:
    """Yield the most frequent names, and the rest of very many as one."""
    ordered = sorted(names.items(), key=lambda one: -sum(one[1].counts.values()))
    for name, requests in ordered[:_MOST_NAMES]:
        yield requests.summary(plain(name, 200), span_s)
    if ordered[_MOST_NAMES:]:
        rest = _Requests()
        for _, requests in ordered[_MOST_NAMES:]:
            rest.merge(requests)
        yield rest.summary(OTHER, span_s)


@dataclass(slots=True)
class _Requests:
    """The requests of a name, while they are summed up."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    invalid_causes: Counter[str] = field(default_factory=Counter)
    latest: tuple[datetime, str] = (_LONG_AGO, "")
    response: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)
    shortest_s: float = math.inf
    longest_s: float = 0.0

    def add(self, seen: Observation) -> None:
        self.counts[seen.outcome] += seen.events
        if seen.outcome is Outcome.INVALID:
            self.invalid_causes[seen.cause] += seen.events
            return
        if seen.outcome is Outcome.BAD:
            self.causes[seen.cause] += seen.events
            self.latest = max(self.latest, (seen.at, seen.message))
        if seen.batch is None:
            self.response.add(seen.duration_s)
            self.shortest_s = min(self.shortest_s, seen.duration_s)
        else:
            self.shortest_s = min(self.shortest_s, seen.batch.shortest_s)
            self.response.merge(seen.batch.durations)
            self.service.merge(seen.batch.service)
        self.longest_s = max(self.longest_s, seen.duration_s)

    def merge(self, other: _Requests) -> None:
        self.counts.update(other.counts)
        self.causes.update(other.causes)
        self.invalid_causes.update(other.invalid_causes)
        self.latest = max(self.latest, other.latest)
        self.response.merge(other.response)
        self.service.merge(other.service)
        self.shortest_s = min(self.shortest_s, other.shortest_s)
        self.longest_s = max(self.longest_s, other.longest_s)

    def summary(self, name: str, span_s: float) -> RequestSummary:
        good, bad = self.counts[Outcome.GOOD], self.counts[Outcome.BAD]
        return RequestSummary(
            name=name,
            good=good,
            bad=bad,
            invalid=self.counts[Outcome.INVALID],
            rate_per_s=(good + bad) / span_s if span_s else 0.0,
            invalid_causes=_commonest(self.invalid_causes),
            causes=_commonest(self.causes),
            message=plain(self.latest[1], 300),
            response=self._response(),
            service=_latencies(self.service, 0.0, self.longest_s),
        )

    def _response(self) -> Latencies:
        near = _latencies(self.response, self.shortest_s, self.longest_s)
        return replace(near, max_s=self.longest_s) if self.response.count else near


def _commonest(causes: Counter[str]) -> tuple[tuple[str, int], ...]:
    ordered = sorted(causes.items(), key=lambda one: (-one[1], one[0]))[:_MOST_CAUSES]
    return tuple((plain(cause, 80) or "no cause given", number) for cause, number in ordered)


def _latencies(durations: Histogram, shortest_s: float, longest_s: float) -> Latencies:
    """A percentile is the middle of its bucket, which may lie beyond the longest of all."""

    def at(share: float) -> float | None:
        found = durations.quantile(share)
        return None if found is None else max(shortest_s, min(found, longest_s))

    return Latencies(
        p50_s=at(0.5),
        p95_s=at(0.95),
        p99_s=at(0.99),
        p999_s=at(0.999),
        max_s=at(1.0),
        total_s=durations.total,
    )


@dataclass(slots=True)
class _Span:
    """The time from the first request to the last."""

    first: datetime | None = None
    last: datetime | None = None

    def add(self, seen: Observation) -> None:
        end = seen.at + timedelta(seconds=seen.duration_s)
        if seen.events > 1:  # the last of them was meant to start so much later than the first
            spread_s = seen.attributes.get("spread_s")
            if isinstance(spread_s, float | int):
                end = max(end, seen.at + timedelta(seconds=spread_s))
            else:
                end = max(end, seen.at.replace(microsecond=0) + _SECOND)
        self.first = seen.at if self.first is None else min(self.first, seen.at)
        self.last = end if self.last is None else max(self.last, end)

    @property
    def length_s(self) -> float:
        if self.first is None or self.last is None:
            return 0.0
        return max(1.0, (self.last - self.first).total_seconds())
