"""The `chaos run` that this process is in, if it is in one."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click

__all__ = ["ToolkitCommand"]

_LAST_S = 5.0
"""How long the toolkit may take to end once its journal could be written, in seconds."""


@dataclass(frozen=True, slots=True)
class ToolkitCommand:
    """A `chaos run`.

    Attributes:
        source: The experiment's file.
        journal: Where it writes its journal.
    """

    source: str
    journal: Path
    _context: click.Context

    @classmethod
    def current(cls) -> ToolkitCommand | None:
        """Return the one this thread is in; ``None`` when it is in something else."""
        context = click.get_current_context(silent=True)
        if context is None or context.info_name != "run" or "journal_path" not in context.params:
            return None
        params = context.params
        return cls(str(params.get("source")), Path(params["journal_path"]), context)

    def write(self, journal: Mapping[str, Any]) -> str:
        """Write the journal, and return why that can't be done; empty when it is."""
        try:
            self.journal.write_text(json.dumps(journal, indent=2, default=str))
        except (OSError, ValueError) as error:
            return f"can't write the journal {self.journal}: {error}"
        return ""

    def exit_with(self, code: int) -> None:
        """Let the command end with a code, whatever the toolkit would make of it."""

        def leave() -> NoReturn:
            raise click.exceptions.Exit(code)

        if code:
            self._context.call_on_close(leave)

    def end_soon(self, code: int) -> None:
        """End the process though a background activity, which the toolkit waits for, hangs."""
        timer = threading.Timer(_LAST_S, os._exit, (code,))
        timer.daemon = True
        timer.start()
