"""`seakeep check`: what the store says of a platform's objectives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from seakeep.duration import parse_duration
from seakeep.errors import UsageError
from seakeep.platform_file import load_platform
from seakeep.slo.evaluate import evaluate
from seakeep.slo.exclusion import PLANNED
from seakeep.slo.objective import Objective, ObservedRatio
from seakeep.slo.openslo import load_objectives
from seakeep.slo.run_span import covering, find_run
from seakeep.slo.verdict import Planned, Verdict
from seakeep.store import open_store

__all__ = ["Question", "check_platform"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a platform's objectives.

    Attributes:
        window: A duration in place of each objective's own window, as a person writes it.
        at: The moment to judge as of, ISO 8601; now by default.
        run: The id of a run, or ``latest``: only its events count, from its beginning to its end,
            and only objectives that cover what it saw, unless they are named.
        objectives: The names of the objectives to judge; all by default.
        location: A glob: only what was observed there counts.
        exclude: The planned time to leave out: ``chaos``, ``maintenance`` or both, ``planned``.
    """

    window: str | None = None
    at: str | None = None
    run: str | None = None
    objectives: tuple[str, ...] = ()
    location: str | None = None
    exclude: str | None = None


def check_platform(platform: str, asked: Question | None = None) -> tuple[Verdict, ...]:
    """Return the verdicts on a platform's objectives.

    Args:
        platform: A name under ``platforms/``, or a path.
        asked: Which objectives, as of when, over which window; all as of now by default.

    Raises:
        UsageError: There is no such platform or objective, or an option can't be read.
        ConfigError: Its files are wrong.
        StoreError: The store can't be read.
    """
    asked = asked or Question()
    if asked.run is not None and (asked.window, asked.at) != (None, None):
        wanted = "wanted it without --window and --at"
        raise UsageError(f"--run: a run is judged from its beginning to its end; {wanted}")
    end = _moment(asked.at)
    start = None if asked.window is None else end - timedelta(seconds=_window_s(asked.window))
    watched = load_platform(platform)
    objectives = _chosen(load_objectives(watched), asked.objectives)
    if asked.location is not None:
        _refuse_queries(objectives, "--location", "location")
    if asked.run is not None and asked.objectives:
        _refuse_queries(objectives, "--run", "run")
    with open_store() as store:
        run = None if asked.run is None else find_run(store, watched.name, asked.run)
        if run is not None:
            start, end = run.first_at, run.last_at
            objectives = objectives if asked.objectives else covering(objectives, run)
        return evaluate(
            store,
            watched.name,
            objectives,
            start=start,
            end=end,
            run_id=None if run is None else run.run_id,
            maintenance=watched.maintenance,
            exclude=_excluded(asked.exclude),
            location=asked.location or "*",
        )


def _moment(at: str | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        wanted = "a time such as 2026-01-31T22:00:00Z"
        raise UsageError(f"--at: found {at!r}; wanted {wanted}") from None
    return moment.astimezone(UTC)


def _window_s(window: str) -> float:
    try:
        return parse_duration(window)
    except ValueError as error:
        raise UsageError(f"--window: found {window!r}; wanted {error}") from None


def _chosen(objectives: tuple[Objective, ...], names: tuple[str, ...]) -> tuple[Objective, ...]:
    known = [objective.name for objective in objectives]
    for name in names:
        if name not in known:
            raise UsageError(f"--objective: found {name!r}; wanted one of {', '.join(known)}")
    return tuple(o for o in objectives if not names or o.name in names)


def _refuse_queries(objectives: tuple[Objective, ...], option: str, unknown: str) -> None:
    for objective in objectives:
        if not isinstance(objective.indicator, ObservedRatio):
            raise UsageError(
                f"{option}: {objective.name} is asked of Prometheus, which knows no {unknown}; "
                "wanted it in the query, or --objective with others"
            )


def _excluded(exclude: str | None) -> frozenset[Planned]:
    if exclude is None:
        return frozenset()
    if exclude == "planned":
        return PLANNED
    try:
        return frozenset({Planned(exclude)})
    except ValueError:
        known = ", ".join(sorted(kind.value for kind in Planned))
        raise UsageError(f"--exclude: found {exclude!r}; wanted planned, {known}") from None
