"""`seakeep validate` and `seakeep rules`: what the files of a platform say, and what they make."""

from __future__ import annotations

from pathlib import Path

import click

from seakeep.cli.options import PLATFORM, duration, named

__all__ = ["rules", "validate"]


@click.command()
@PLATFORM
def validate(platform: str | None) -> int:
    """Check platform.yaml and slos.yaml, and tell every mistake at once."""
    from seakeep.run.validate import validate_platform  # noqa: PLC0415

    click.echo(validate_platform(named(platform)))
    return 0


@click.command()
@PLATFORM
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the rules and their promtool tests into this folder, such as reports/alerts.",
)
@click.option(
    "--check", is_flag=True, help="Only say which files differ: in reports/alerts or --out."
)
@click.option(
    "--stale-after",
    default="1h",
    show_default=True,
    metavar="DURATION",
    help="The age at which what was pushed no longer counts.",
)
def rules(platform: str | None, out: Path | None, stale_after: str, *, check: bool) -> int:
    """Print the Prometheus rules that the objectives make: recorded series and alerts.

    Exit codes: 0 done, or nothing differs; 1 files differ; 2 usage, configuration, or an alert
    policy that could never fire.
    """
    from seakeep.run.rules_command import check_rules, print_rules, write_rules  # noqa: PLC0415

    stale_after_s = duration(stale_after, "--stale-after")
    if check:
        return check_rules(named(platform), out or Path("reports/alerts"), stale_after_s)
    if out is not None:
        return write_rules(named(platform), out, stale_after_s)
    return print_rules(named(platform), stale_after_s)
