"""Hands a run on to Prometheus when pytest, Locust or the Chaos Toolkit were started by themselves.

Each way is a process of its own, ``seakeep push`` or ``seakeep textfile``: it can't hold up or
break the one that asks, whose sockets Locust may have patched.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from seakeep import environment

__all__ = ["push_run"]

_TIMEOUT_S = 15.0
"""The push itself takes 5 s at most, and the interpreter about one."""


def push_run(run_id: str, platform_folder: Path) -> str:
    """Push a run of a platform and write its textfile, and return what to tell of it, by line.

    Never raises, and decides nothing: what was seen is in the store, and can be handed on again.
    Returns nothing where neither a Pushgateway nor a textfile is set.
    """
    said = []
    if environment.pushgateway() is not None:
        said.append(_handed_on("push", "sends", run_id, platform_folder))
    if environment.textfile() is not None:
        said.append(_handed_on("textfile", "writes", run_id, platform_folder))
    return "\n".join(line for line in said if line)


def _handed_on(command: str, verb: str, run_id: str, platform_folder: Path) -> str:
    """Run a command of ours, and return what it said, or why it failed, in one line."""
    arguments = [sys.executable, "-m", "seakeep.cli", command, "--run", run_id]
    try:
        ended = subprocess.run(  # noqa: S603 - our own command
            [*arguments, "--platform", str(platform_folder)],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        said = f"not done within {_TIMEOUT_S:g} s"
    except OSError as error:
        said = str(error)
    else:
        if ended.returncode == 0:
            return ended.stdout.strip()
        said = "; ".join(ended.stderr.split("\n")).strip("; ").removeprefix("seakeep: ")
    return f"{command} failed: {said}; 'seakeep {command} --run {run_id}' {verb} it again"
