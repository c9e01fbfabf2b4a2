"""What `seakeep chaos due` says: a line or two an experiment, which a CI's log can show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from seakeep.plain import one_line

__all__ = ["DueLines"]

_NAME, _STATE, _TIME = 18, 9, 7
_STYLES = {"held": "green", "deviated": "bold red", "failed": "bold red", "refused": "yellow"}
_MOST = 600


class DueLines:
    """Prints within the width of a console."""

    def __init__(self, console: Console) -> None:
        """Keep the console to print to."""
        self._console = console

    def say(self, text: str) -> None:
        """Say one thing."""
        self._console.print(Text(one_line(text, _MOST)))

    @contextmanager
    def under_way(self, name: str) -> Iterator[None]:
        """Show that an experiment is under way."""
        if self._console.is_terminal:
            with self._console.status(f"{name} under its guard"):
                yield
        else:
            self._console.print(Text(f"{name:<{_NAME}} under its guard"))
            yield

    def done(self, name: str, state: str, told: str, duration_s: float | None = None) -> None:
        """Say what became of an experiment; what is told may take several lines."""
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_column(min_width=_NAME, no_wrap=True)
        line.add_column(min_width=_STATE, no_wrap=True, style=_STYLES.get(state, ""))
        line.add_column(min_width=_TIME, no_wrap=True, justify="right")
        line.add_column(overflow="fold")
        took = "" if duration_s is None else f"{duration_s:.1f} s"
        line.add_row(Text(name), Text(str(state)), took, Text(one_line(told, _MOST)))
        self._console.print(line)
