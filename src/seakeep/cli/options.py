"""What several commands take and say alike."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from seakeep import environment
from seakeep.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["PLATFORM", "console", "duration", "named", "reader_may_leave"]

PLATFORM = click.option(
    "--platform",
    envvar=environment.PLATFORM,
    metavar="NAME|PATH",
    help=f"A name under platforms/, or a path.  [env: {environment.PLATFORM}]",
)


def named(platform: str | None) -> str:
    """Return the platform that was asked for.

    Raises:
        UsageError: There is none.
    """
    if not platform:
        raise UsageError(
            f"no platform: set {environment.PLATFORM} or give --platform "
            "(a name under platforms/, or a path)"
        )
    return platform


def duration(text: str, option: str) -> float:
    """Return an option's duration in seconds.

    Raises:
        UsageError: It is none; names the option.
    """
    from seakeep.duration import parse_duration  # noqa: PLC0415

    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"{option}: found {text!r}; wanted {error}") from None


def console() -> Console:
    """Return a console for tables, as wide as the terminal and never below 100 columns."""
    from rich.console import Console  # noqa: PLC0415

    found = Console(highlight=False)
    return Console(highlight=False, width=max(100, found.width if found.is_terminal else 0))


@contextlib.contextmanager
def reader_may_leave() -> Iterator[None]:
    """Keep the exit code true when who reads our output has seen enough, as ``head`` does."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
