"""`seakeep push` and `seakeep textfile`: what was seen, for Prometheus."""

from __future__ import annotations

import click

from seakeep import environment
from seakeep.cli.options import PLATFORM, named, reader_may_leave
from seakeep.errors import UsageError

__all__ = ["push", "textfile"]


@click.command()
@PLATFORM
@click.option("--run", "run_id", metavar="ID", help="The run to push; the latest by default.")
def push(platform: str | None, run_id: str | None) -> int:
    """Push a run's results to $SEAKEEP_PUSHGATEWAY again."""
    from seakeep.run.push_again import push_again  # noqa: PLC0415

    click.echo(push_again(named(platform), run_id))
    return 0


@click.command()
@PLATFORM
@click.option("--run", "run_id", metavar="ID", help="The run on top; the latest by default.")
@click.option(
    "--out",
    envvar=environment.TEXTFILE,
    metavar="FILE|FOLDER",
    help="A file *.prom, a folder that gets one per platform, or - to print.  "
    f"[env: {environment.TEXTFILE}]",
)
def textfile(platform: str | None, run_id: str | None, out: str | None) -> int:
    """Write the latest of every suite for the node exporter's textfile collector."""
    from seakeep.run.push_again import textfile_again  # noqa: PLC0415

    watched = named(platform)
    if not out:
        raise UsageError(f"no file: set {environment.TEXTFILE} or give --out")
    with reader_may_leave():
        click.echo(textfile_again(watched, run_id, out))
    return 0
