"""Small files of the kernel, read cheaply; a file that is missing or garbled says nothing."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["MOST_BYTES", "numbers_by_name", "read_text", "whole_number"]

MOST_BYTES = 64 * 1024
"""What is read of one file. The rest is left, since asking for it would cost the loop's time."""

_MOST_DIGITS = 20
"""What a number of 64 bits has."""


def read_text(path: Path | str) -> str:
    """Return the first 64 KiB of a file as text; nothing where it can't be read."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return _read(file).decode("ascii", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)


def _read(file: int) -> bytes:
    """Read piece by piece: the kernel gives a page of a list at a time."""
    found = b""
    while len(found) < MOST_BYTES and (piece := os.read(file, MOST_BYTES - len(found))):
        found += piece
    return found


def whole_number(text: str) -> int | None:
    """Return the number that a text holds, in ASCII digits and nothing else."""
    digits = text.strip()
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
    return int(digits) if is_number else None


def numbers_by_name(text: str) -> dict[str, int]:
    """Return the numbers of lines such as ``MemAvailable: 1024 kB`` or ``slab 7``, by name."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        parts = line.split(maxsplit=2)
        number = whole_number(parts[1]) if len(parts) > 1 else None
        if number is not None:
            found[parts[0].rstrip(":")] = number
    return found
