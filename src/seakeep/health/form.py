"""Reads the pieces of a document whose form is only promised, and says what was wanted of it."""

from __future__ import annotations

from collections.abc import Mapping

from seakeep.health.status import Status
from seakeep.plain import one_line

__all__ = ["Document", "filled", "flag", "mapping", "named", "word"]

Document = Mapping[str, object]
"""A JSON object."""

_MOST_SHOWN = 60


def mapping(value: object, where: str) -> Document:
    """Return a JSON object.

    Raises:
        ValueError: It is something else.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{where}: an object, got {_shown(value)}")  # noqa: TRY004 - of a form
    return value


def word(document: Document, key: str, words: Mapping[str, Status], where: str = "") -> Status:
    """Return the status that the word under a key stands for.

    Raises:
        ValueError: There is none, or it is not among the contract's words.
    """
    found = document.get(key)
    if not isinstance(found, str) or found not in words:
        raise ValueError(f"{where}{key}: {' or '.join(words)}, got {_shown(found)}")
    return words[found]


def flag(document: Document, key: str, where: str = "") -> Status:
    """Return what ``true`` or ``false`` under a key stands for.

    Raises:
        ValueError: It is neither.
    """
    found = document.get(key)
    if not isinstance(found, bool):
        raise ValueError(f"{where}{key}: true or false, got {_shown(found)}")  # noqa: TRY004
    return Status.HEALTHY if found else Status.UNHEALTHY


def filled(value: object, where: str) -> Document:
    """Return a JSON object that holds something.

    Raises:
        ValueError: It is something else, or empty: that would say nothing of any part.
    """
    found = mapping(value, where)
    if not found:
        raise ValueError(f"{where}: at least one part, got none")
    return found


def named(parts: Mapping[str, Status], name: object, where: str) -> str:
    """Return a part's name, one that no part before it has.

    Raises:
        ValueError: It is no name, or there are two of it, of which one would hide the other.
    """
    if not isinstance(name, str) or not name or name in parts:
        raise ValueError(f"{where}: a name of its own, got {_shown(name)}")
    return name


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, str | bool):
        return one_line(str(value), _MOST_SHOWN) or "an empty text"
    return "a number" if isinstance(value, int | float) else "something else"
