"""What a run says while it goes: a line a step, and a spinner where there is a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

__all__ = ["Progress"]

_STYLES = {
    "passed": "green",
    "failed": "bold red",
    "refused": "yellow",
    "error": "bold red",
}
_TITLE_WIDTH = 24


class Progress:
    """Prints to a terminal, or line by line to a CI log."""

    def __init__(self, console: Console) -> None:
        """Keep the console to print to."""
        self.console = console

    def note(self, title: str, text: str) -> None:
        """Say one thing about the surroundings."""
        self.console.print(Text(f"  {title:<{_TITLE_WIDTH}} {text}"), soft_wrap=True)

    def show(self, renderable: RenderableType) -> None:
        """Print a table or text."""
        self.console.print(renderable)

    @contextlib.contextmanager
    def step(self, title: str, expectation: str) -> Iterator[None]:
        """Show that a step is under way; ``expectation`` says what it does, or how long."""
        if not self.console.is_terminal:
            self.console.print(Text(f"  {title:<{_TITLE_WIDTH}} ... {expectation}"))
            yield
            return
        with self.console.status(f"{title}: {expectation}"):
            yield

    def done(self, title: str, state: str, duration_s: float, detail: str) -> None:
        """Say how a step ended, after how many seconds, and what it showed."""
        line = Text.assemble(
            f"  {title:<{_TITLE_WIDTH}} ",
            (f"{state:<11}", _STYLES.get(state, "")),
            f"{duration_s:5.1f} s  {detail}",
        )
        self.console.print(line, soft_wrap=True)
