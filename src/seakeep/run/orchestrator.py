"""One run from begin to end: surroundings, steps, verdicts, push, reports, clean-up."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import seakeep
from seakeep import environment
from seakeep.errors import ConfigError, RollbackError, StoreError
from seakeep.platform import Platform
from seakeep.platform_file import load_platform
from seakeep.processes import adopt_orphans, end_descendants
from seakeep.reports.digest import digest
from seakeep.reports.experiment_history import platform_scorecard
from seakeep.reports.objective_events import count_events
from seakeep.reports.pushgateway import check_gateway
from seakeep.reports.run_record import RunReport, RunStep
from seakeep.reports.run_report import write_reports
from seakeep.run.gone_sandbox import close_entries_of_gone_sandboxes
from seakeep.run.hand_on import hand_on
from seakeep.run.interrupts import Interrupts
from seakeep.run.progress import Progress
from seakeep.run.project import Project, find_project
from seakeep.run.selection import of_run
from seakeep.run.steps import StepRunner
from seakeep.run.surroundings import surroundings, variables
from seakeep.run.temporary import own_temporary_files
from seakeep.run.validate import missing_files
from seakeep.slo.evaluate import evaluate, holds, to_json
from seakeep.slo.openslo import load_objectives
from seakeep.slo.rollup_fold import fold_objectives
from seakeep.slo.table import verdict_table
from seakeep.store import Store, open_store

__all__ = ["RunOutcome", "run_platform"]

_TOOL_FAILURE = 4
_REFUSED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcome:
    """What `seakeep run` ends with.

    Attributes:
        exit_code: 0 nothing breached, 1 breached or no data, 3 an experiment was refused,
            4 an experiment's tool failed, 130 interrupted.
        report: Everything that was seen and judged.
        headline: The run in a few words.
        index: The report's page.
    """

    exit_code: int
    headline: str
    report: RunReport
    index: Path


def run_platform(platform: str, out: Path, progress: Progress) -> RunOutcome:
    """Run everything that a platform declares, judge it and report it.

    Args:
        platform: A name under ``platforms/``, or a path.
        out: The folder that gets one folder a run.
        progress: Where to say how it goes.

    Raises:
        SeakeepError: The configuration is wrong, or the surroundings could not be brought up.
        KeyboardInterrupt: A signal came; all that was started has been taken down, and what was
            seen until then is in the store.
    """
    project = find_project(platform)
    home = environment.home()
    run_id = environment.new_run_id()
    folder = out.absolute() / run_id
    progress.show(f"seakeep {seakeep.__version__} runs {platform}")
    progress.note("run", f"{run_id}, logs in {_short(folder / 'logs')}")
    adopt_orphans()
    with Interrupts(lambda: progress.note("patience", "cleaning up")) as interrupts:
        try:
            with own_temporary_files(), _identity(project, run_id, home):
                for line in close_entries_of_gone_sandboxes(home):
                    progress.note("recovered", line)
                around = surroundings(project.platform_folder, home, folder / "logs", progress)
                with around, open_store(home) as store:
                    watched = load_platform(str(project.platform_folder))
                    runner = StepRunner(
                        project=project,
                        platform=watched,
                        store=store,
                        run_id=run_id,
                        started_at=datetime.now(UTC),
                        folder=folder,
                        progress=progress,
                    )
                    try:
                        return _run(runner)
                    finally:
                        interrupts.hold()
                        _undo_faults(home, progress)
        finally:
            interrupts.hold()
            end_descendants()


def _run(runner: StepRunner) -> RunOutcome:
    # Before anything is started: what is wrong with files or variables ends the run here.
    load_objectives(runner.platform)
    if (gateway := environment.pushgateway()) is not None:
        check_gateway(gateway)
    if missing := tuple(missing_files(runner.platform)):
        raise ConfigError(missing)
    steps = tuple(runner.run_all())
    report = _report(runner.platform, runner.store, runner.run_id, runner.started_at, steps)
    bodies = [to_json(verdict) for verdict in report.verdicts]
    runner.store.save_verdicts(runner.run_id, runner.platform.name, bodies)
    report = hand_on(report, runner.store, runner.platform, runner.progress)
    files = write_reports(report, runner.folder)
    runner.progress.show("")
    runner.progress.show(verdict_table(report.verdicts))
    return RunOutcome(
        exit_code=_exit_code(report),
        report=report,
        headline=digest(report).overall.words,
        index=files.html,
    )


def _report(
    platform: Platform,
    store: Store,
    run_id: str,
    started: datetime,
    steps: tuple[RunStep, ...],
) -> RunReport:
    ended = datetime.now(UTC)
    objectives = load_objectives(platform)
    fold_objectives(store, platform.name, objectives)  # the next look has the less to count
    seen = tuple(store.observations(of_run(platform.name, run_id, started)))
    return RunReport(
        run_id=run_id,
        platform_name=platform.name,
        platform_title=platform.title,
        environment=platform.environment.value,
        base_url=platform.base_url,
        location=environment.location(),
        started_at=started,
        ended_at=ended,
        verdicts=evaluate(
            store,
            platform.name,
            objectives,
            start=started,
            end=ended,
            run_id=run_id,
            maintenance=platform.maintenance,
        ),
        steps=steps,
        observations=seen,
        version=seakeep.__version__,
        events=count_events(objectives, seen),
        scorecard=platform_scorecard(store, platform, ended),
    )


def _exit_code(report: RunReport) -> int:
    states = {step.state for step in report.steps}
    chaos = [step for step in report.steps if step.name.startswith("chaos ")]
    if any(step.exit_code == _TOOL_FAILURE for step in chaos):
        return _TOOL_FAILURE  # a fault may still be in place: louder than any breach
    if not holds(report.verdicts) or "failed" in states:
        return 1
    if "error" in states:
        return _TOOL_FAILURE
    return _REFUSED if "refused" in states else 0


def _undo_faults(home: Path, progress: Progress) -> None:
    """Undo what a killed experiment left in the ledger; normally there is nothing."""
    if not _has_open_entries(home):
        return
    from seakeep.chaos.undo.recovery import recover  # noqa: PLC0415 - heavy imports

    unproven = []
    for recovered in recover(home):
        progress.note("recovered", str(recovered))
        if not recovered.proven:
            unproven.append(str(recovered))
    if unproven:
        told = "; ".join(unproven)
        raise RollbackError(f"a fault may still be in place: {told}; wanted it proven gone")


def _has_open_entries(home: Path) -> bool:
    from seakeep.chaos.undo.ledger import Ledger  # noqa: PLC0415 - heavy imports

    try:
        return bool(Ledger(home).open_entries())
    except StoreError:  # an entry that nobody can read may stand for a fault
        return True


def _identity(project: Project, run_id: str, home: Path) -> contextlib.AbstractContextManager[None]:
    """Tell children which run they belong to, of which platform, and where the store is."""
    return variables(
        {
            environment.RUN_ID: run_id,
            environment.HOME: str(home),
            environment.PLATFORM: str(project.platform_folder),
        }
    )


def _short(path: Path) -> str:
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)
