"""Pushes a run when pytest, Locust or the Chaos Toolkit were started by themselves.

The push is a process of its own, ``seakeep push``: it can't hold up or break the one that asks,
whose sockets Locust may have patched.
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
    """Push a run of a platform, and return what to tell of it.

    Never raises, and decides nothing: what was seen is in the store, and can be pushed again.
    Returns nothing where no Pushgateway is set.
    """
    if environment.pushgateway() is None:
        return ""
    command = [sys.executable, "-m", "seakeep.cli", "push", "--run", run_id]
    try:
        ended = subprocess.run(  # noqa: S603 - our own command
            [*command, "--platform", str(platform_folder)],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"push failed: {error}"
    if ended.returncode == 0:
        return ended.stdout.strip()
    said = ended.stderr.strip().removeprefix("seakeep: ")
    return f"push failed: {said}; 'seakeep push --run {run_id}' sends it again"
