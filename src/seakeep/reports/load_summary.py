"""What load saw: a summary per request name, and a series over the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from seakeep.observation import Observation, Outcome
from seakeep.plain import plain
from seakeep.reports.check_summary import group_by_name
from seakeep.reports.counts import Counts, count_outcomes, top_causes
from seakeep.reports.quantile import quantile

__all__ = ["OTHER", "LoadBin", "RequestSummary", "bin_load", "load_span_s", "summarize_load"]

OTHER = "(all other names)"
_MAX_NAMES = 200
"""Names with ids in them would fill the page and the Pushgateway: the rarest are put together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSummary:
    """All requests of one name.

    Attributes:
        name: Such as ``GET /health``.
        counts: Requests by outcome.
        rate_per_s: Valid requests per second, over the time the whole load took.
        total_s: All durations together, in seconds.
        p50_s: Half of the valid requests took no longer than this.
        p95_s: 95% took no longer.
        p99_s: 99% took no longer.
        max_s: The longest.
        causes: The commonest causes of errors with their counts.
        message: The message of the latest error, if any.
    """

    name: str
    counts: Counts
    rate_per_s: float
    total_s: float
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    max_s: float | None
    causes: tuple[tuple[str, int], ...]
    message: str


@dataclass(frozen=True, slots=True)
class LoadBin:
    """The requests that began in one short stretch of the run.

    Attributes:
        start_s: Where it begins, in seconds since the run's start.
        count: Valid requests.
        bad: Those of them that failed.
        p50_s: Their median duration.
        p95_s: Their 95th percentile.
    """

    start_s: float
    count: int
    bad: int
    p50_s: float
    p95_s: float


def load_span_s(observations: Sequence[Observation]) -> float:
    """Return the seconds from the first request's start to the last one's end; at least 1."""
    if not observations:
        return 0.0
    first = min(o.at for o in observations)
    last = max(o.at + timedelta(seconds=o.duration_s) for o in observations)
    return max(1.0, (last - first).total_seconds())


def summarize_load(observations: Sequence[Observation]) -> tuple[RequestSummary, ...]:
    """Return a summary per request name, the most frequent first."""
    span_s = load_span_s(observations)
    groups = sorted(group_by_name(observations).items(), key=lambda group: -len(group[1]))
    rest = [observation for _, group in groups[_MAX_NAMES:] for observation in group]
    summaries = [_summarize(plain(name, 200), group, span_s) for name, group in groups[:_MAX_NAMES]]
    return (*summaries, _summarize(OTHER, rest, span_s)) if rest else tuple(summaries)


def _summarize(name: str, requests: Sequence[Observation], span_s: float) -> RequestSummary:
    durations = sorted(o.duration_s for o in requests if o.outcome is not Outcome.INVALID)
    latest_bad = next((o for o in reversed(requests) if o.outcome is Outcome.BAD), None)

    def at(share: float) -> float | None:
        return quantile(durations, share) if durations else None

    return RequestSummary(
        name=name,
        counts=count_outcomes(requests),
        rate_per_s=len(durations) / span_s,
        total_s=sum(durations),
        p50_s=at(0.5),
        p95_s=at(0.95),
        p99_s=at(0.99),
        max_s=at(1.0),
        causes=top_causes(requests),
        message=plain(latest_bad.message, 300) if latest_bad else "",
    )


def bin_load(
    observations: Sequence[Observation], start: datetime, width_s: float
) -> tuple[LoadBin, ...]:
    """Return the bins that have requests, in order of time."""
    durations: dict[int, list[float]] = {}
    bad: dict[int, int] = {}
    for observation in observations:
        if observation.outcome is Outcome.INVALID:
            continue
        index = int((observation.at - start).total_seconds() // width_s)
        durations.setdefault(index, []).append(observation.duration_s)
        if observation.outcome is Outcome.BAD:
            bad[index] = bad.get(index, 0) + 1
    bins = []
    for index in sorted(durations):
        ordered = sorted(durations[index])
        p50, p95 = quantile(ordered, 0.5), quantile(ordered, 0.95)
        bins.append(LoadBin(index * width_s, len(ordered), bad.get(index, 0), p50, p95))
    return tuple(bins)
