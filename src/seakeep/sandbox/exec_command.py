"""Runs the command of a client, and ends all of its process group when the sandbox is gone.

    python -m seakeep.sandbox.exec_command PARENT_PID COMMAND [ARGUMENT...]

It has to be the head of that group.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from seakeep.lifeline import die_with_parent

__all__ = ["main"]

_NOT_FOUND = 127  # POSIX, 2.8.2 Exit Status for Commands
_NOT_EXECUTABLE = 126


def main() -> None:
    """Run the command to its exit code; 127 if there is none, 126 if it can't be run."""
    # The kernel signals this process alone; what the command started has to go as well.
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    die_with_parent(int(sys.argv[1]), signal.SIGTERM)
    try:
        code = subprocess.run(sys.argv[2:], check=False).returncode  # noqa: S603 - what it is for
    except OSError as error:
        sys.stderr.write(f"exec: {sys.argv[2]!r}: {error.strerror}\n")
        sys.exit(_NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE)
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
