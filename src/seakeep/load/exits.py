"""How a Locust process with a scenario ends: what it says, and its exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from locust import log
from locust.env import Environment
from rich.console import Console, RenderableType
from rich.text import Text

from seakeep import environment as process
from seakeep.errors import SeakeepError
from seakeep.load import gate
from seakeep.push_command import push_run
from seakeep.store import open_store

__all__ = ["judge", "refuse", "show", "told"]


def judge(
    environment: Environment, run: gate.Run, errors: Sequence[str], *, is_worker: bool
) -> tuple[int | None, RenderableType | None]:
    """Return the exit code, ``None`` to leave it to Locust, and what to print.

    Args:
        environment: Locust's, of a run that is over.
        run: The same run, for the gate.
        errors: Why the store does not hold all requests; none when it does.
        is_worker: Whether the master judges, and not this process.
    """
    options: Any = environment.parsed_options
    if errors:
        return 2, Text("\n".join(f"seakeep: {error}" for error in errors))
    if is_worker:
        return 0, None
    if not (options.headless or options.autostart):
        return None, None
    runner = environment.runner
    if log.unhandled_greenlet_exception or (runner and runner.exceptions):
        return 2, Text(f"{run.scenario}: the scenario itself failed, see the exceptions above")
    try:
        with open_store() as store:
            judgement = gate.judge_run(store, run)
    except SeakeepError as error:
        return error.exit_code, Text(f"seakeep: {error}")
    return judgement.exit_code, judgement.report


def show(report: RenderableType, folder: Path) -> None:
    """Print beneath Locust's own tables, and not among its ``--json``; push the run.

    Args:
        report: What to print.
        folder: The platform's.
    """
    width = None if sys.stderr.isatty() else 100
    console = Console(stderr=True, width=width, highlight=False)
    console.print(report)
    if pushed := push_run(process.run_id(), folder):
        console.print(pushed, soft_wrap=True)


@contextmanager
def told() -> Iterator[None]:
    """Turn our errors into one clear message and the exit code; Locust would print a traceback."""
    try:
        yield
    except SeakeepError as error:
        refuse(error)


def refuse(error: SeakeepError) -> NoReturn:
    """Say what is wrong, and end this process."""
    sys.stderr.write("".join(f"seakeep: {line}\n" for line in str(error).splitlines()))
    sys.exit(error.exit_code)
