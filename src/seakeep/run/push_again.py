"""`seakeep push`: sends a run's results again, from the store."""

from __future__ import annotations

from datetime import UTC, datetime

import seakeep
from seakeep import environment
from seakeep.errors import PushError, UsageError
from seakeep.platform_file import load_platform
from seakeep.reports.objective_events import count_events
from seakeep.reports.pushgateway import push
from seakeep.reports.run_record import RunReport
from seakeep.run.selection import of_run
from seakeep.slo.evaluate import evaluate
from seakeep.slo.openslo import load_objectives
from seakeep.store import open_store

__all__ = ["push_again"]


def push_again(platform: str, run_id: str | None) -> str:
    """Push a run that is in the store, the platform's latest by default; returns what was done.

    Raises:
        UsageError: No Pushgateway is set, or there is no such run.
        PushError: The Pushgateway did not take it.
    """
    url = environment.pushgateway()
    if url is None:
        raise UsageError(f"no Pushgateway: set {environment.PUSHGATEWAY} to its URL")
    report = _from_store(platform, run_id)
    outcome = push(report, url)
    if not outcome.ok:
        raise PushError(f"run {report.run_id}: {outcome.error}")
    return f"run {report.run_id}: {outcome.groups} groups pushed in {outcome.duration_s:.1f} s"


def _from_store(platform: str, run_id: str | None) -> RunReport:
    watched = load_platform(platform)
    with open_store() as store:
        chosen = run_id or store.latest_run_id(watched.name) or ""
        seen = tuple(store.observations(of_run(watched.name, chosen)))
        if not seen:
            raise UsageError(f"no run {chosen or 'at all'} of {watched.name} in {store.file}")
        objectives = load_objectives(watched)
        verdicts = evaluate(
            store,
            watched.name,
            objectives,
            end=datetime.now(UTC),
            maintenance=watched.maintenance,
        )
    return RunReport(
        run_id=chosen,
        platform_name=watched.name,
        platform_title=watched.title,
        environment=watched.environment.value,
        base_url=watched.base_url,
        location=seen[-1].location,
        started_at=seen[0].at,
        ended_at=max(observation.at for observation in seen),
        verdicts=verdicts,
        steps=(),
        observations=seen,
        version=seakeep.__version__,
        events=count_events(objectives, seen),
    )
