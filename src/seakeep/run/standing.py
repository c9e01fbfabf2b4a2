"""What stands: the latest that was seen of all that a platform declares, whichever run saw it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from seakeep.observation import Kind, Observation, Outcome
from seakeep.platform import Platform
from seakeep.reports.metrics import metric_groups
from seakeep.reports.run_record import RunReport
from seakeep.reports.series import MetricGroup
from seakeep.run.stored_run import stored_run
from seakeep.slo.objective import Objective
from seakeep.store import Condition, Store, to_us

__all__ = ["standing_groups", "with_standing"]

_UNLOADED = (Kind.PROBE, Kind.JOURNEY, Kind.CHAOS)
_WITH_SUITES = (*_UNLOADED, Kind.LOAD)

# Word for word the condition of the index by name, or it is not used.
_BY_NAME = "kind <> 'load' AND platform = ? AND kind = ? AND name"
# What a chaos guard sees belongs to its experiment, not to the check.
_NO_GUARD = "(attributes IS NULL OR json_extract(attributes, '$.experiment') IS NULL)"
_LATEST = f"""
    id = (
        SELECT id FROM observation
        WHERE {_BY_NAME} = ? AND location = ? AND (? OR outcome <> 'invalid') AND {_NO_GUARD}
        ORDER BY at_us DESC, id DESC LIMIT 1
    )
"""  # noqa: S608 - ours throughout
# A look into the index per name, not a scan of it: https://www.sqlite.org/lang_with.html
_NAMES = f"""
    WITH RECURSIVE known (name) AS (
        SELECT (SELECT min(name) FROM observation WHERE {_BY_NAME} > '')
        UNION ALL
        SELECT (SELECT min(name) FROM observation WHERE {_BY_NAME} > known.name)
        FROM known WHERE known.name IS NOT NULL
    )
    SELECT name FROM known WHERE name IS NOT NULL
"""  # noqa: S608 - ours throughout

_LOAD_COUNTS_FOR = timedelta(days=7)


def with_standing(report: RunReport, store: Store, watched: Platform) -> RunReport:
    """Return a run with the latest valid observation of whatever its suites declare beside it.

    A group of metrics is replaced whole: without this, a run of one check would take all others
    of its suite away, and a run by an unfit observer the last that is known of the platform.
    """
    valid = {(o.kind, o.name) for o in report.observations if _tells(o)}
    missing = (
        _latest(store, watched.name, report.location, kind, name, suite)
        for kind, name, suite in _declared(watched, _suites(report))
        if (kind, name) not in valid
    )
    standing = tuple(observation for observation in missing if observation is not None)
    return replace(report, observations=(*standing, *report.observations))


def standing_groups(
    store: Store, watched: Platform, report: RunReport, objectives: tuple[Objective, ...]
) -> tuple[MetricGroup, ...]:
    """Return all groups that a Pushgateway would hold, had every run been pushed to it.

    Args:
        store: Where the runs are.
        watched: Their platform.
        report: The run whose groups go before those of any other, with its verdicts.
        objectives: What events are counted for.
    """
    groups: dict[tuple[tuple[str, str], ...], MetricGroup] = {}
    others = (
        stored_run(store, watched, run_id, objectives, at)
        for run_id, at in _latest_runs(store, watched, report.location)
        if run_id != report.run_id
    )
    for run in (report, *others):
        for group in metric_groups(with_standing(run, store, watched)):
            groups.setdefault(tuple(group.key.items()), group)
    return tuple(groups.values())


def _tells(observation: Observation) -> bool:
    is_guard = observation.kind is Kind.PROBE and "experiment" in observation.attributes
    is_state = observation.kind is Kind.CHAOS or observation.outcome is not Outcome.INVALID
    return is_state and not is_guard


def _suites(report: RunReport) -> frozenset[str]:
    """Return the suites that a run had, named as in the keys of its groups."""
    return frozenset(
        str(o.attributes.get("suite", "")) if o.kind is Kind.PROBE else str(o.kind)
        for o in report.observations
        if o.kind in _WITH_SUITES and (o.kind is not Kind.PROBE or "experiment" not in o.attributes)
    )


def _declared(watched: Platform, suites: frozenset[str] | None) -> Iterator[tuple[Kind, str, str]]:
    """Yield the kind, the name and the suite of all that these suites, or all suites, declare."""
    for check in watched.checks:
        if suites is None or check.suite in suites:
            yield Kind.PROBE, check.name, check.suite
    if suites is None or Kind.JOURNEY in suites:
        yield from ((Kind.JOURNEY, journey.name, "") for journey in watched.journeys)
    if suites is None or Kind.CHAOS in suites:
        yield from ((Kind.CHAOS, experiment.name, "") for experiment in watched.experiments)


def _latest(
    store: Store, platform: str, location: str, kind: Kind, name: str, suite: str = ""
) -> Observation | None:
    """Return the latest state of one thing, as of the suite that declares it now."""
    any_outcome = kind is Kind.CHAOS  # a refused experiment is a state, too
    condition = Condition(_LATEST, (platform, kind, name, location, any_outcome))
    found = next(store.observations(condition), None)
    if found is None or not suite:
        return found
    return replace(found, attributes={**found.attributes, "suite": suite})


def _latest_runs(store: Store, watched: Platform, location: str) -> list[tuple[str, datetime]]:
    """Return the latest run of each suite and of all that is declared, and when, latest first."""
    declared = {(kind, name) for kind, name, _ in _declared(watched, None)}
    latest: dict[object, Observation] = {}
    for seen in _latest_of_all(store, watched, location):
        suite = str(seen.attributes.get("suite", "")) if seen.kind is Kind.PROBE else ""
        name = seen.name if (seen.kind, seen.name) in declared else ""
        # What is no longer declared counts only while nothing of its suite was seen since.
        for key in ((seen.kind, suite, ""), (seen.kind, suite, name)):
            latest[key] = max(latest.get(key, seen), seen, key=_begin)
    runs: dict[str, datetime] = {}
    for seen in sorted(latest.values(), key=_begin):
        runs[seen.run_id] = seen.at
    return sorted(runs.items(), key=lambda run: run[1], reverse=True)


def _begin(observation: Observation) -> datetime:
    return observation.at


def _latest_of_all(store: Store, watched: Platform, location: str) -> Iterator[Observation]:
    platform = watched.name
    for kind in _UNLOADED:
        for (name,) in store.query(_NAMES, (platform, kind, platform, kind)):
            found = _latest(store, platform, location, kind, str(name))
            if found is not None:
                yield found
    if not watched.scenarios:
        return
    since = to_us(datetime.now(UTC) - _LOAD_COUNTS_FOR)
    within = Condition(
        "id = (SELECT id FROM observation WHERE platform = ? AND at_us >= ? AND kind = 'load' "
        "AND location = ? ORDER BY at_us DESC LIMIT 1)",
        (platform, since, location),
    )
    yield from store.observations(within)
