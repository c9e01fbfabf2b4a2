"""One pass over a run's observations: everything the reports say, in records fit to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from seakeep.load_summary import LoadSummary, summarize_load
from seakeep.observation import Kind, Observation, Outcome
from seakeep.plain import plain
from seakeep.reports.check_summary import (
    CheckSummary,
    JourneySummary,
    group_by_name,
    summarize_check,
    summarize_journey,
)
from seakeep.reports.counts import Counts, count_outcomes, top_causes
from seakeep.reports.experiment_summary import ExperimentSummary, summarize_experiments
from seakeep.reports.overall import Overall, judge
from seakeep.reports.run_record import RunReport

__all__ = ["Digest", "Unfit", "digest"]

_SEEN = (Kind.PROBE, Kind.JOURNEY, Kind.LOAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """The invalid observations of one kind.

    Attributes:
        kind: Who made them.
        count: How many.
        causes: Their commonest causes with counts.
        example: The latest message, if any.
    """

    kind: Kind
    count: int
    causes: tuple[tuple[str, int], ...]
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A run summed up; all its texts are free of secrets and control characters.

    Attributes:
        run: The run itself; only its observations are as raw as they came.
        overall: The run in a few words.
        counts: Observations of checks, journeys and single requests of load by outcome.
        checks: A summary per check; what guards observed belongs to their experiments instead.
        journeys: A summary per journey.
        loaded: The load: its requests by name, its arrivals, and its generator.
        experiments: A summary per experiment.
        unfit: The invalid ones of them by kind. Of an experiment, invalid means something else:
            that nothing was injected.
        events: The raw observations of checks, guards included.
        walks: The raw observations of journeys.
        load: The raw observations of load, most of them batches.
        generator: What the load's generator told of itself, second by second.
    """

    run: RunReport
    overall: Overall
    counts: Counts
    checks: tuple[CheckSummary, ...]
    journeys: tuple[JourneySummary, ...]
    loaded: LoadSummary
    experiments: tuple[ExperimentSummary, ...]
    unfit: tuple[Unfit, ...]
    events: tuple[Observation, ...]
    walks: tuple[Observation, ...]
    load: tuple[Observation, ...]
    generator: tuple[Observation, ...]


def digest(report: RunReport) -> Digest:
    """Sum up a run."""
    kinds = _by_kind(report.observations)
    run = _clean(report)
    guarded = [o for o in kinds[Kind.PROBE] if "experiment" in o.attributes]
    probed = [o for o in kinds[Kind.PROBE] if "experiment" not in o.attributes]
    checks = [summarize_check(name, group) for name, group in group_by_name(probed).items()]
    walked = group_by_name(kinds[Kind.JOURNEY])
    journeys = [summarize_journey(name, group) for name, group in walked.items()]
    experiments = summarize_experiments(kinds[Kind.CHAOS], guarded)
    loaded = summarize_load([*kinds[Kind.LOAD], *kinds[Kind.GENERATOR]])
    return Digest(
        run=run,
        overall=judge(run, [*checks, *journeys], experiments, loaded.generator),
        counts=count_outcomes(o for o in report.observations if o.kind in _SEEN),
        checks=tuple(sorted(checks, key=lambda check: (check.suite, check.name))),
        journeys=tuple(journeys),
        loaded=loaded,
        experiments=experiments,
        unfit=tuple(_unfit(kind, kinds[kind]) for kind in _SEEN if _any_invalid(kinds[kind])),
        events=tuple(kinds[Kind.PROBE]),
        walks=tuple(kinds[Kind.JOURNEY]),
        load=tuple(kinds[Kind.LOAD]),
        generator=tuple(kinds[Kind.GENERATOR]),
    )


def _by_kind(observations: Sequence[Observation]) -> dict[Kind, list[Observation]]:
    kinds: dict[Kind, list[Observation]] = {kind: [] for kind in Kind}
    # In order of time, so that "the latest" is true whatever order they came in.
    for observation in sorted(observations, key=_begin):
        kinds[observation.kind].append(observation)
    return kinds


def _begin(observation: Observation) -> datetime:
    return observation.at


def _any_invalid(observations: Sequence[Observation]) -> bool:
    return any(o.outcome is Outcome.INVALID for o in observations)


def _unfit(kind: Kind, observations: Sequence[Observation]) -> Unfit:
    invalid = [o for o in observations if o.outcome is Outcome.INVALID]
    return Unfit(
        kind=kind,
        count=sum(o.events for o in invalid),
        causes=top_causes(invalid, Outcome.INVALID),
        example=plain(invalid[-1].message, 300),
    )


def _clean(report: RunReport) -> RunReport:
    push = report.push
    return replace(
        report,
        run_id=plain(report.run_id, 100),
        platform_name=plain(report.platform_name, 200),
        platform_title=plain(report.platform_title, 200),
        environment=plain(report.environment, 100),
        base_url=plain(report.base_url, 500),
        location=plain(report.location, 200),
        version=plain(report.version, 50),
        verdicts=tuple(
            replace(
                verdict,
                objective=plain(verdict.objective, 200),
                display_name=plain(verdict.display_name or verdict.objective, 200),
                reason=plain(verdict.reason),
            )
            for verdict in report.verdicts
        ),
        steps=tuple(
            replace(step, name=plain(step.name, 100), detail=plain(step.detail))
            for step in report.steps
        ),
        push=replace(push, error=plain(push.error)) if push else None,
    )
