"""The `seakeep` command: what none of pytest, Locust and Chaos Toolkit has by itself.

Everything heavy is imported inside the command that needs it, so that ``seakeep --help`` is quick.
"""

from __future__ import annotations

from seakeep.cli import (
    capacity,
    chaos,
    check,
    init,
    metrics,
    recover,
    run,
    sandbox,
    store,
    validate,
)
from seakeep.cli.root import cli, main

__all__ = ["cli", "main"]

for _command in (
    capacity.capacity,
    chaos.chaos,
    check.check,
    init.init,
    metrics.push,
    metrics.textfile,
    recover.recover,
    run.run,
    sandbox.sandbox,
    store.store,
    validate.rules,
    validate.validate,
):
    cli.add_command(_command)
