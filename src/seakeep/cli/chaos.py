"""`seakeep chaos`: what `chaos run` does not do by itself.

Each command is a file of its own, ``chaos_<command>.py``, and a line here.
"""

from __future__ import annotations

import click

from seakeep.cli import chaos_due, chaos_scorecard

__all__ = ["chaos"]


@click.group()
def chaos() -> None:
    """What chaos run does not do: a single experiment is chaos run chaos/<experiment>.yaml."""


_COMMANDS: tuple[click.Command, ...] = (
    chaos_due.due,
    chaos_scorecard.scorecard,
)

for _command in _COMMANDS:
    chaos.add_command(_command)
