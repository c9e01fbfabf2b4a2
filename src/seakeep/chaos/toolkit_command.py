"""The `chaos run` that this process is in, if it is in one."""

from __future__ import annotations

import atexit
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

__all__ = ["ToolkitCommand"]

_TOOL_FAILURE = 4

_LAST_S = 5.0
"""How long the toolkit may take to end once its journal could be written, in seconds."""

logger = logging.getLogger("chaostoolkit")


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
        """Let the command end with a code, whatever the toolkit would make of it.

        It writes its journal last; where that fails it would exit as if the platform had deviated.
        """

        def leave() -> None:
            error = sys.exc_info()[1]
            if isinstance(error, OSError):
                logger.critical("guard: can't write the journal %s: %s", self.journal, error)
                raise click.exceptions.Exit(code or _TOOL_FAILURE)
            if code:
                raise click.exceptions.Exit(code)

        self._context.call_on_close(leave)
        atexit.register(_give_up_what_can_not_be_said)

    def end_soon(self, code: int) -> None:
        """End the process, by the code, though a background activity hangs or a signal comes.

        The toolkit waits for the former. The latter has nothing to interrupt any more, and would
        only let a run that held exit like one that deviated.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        timer = threading.Timer(_LAST_S, os._exit, (code,))
        timer.daemon = True
        timer.start()


def _give_up_what_can_not_be_said() -> None:
    """Drop output that a full disk does not take: Python would exit with 120, whatever happened.

    https://docs.python.org/3/library/sys.html#sys.exit ("120")
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
