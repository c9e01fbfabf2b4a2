"""How a Locust process with a scenario ends: what it says, and its exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from locust import log
from rich.console import Console, RenderableType

from seakeep import environment as process
from seakeep.errors import SeakeepError
from seakeep.load import gate
from seakeep.load.capacity_search import CapacitySearch
from seakeep.push_command import push_run
from seakeep.store import open_store

__all__ = ["judge", "refuse", "show", "told"]


def judge(
    run: gate.Run,
    troubles: Sequence[str],
    search: CapacitySearch | None = None,
) -> gate.Judgement:
    """Return the judgement on the latest run of a Locust process that ends.

    Args:
        run: A run that is over.
        troubles: Why the store does not hold all requests; none when it does.
        search: The search for the capacity that the run was, which has its own answer.
    """
    if troubles:
        return gate.no_verdict(2, *troubles)
    if log.unhandled_greenlet_exception:
        name = run.scenario.name
        return gate.no_verdict(2, f"{name}: the scenario itself failed, see the exceptions above")
    if search is not None:
        return search.judgement()
    try:
        with open_store() as store:
            return gate.judge_run(store, run)
    except SeakeepError as error:
        return gate.no_verdict(error.exit_code, str(error))


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
