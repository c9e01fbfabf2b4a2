"""`seakeep push`: what was seen, for Prometheus."""

from __future__ import annotations

import click

from seakeep.cli.options import PLATFORM, named

__all__ = ["push"]


@click.command()
@PLATFORM
@click.option("--run", "run_id", metavar="ID", help="The run to push; the latest by default.")
def push(platform: str | None, run_id: str | None) -> int:
    """Push a run's results to $SEAKEEP_PUSHGATEWAY again."""
    from seakeep.run.push_again import push_again  # noqa: PLC0415

    click.echo(push_again(named(platform), run_id))
    return 0
