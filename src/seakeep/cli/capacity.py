"""`seakeep capacity`: how much a platform sustains."""

from __future__ import annotations

import click

from seakeep.cli.options import PLATFORM, console, duration, named
from seakeep.cli.rate import RATE

__all__ = ["capacity"]

_FINEST, _COARSEST = 0.005, 0.5


@click.command()
@PLATFORM
@click.option("--scenario", metavar="NAME", help="Whose requests; the platform's first by default.")
@click.option(
    "--precision",
    default="5%",
    show_default=True,
    metavar="SHARE",
    help="How close a rate that holds and one that breaks must be.",
)
@click.option(
    "--hold",
    metavar="DURATION",
    help="How long each rate is held; by default 10s, or more where the precision needs it.",
)
@click.option("--from", "from_per_s", type=RATE, metavar="RATE", help="The first rate per second.")
@click.option(
    "--to",
    "to_per_s",
    type=RATE,
    metavar="RATE",
    help="The highest; by default the platform's limits.max_rate.",
)
@click.option(
    "--allow-production", is_flag=True, help="Search on a production platform, for this run."
)
def capacity(  # noqa: PLR0913 - the options, by name
    platform: str | None,
    *,
    scenario: str | None,
    precision: str,
    hold: str | None,
    from_per_s: float | None,
    to_per_s: float | None,
    allow_production: bool,
) -> int:
    """Find the highest rate of arrivals that a platform sustains within its objectives.

    Raises the rate until an objective on load breaks, narrows down to the precision, and confirms
    both ends. A sandbox that is started for it is limited to 120 requests a second, so that there
    is a limit to find.

    Exit codes: 0 found, or no limit up to the highest rate; 1 not even the lowest rate holds, or
    nothing was decided; 2 usage, configuration or tool; 3 refused; 130 interrupted.
    """
    from seakeep import environment  # noqa: PLC0415
    from seakeep.run.capacity import Search, find_capacity  # noqa: PLC0415
    from seakeep.run.progress import Progress  # noqa: PLC0415

    asked = Search(
        scenario=scenario,
        precision=_share(precision),
        hold_s=None if hold is None else duration(hold, "--hold"),
        from_per_s=from_per_s,
        to_per_s=to_per_s,
        allow_production=allow_production or environment.allows_production(),
    )
    return find_capacity(named(platform), asked, Progress(console()))


def _share(text: str) -> float:
    """Return the share that ``5%`` or ``0.05`` stands for.

    Raises:
        UsageError: It is none, or beyond what a search can do.
    """
    from seakeep.errors import UsageError  # noqa: PLC0415

    number, percent, rest = text.strip().partition("%")
    try:
        share = float(number) / (100 if percent else 1)
    except ValueError:
        share = 0.0
    if rest or not _FINEST <= share <= _COARSEST:
        raise UsageError(
            f"--precision: found {text!r}; wanted a share from 0.5% to 50%, such as 5%"
        )
    return share
