"""A run's temporary files: in one folder that goes with the run, or with the next one."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from seakeep.run.surroundings import variables

__all__ = ["own_temporary_files"]

_NAME = re.compile(r"seakeep-(\d+)-\w+")


@contextlib.contextmanager
def own_temporary_files() -> Iterator[Path]:
    """Point this process and its children to a temporary folder of their own, and remove it.

    The folder bears our process id: what a killed run left is removed by the next. It lies in the
    system's temporary folder and not in ``$SEAKEEP_HOME``, since Chromium puts a socket into it,
    and the path of a socket may be no longer than 107 bytes (unix(7)).
    """
    _remove_stale(Path(tempfile.gettempdir()))
    # Its name is known before it is there: a signal may come in between.
    folder = Path(tempfile.gettempdir()) / f"seakeep-{os.getpid()}-{secrets.token_hex(4)}"
    before = tempfile.tempdir
    try:
        folder.mkdir(mode=0o700)
        tempfile.tempdir = str(folder)
        with variables({"TMPDIR": str(folder)}):
            yield folder
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)


def _remove_stale(parent: Path) -> None:
    for folder in parent.glob("seakeep-*-*"):
        match = _NAME.fullmatch(folder.name)
        if match and not psutil.pid_exists(int(match.group(1))) and _is_ours(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    try:
        return not folder.is_symlink() and folder.stat().st_uid == os.geteuid()
    except OSError:
        return False
