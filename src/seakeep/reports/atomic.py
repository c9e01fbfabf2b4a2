"""Files that are either whole or not there."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from seakeep.errors import UsageError

__all__ = ["write_atomically"]


def write_atomically(path: Path, content: str | bytes, mode: int | None = None) -> None:
    """Write a file so that no reader ever sees a part of it; make its folder if need be.

    Args:
        path: Where it goes; what was there is replaced.
        content: What it holds.
        mode: Who may read it, such as ``0o644``; by default as the process' umask has it.

    Raises:
        UsageError: The file can't be written there.
    """
    body = content.encode("utf-8", "replace") if isinstance(content, str) else content
    # In the same folder, as a rename is atomic only within one file system; and not named *.prom,
    # which the node exporter would read.
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(body)
            if mode is not None:
                draft.chmod(mode)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"can't write {path}: {error}; wanted a writable folder") from error
