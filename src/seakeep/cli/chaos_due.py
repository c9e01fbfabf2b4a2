"""`seakeep chaos due`: the experiments whose time has come."""

from __future__ import annotations

import os
from pathlib import Path

import click

from seakeep.cli.options import PLATFORM, console, named, reader_may_leave

__all__ = ["due"]


@click.command()
@PLATFORM
@click.option(
    "--list", "only_list", is_flag=True, help="Only show what is due when, and how it ended last."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/out"),
    show_default=True,
    help="Where the folder with the journals goes.",
)
@click.option("--allow-production", is_flag=True, help="Break a production platform, for this run.")
def due(platform: str | None, out: Path, *, only_list: bool, allow_production: bool) -> int:
    """Run the experiments that are due by their schedules in platform.yaml, one at a time.

    From cron or CI. An experiment is due once a slot; slots that passed while nobody looked are
    not made up for. What could not be run, is recorded as skipped.

    Exit codes: 0 all held, or nothing to run; 1 one deviated; 2 usage or configuration; 3 one was
    refused; 4 a tool failed, or a fault may still be in place; 130 interrupted. Of several: 4, 1,
    2, 3, in that order.
    """
    from seakeep import environment  # noqa: PLC0415
    from seakeep.run.due_command import list_due, run_due  # noqa: PLC0415

    if only_list:
        with reader_may_leave():
            list_due(named(platform), console())
        return 0
    if allow_production:
        os.environ[environment.ALLOW_PRODUCTION] = "1"
    return run_due(named(platform), out, console())
