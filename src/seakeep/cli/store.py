"""`seakeep store`: looks after the observations."""

from __future__ import annotations

import click

from seakeep.cli.options import duration

__all__ = ["store"]


@click.group()
def store() -> None:
    """Look after the store of observations."""


@store.command()
@click.option("--keep", required=True, metavar="DURATION", help="Keep what is younger: 30d.")
@click.option(
    "--keep-rollups",
    default="400d",
    show_default=True,
    metavar="DURATION",
    help="Keep the counts of objectives for so long; never shorter than --keep.",
)
def prune(keep: str, keep_rollups: str) -> int:
    """Delete observations and verdicts by age; objectives go on counting what is deleted."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    from seakeep.slo.rollup_fold import prune as prune_all  # noqa: PLC0415
    from seakeep.store import open_store  # noqa: PLC0415

    now = datetime.now(UTC)
    before = now - timedelta(seconds=duration(keep, "--keep"))
    rollups_before = now - timedelta(seconds=duration(keep_rollups, "--keep-rollups"))
    with open_store() as opened:
        deleted = prune_all(opened, before, rollups_before)
        click.echo(f"{deleted} rows older than {keep} deleted from {opened.file}")
    return 0
