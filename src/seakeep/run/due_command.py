"""`seakeep chaos due`, with all that it works on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from seakeep import environment
from seakeep.errors import ConfigError
from seakeep.platform_file import load_platform
from seakeep.run.due import DueRun
from seakeep.run.due_lines import DueLines
from seakeep.run.due_lock import due_lock
from seakeep.run.interrupts import Interrupts
from seakeep.run.project import find_project
from seakeep.run.timetable import timetable, timetable_table
from seakeep.run.validate import missing_files
from seakeep.store import open_store

__all__ = ["list_due", "run_due"]


def run_due(platform: str, out: Path, console: Console) -> int:
    """Run every experiment of a platform that is due, and return the exit code.

    Args:
        platform: A name under ``platforms/``, or a path.
        out: The folder that gets one folder a run, if there is something to run.
        console: Where to say how it goes.

    Raises:
        SeakeepError: The configuration is wrong, or the store or the ledger can't be used.
        KeyboardInterrupt: A signal came; see `DueRun.run_due`.
    """
    from seakeep.chaos.runner import run_experiment  # noqa: PLC0415 - heavy imports
    from seakeep.run.obstacle import find_obstacle  # noqa: PLC0415 - heavy imports

    project, home = find_project(platform), environment.home()
    watched = load_platform(str(project.platform_folder))
    if missing := tuple(missing_files(watched)):
        raise ConfigError(missing)
    run_id, lines = environment.new_run_id(), DueLines(console)
    patience = Interrupts(lambda: lines.say("patience: the fault is being removed"))
    with patience, due_lock(home) as lock, open_store(home) as store:
        return DueRun(
            project=project,
            platform=watched,
            store=store,
            run_id=run_id,
            folder=out.absolute() / run_id,
            lines=lines,
            run=run_experiment,
            obstacle=lambda: find_obstacle(home),
            clock=lambda: datetime.now(UTC),
        ).run_due(lock)


def list_due(platform: str, console: Console) -> None:
    """Print every experiment of a platform: its schedule, its last run, and when it is due next.

    Raises:
        SeakeepError: The configuration is wrong, or the store can't be read.
    """
    watched = load_platform(platform)
    with open_store() as store:
        turns = timetable(watched, store, datetime.now(UTC))
    console.print(timetable_table(turns))
