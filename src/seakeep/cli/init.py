"""`seakeep init`: a harness for a platform of one's own."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["init"]


@click.command()
@click.argument("name")
@click.option("--url", metavar="URL", help="The platform's base URL, to start with.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to make; by default one of the platform's name.",
)
def init(name: str, url: str | None, into: Path | None) -> int:
    """Make a harness for a platform of your own: suites, scenarios, experiments, objectives."""
    from seakeep.run.init import make_harness  # noqa: PLC0415

    click.echo(make_harness(name, into or Path(name), url))
    return 0
