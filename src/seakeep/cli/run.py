"""`seakeep run`: everything a platform declares, and one report."""

from __future__ import annotations

import os
from pathlib import Path

import click

from seakeep.cli.options import PLATFORM, console, named

__all__ = ["run"]


@click.command()
@PLATFORM
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/out"),
    show_default=True,
    help="Where the run's folder with its reports goes.",
)
@click.option(
    "--allow-production", is_flag=True, help="Let load and chaos touch a production platform."
)
def run(platform: str | None, out: Path, *, allow_production: bool) -> int:
    """Run everything a platform declares, then judge and report it.

    Exit codes: 0 nothing breached; 1 breached, no data or deviated; 2 usage or configuration;
    3 an experiment was refused; 4 an experiment's tool failed; 130 interrupted.
    """
    from seakeep import environment  # noqa: PLC0415
    from seakeep.run.orchestrator import run_platform  # noqa: PLC0415
    from seakeep.run.progress import Progress  # noqa: PLC0415

    if allow_production:
        os.environ[environment.ALLOW_PRODUCTION] = "1"
    terminal = console()
    try:
        outcome = run_platform(named(platform), out, Progress(terminal))
    except KeyboardInterrupt:
        click.echo("all that the run had started is down again", err=True)
        raise
    terminal.print(f"\n[bold]{outcome.headline}[/bold]  report: {outcome.index}", soft_wrap=True)
    return outcome.exit_code
