"""`seakeep recover`: what a crash, a kill or a reboot left behind."""

from __future__ import annotations

import os

import click

__all__ = ["recover"]


@click.command()
def recover() -> int:
    """Undo every fault that a crash, a kill or a reboot left behind.

    Exit codes: 0 nothing is left; 4 a fault may still be in place.
    """
    from seakeep import environment  # noqa: PLC0415
    from seakeep.chaos.undo.recovery import looked_at  # noqa: PLC0415
    from seakeep.chaos.undo.recovery import recover as undo  # noqa: PLC0415
    from seakeep.run.gone_sandbox import (  # noqa: PLC0415
        close_entries_of_gone_sandboxes,
        without_gone_sandbox,
    )

    home = environment.home()
    gone = close_entries_of_gone_sandboxes(home)
    for line in gone:
        click.echo(line)
    environ = without_gone_sandbox(home, os.environ)
    recovered = undo(home, environ)
    for entry in recovered:
        click.echo(str(entry))
    if not recovered and not gone:
        click.echo(f"nothing to recover: {looked_at(home, environ)}")
    return 0 if all(entry.proven for entry in recovered) else 4
