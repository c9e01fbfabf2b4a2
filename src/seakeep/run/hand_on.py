"""Hands a run on to Prometheus: to a Pushgateway, into a textfile, or both."""

from __future__ import annotations

from dataclasses import replace

from seakeep import environment
from seakeep.errors import UsageError
from seakeep.platform import Platform
from seakeep.reports.pushgateway import push
from seakeep.reports.run_record import PushOutcome, RunReport
from seakeep.reports.textfile import textfile_path, write_textfile
from seakeep.run.progress import Progress
from seakeep.run.standing import standing_groups, with_standing
from seakeep.slo.evaluate import evaluate
from seakeep.slo.objective import Objective
from seakeep.slo.openslo import load_objectives
from seakeep.store import Store

__all__ = ["hand_on"]


def hand_on(report: RunReport, store: Store, watched: Platform, progress: Progress) -> RunReport:
    """Push a run and write its textfile, where these are set; returns it with what came of that.

    The objectives go as they stand, over their own windows, since a metric means the same whoever
    pushed it: the run's own verdicts are in its report. Trouble is told, and changes nothing else.
    """
    url, destination = environment.pushgateway(), environment.textfile()
    if url is None and destination is None:
        return report
    objectives = load_objectives(watched)
    verdicts = evaluate(
        store, watched.name, objectives, end=report.ended_at, maintenance=watched.maintenance
    )
    standing = replace(report, verdicts=verdicts)
    if destination is not None:
        told = _write(standing, store, watched, objectives, destination)
        progress.note("textfile", told)
    if url is None:
        return report
    outcome = push(with_standing(standing, store, watched), url)
    progress.note("push", _told(outcome))
    return replace(report, push=outcome)


def _told(outcome: PushOutcome) -> str:
    if outcome.ok:
        return f"{outcome.groups} groups in {outcome.duration_s:.1f} s"
    return f"failed: {outcome.error}; 'seakeep push' sends it again"


def _write(
    standing: RunReport,
    store: Store,
    watched: Platform,
    objectives: tuple[Objective, ...],
    destination: str,
) -> str:
    try:
        groups = standing_groups(store, watched, standing, objectives)
        path = textfile_path(destination, watched.name, standing.location)
        write_textfile(groups, path)
    except UsageError as error:
        return f"failed: {error}; 'seakeep textfile' writes it again"
    return f"{len(groups)} groups in {path}"
