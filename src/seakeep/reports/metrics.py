"""What a run comes to in metrics: one group per suite, as the Pushgateway keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from seakeep.load_summary import Latencies, LoadSummary, RequestSummary
from seakeep.observation import Outcome
from seakeep.reports.check_metrics import check_samples, observed_samples
from seakeep.reports.check_summary import JourneySummary
from seakeep.reports.digest import Digest, digest
from seakeep.reports.experiment_metrics import experiment_samples, scorecard_samples
from seakeep.reports.objective_events import ObjectiveEvents
from seakeep.reports.run_record import RunReport
from seakeep.reports.series import MetricGroup, Sample
from seakeep.slo.verdict import State, Verdict

__all__ = ["JOB", "metric_groups"]

JOB = "seakeep"


def metric_groups(report: RunReport | Digest) -> tuple[MetricGroup, ...]:
    """Return a run's metrics by suite.

    A run that did no load has no ``load`` group, so that a push leaves the last one as it was. For
    the same reason each objective that had events has a group of its own for them.
    """
    told = digest(report) if isinstance(report, RunReport) else report
    suites: dict[str, list[Sample]] = {}
    for suite, samples in _by_suite(told):
        suites.setdefault(suite, []).extend(samples)
    groups = [_group(told, {"suite": suite}, samples) for suite, samples in suites.items()]
    for events in told.run.events:
        key = {"suite": "objectives", "objective": events.objective}
        groups.append(_group(told, key, _events(events)))
    return tuple(groups)


def _group(told: Digest, key: Mapping[str, str], samples: Iterable[Sample]) -> MetricGroup:
    run = told.run
    return MetricGroup(
        key={"job": JOB, "platform": run.platform_name, **key, "location": run.location},
        samples=(*samples, *_about_the_run(told)),
    )


def _by_suite(told: Digest) -> Iterator[tuple[str, Iterable[Sample]]]:
    for check in told.checks:
        yield check.suite, check_samples(check)
    for journey in told.journeys:
        yield "journey", _journey(journey)
    for request in told.loaded.requests:
        yield "load", _load(request)
    if told.loaded.generator.seconds:
        yield "load", _generator(told.loaded)
    for experiment in told.experiments:
        yield "chaos", experiment_samples(experiment)
    if told.experiments and told.run.scorecard:
        yield "chaos", scorecard_samples(told.run.scorecard)
    for verdict in told.run.verdicts:
        yield "objectives", _verdict(verdict)


def _about_the_run(told: Digest) -> Iterator[Sample]:
    yield Sample("seakeep_last_run_timestamp_seconds", {}, told.run.ended_at.timestamp())
    yield Sample("seakeep_build_info", {"version": told.run.version}, 1)


def _journey(journey: JourneySummary) -> Iterator[Sample]:
    labels = {"journey": journey.name}
    yield from observed_samples(journey, labels)
    for reading in journey.vitals:
        if reading.value is not None:
            yield Sample(f"probe_browser_web_vital_{reading.vital.name}", labels, reading.value)


def _load(request: RequestSummary) -> Iterator[Sample]:
    for outcome in Outcome:
        number = getattr(request, outcome.value)
        labels = {"name": request.name, "outcome": outcome.value}
        yield Sample("seakeep_load_requests", labels, number, "_total")
    yield from _durations("seakeep_load_request_duration_seconds", request, request.response)
    if request.service.max_s is not None:
        yield from _durations("seakeep_load_service_duration_seconds", request, request.service)


def _durations(family: str, request: RequestSummary, took: Latencies) -> Iterator[Sample]:
    quantiles = {
        "0.5": took.p50_s,
        "0.95": took.p95_s,
        "0.99": took.p99_s,
        "0.999": took.p999_s,
        "1": took.max_s,
    }
    named = {"name": request.name}
    for quantile, value in quantiles.items():
        if value is not None:
            yield Sample(family, {**named, "quantile": quantile}, value)
    yield Sample(family, named, took.total_s, "_sum")
    yield Sample(family, named, request.valid, "_count")


def _generator(loaded: LoadSummary) -> Iterator[Sample]:
    for one in loaded.scenarios:
        for state in ("due", "started", "late", "missed"):
            labels = {"scenario": one.scenario, "state": state}
            yield Sample("seakeep_load_arrivals", labels, getattr(one, state))
    yield Sample("seakeep_load_unfit_seconds", {}, loaded.generator.unfit_seconds)


def _events(events: ObjectiveEvents) -> Iterator[Sample]:
    yield Sample("seakeep_slo_events", {"outcome": "good"}, events.good)
    yield Sample("seakeep_slo_events", {"outcome": "bad"}, events.bad)


def _verdict(verdict: Verdict) -> Iterator[Sample]:
    labels = {"objective": verdict.objective}
    for state in State:
        yield Sample("seakeep_verdict", {**labels, "state": state.value}, state is verdict.state)
    measured = verdict.estimate is not None
    values = {
        "target": verdict.target,
        "estimate": verdict.estimate,
        "lower_bound": verdict.lower if measured else None,
        "upper_bound": verdict.upper if measured else None,
        "error_budget_remaining": verdict.budget_left,
        "burn_rate": verdict.burn_rate,
    }
    for name, value in values.items():
        if value is not None:
            yield Sample(f"seakeep_slo_{name}", labels, value)
