"""Files that are either whole or not there."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from seakeep.errors import UsageError

__all__ = ["write_atomically"]


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that no reader ever sees a part of it; make its folder if need be.

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
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"can't write {path}: {error}; wanted a writable folder") from error
