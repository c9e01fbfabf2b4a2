"""`seakeep push` and `seakeep textfile`: a run's results again, from the store, for Prometheus."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from seakeep import environment
from seakeep.errors import PushError, UsageError
from seakeep.platform import Platform
from seakeep.platform_file import load_platform
from seakeep.reports.pushgateway import push
from seakeep.reports.run_record import RunReport
from seakeep.reports.textfile import textfile_path, textfile_text, write_textfile
from seakeep.run.standing import standing_groups, with_standing
from seakeep.run.stored_run import stored_run
from seakeep.slo.evaluate import evaluate
from seakeep.slo.objective import Objective
from seakeep.slo.openslo import objectives_if_any
from seakeep.store import Store, open_store

__all__ = ["STANDARD_OUTPUT", "push_again", "textfile_again"]

STANDARD_OUTPUT = "-"


def push_again(platform: str, run_id: str | None) -> str:
    """Push a run that is in the store, the platform's latest by default; returns what was done.

    Raises:
        UsageError: No Pushgateway is set, or there is no such run.
        PushError: The Pushgateway did not take it.
    """
    url = environment.pushgateway()
    if url is None:
        raise UsageError(f"no Pushgateway: set {environment.PUSHGATEWAY} to its URL")
    watched = load_platform(platform)
    with open_store() as store:
        report = _judged(store, watched, run_id, objectives_if_any(watched))
        outcome = push(with_standing(report, store, watched), url)
    if not outcome.ok:
        raise PushError(f"run {report.run_id}: {outcome.error}")
    return f"run {report.run_id}: {outcome.groups} groups pushed in {outcome.duration_s:.1f} s"


def textfile_again(platform: str, run_id: str | None, destination: str) -> str:
    """Write what stands, with a run of the store on top, for the node exporter.

    Args:
        platform: Whose runs.
        run_id: The run on top; the platform's latest by default.
        destination: A file, a folder, or ``-`` for standard output.

    Returns:
        What was done, or the metrics themselves for ``-``.

    Raises:
        UsageError: There is no such run, or the file can't be written.
    """
    watched = load_platform(platform)
    with open_store() as store:
        objectives = objectives_if_any(watched)
        report = _judged(store, watched, run_id, objectives)
        groups = standing_groups(store, watched, report, objectives)
    if destination == STANDARD_OUTPUT:
        return textfile_text(groups).decode().rstrip("\n")
    path = textfile_path(destination, watched.name, report.location)
    write_textfile(groups, path)
    return f"run {report.run_id}: {len(groups)} groups written to {path}"


def _judged(
    store: Store, watched: Platform, run_id: str | None, objectives: tuple[Objective, ...]
) -> RunReport:
    """Return a run with the objectives as they stand, over their own windows."""
    chosen = run_id or store.latest_run_id(watched.name) or ""
    report = stored_run(store, watched, chosen, objectives)
    verdicts = evaluate(
        store,
        watched.name,
        objectives,
        end=datetime.now(UTC),
        maintenance=watched.maintenance,
    )
    return replace(report, verdicts=verdicts)
