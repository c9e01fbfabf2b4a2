"""`seakeep check`: is the steady state held?"""

from __future__ import annotations

from typing import Any

import click

from seakeep.cli.options import PLATFORM, console, named, reader_may_leave

__all__ = ["check"]


@click.command()
@PLATFORM
@click.option("--window", metavar="DURATION", help="Judge this window instead of each own one.")
@click.option("--at", metavar="TIME", help="Judge as of that time: 2026-01-31T22:00:00Z.")
@click.option("--run", metavar="ID|latest", help="Judge the events of this run only.")
@click.option("--objective", "objectives", multiple=True, metavar="NAME", help="Only this one.")
@click.option("--location", metavar="GLOB", help="Only what was observed there.")
@click.option("--exclude", metavar="WHAT", help="Leave out planned, chaos or maintenance time.")
@click.option("--require-proof", is_flag=True, help="Exit with 3 when something is unproven.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def check(platform: str | None, *, as_json: bool, require_proof: bool, **asked: Any) -> int:  # noqa: ANN401 - the options' own types
    """Judge the objectives from what has been observed.

    Exit codes: 0 nothing breached; 1 breached or no data; 2 usage or configuration; with
    --require-proof, 3 when nothing is breached but something is not proven met.
    """
    from seakeep.slo.check import Question, check_platform  # noqa: PLC0415
    from seakeep.slo.evaluate import holds, is_proven, to_json  # noqa: PLC0415
    from seakeep.slo.table import verdict_table  # noqa: PLC0415

    verdicts = check_platform(named(platform), Question(**asked))
    with reader_may_leave():
        if as_json:
            for verdict in verdicts:
                click.echo(to_json(verdict))
        else:
            console().print(verdict_table(verdicts))
    if not holds(verdicts):
        return 1
    return 0 if is_proven(verdicts) or not require_proof else 3
