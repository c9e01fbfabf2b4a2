"""Becomes the command that a client runs in a pod, tied to the sandbox: what kills that kills it.

python -m seakeep.sandbox.exec_command PARENT_PID COMMAND [ARGUMENT...]
"""

from __future__ import annotations

import os
import signal
import sys

from seakeep.lifeline import die_with_parent

__all__ = ["main"]

_NOT_FOUND = 127  # POSIX, 2.8.2 Exit Status for Commands
_NOT_EXECUTABLE = 126


def main() -> None:
    """Run the command in this very process; 127 if there is none, 126 if it can't be run."""
    die_with_parent(int(sys.argv[1]), signal.SIGKILL)
    # Python ignores it; a command that writes into a closed pipe has to end.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - what it is for
    except OSError as error:
        sys.stderr.write(f"exec: {sys.argv[2]!r}: {error.strerror}\n")
        sys.exit(_NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE)
    except ValueError as error:  # a null byte in an argument
        sys.stderr.write(f"exec: {error}\n")
        sys.exit(_NOT_EXECUTABLE)


if __name__ == "__main__":
    main()
