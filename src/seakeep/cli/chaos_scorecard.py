"""`seakeep chaos scorecard`: how all experiments went, and whether recovery got slower."""

from __future__ import annotations

import click

from seakeep.cli.options import PLATFORM, console, duration, named, reader_may_leave

__all__ = ["scorecard"]

_LONGEST_S = 10 * 365 * 86_400.0
"""Ten years: what is older than any store."""


@click.command()
@PLATFORM
@click.option("--since", default="30d", show_default=True, metavar="DURATION", help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def scorecard(platform: str | None, *, since: str, as_json: bool) -> None:
    """Show how each experiment went, how fast the platform recovered, and what it cost.

    The recoveries of the last seven days are compared with those before, of five weeks at least:
    slower or faster is said where chance alone would part them so in one case of twenty at most.
    """
    import json  # noqa: PLC0415
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    from seakeep.platform_file import load_platform  # noqa: PLC0415
    from seakeep.reports.experiment_history import platform_scorecard  # noqa: PLC0415
    from seakeep.reports.json_forms import finite, form  # noqa: PLC0415
    from seakeep.reports.scorecard_table import scorecard_table  # noqa: PLC0415
    from seakeep.reports.scorecard_words import scorecard_json  # noqa: PLC0415
    from seakeep.store import open_store  # noqa: PLC0415

    watched = load_platform(named(platform))
    period = timedelta(seconds=min(duration(since, "--since"), _LONGEST_S))
    with open_store() as store:
        card = platform_scorecard(store, watched, datetime.now(UTC), period)
    if card is None:
        click.echo(f"{watched.name} declares no experiment, and none ran", err=True)
        return
    with reader_may_leave():
        if not as_json:
            console().print(scorecard_table(card))
            return
        for row in card.rows:
            click.echo(json.dumps(finite(scorecard_json(row, card)), default=form))
