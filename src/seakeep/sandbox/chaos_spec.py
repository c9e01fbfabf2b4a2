"""What a Chaos Mesh object asks for, read strictly, field by field.

Whatever this sandbox can't do is refused by name: a field that is silently ignored
would be a fault that never happens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from seakeep.sandbox.durations import duration_s

__all__ = ["ChaosInvalidError", "Fields"]

_Value = TypeVar("_Value")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?")


class ChaosInvalidError(Exception):
    """An object that can't be accepted.

    Attributes:
        field: The dotted path of the field that is wrong.
        problem: What was found and what was wanted.
    """

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(f"{field}: {problem}")


class Fields:
    """A mapping of a chaos object, read field by field; `done` refuses what nobody read."""

    def __init__(self, found: object, path: str) -> None:
        if not isinstance(found, Mapping):
            raise ChaosInvalidError(path, f"Invalid value: found {found!r}; wanted a mapping")
        self._found: Mapping[str, Any] = found
        self._read: set[str] = set()
        self.path = path

    def optional(self, name: str) -> Any:  # noqa: ANN401 - it is whatever the client sent
        """The value of a field, None when it is absent."""
        self._read.add(name)
        return self._found.get(name)

    def part(self, name: str) -> Fields:
        """A field that is a mapping itself."""
        return Fields(self.needed(name, self.optional(name)), f"{self.path}.{name}")

    def optional_part(self, name: str) -> Fields | None:
        """A field that is a mapping itself, None when it is absent."""
        return None if self.optional(name) is None else self.part(name)

    def choice(self, name: str, allowed: Sequence[str], default: str | None = None) -> str:
        """A field with one of a few values."""
        found = self.optional(name)
        value = default if found is None else found
        if value not in allowed:
            wanted = ", ".join(allowed)
            raise ChaosInvalidError(
                f"{self.path}.{name}", f"Unsupported value: {value!r}: supported values: {wanted}"
            )
        return str(value)

    def seconds(self, name: str) -> float | None:
        """A field that is a duration."""
        return self.parsed(name, duration_s)

    def share(self, name: str) -> float | None:
        """A field that is a percentage from 0 to 100, as a text; as a share from 0 to 1."""
        return self.parsed(name, _share)

    def whole(self, name: str, low: int, high: int) -> int | None:
        """A field that is a whole number between two bounds."""

        def number(found: object) -> int:
            if isinstance(found, bool) or not isinstance(found, int) or not low <= found <= high:
                raise ValueError(f"found {found!r}; wanted a whole number from {low} to {high}")
            return found

        return self.parsed(name, number)

    def texts(self, name: str) -> tuple[str, ...]:
        """A field that is a list of texts; empty when it is absent."""

        def several(found: object) -> tuple[str, ...]:
            if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
                raise ValueError(f"found {found!r}; wanted a list of texts")
            return tuple(found)

        return self.parsed(name, several) or ()

    def parsed(self, name: str, parse: Callable[[object], _Value]) -> _Value | None:
        """A field that `parse` understands or refuses by a ValueError; None when it is absent."""
        found = self.optional(name)
        if found is None:
            return None
        try:
            return parse(found)
        except ValueError as error:
            raise ChaosInvalidError(f"{self.path}.{name}", f"Invalid value: {error}") from None

    def needed(self, name: str, value: _Value | None, wanted: str = "") -> _Value:
        """The value of a field that must be there."""
        if value is None:
            problem = f"Required value: {wanted}" if wanted else "Required value"
            raise ChaosInvalidError(f"{self.path}.{name}", problem)
        return value

    def done(self) -> None:
        """Refuse every field that was not asked for; null is as good as absent."""
        for name, value in self._found.items():
            if name not in self._read and value is not None:
                raise ChaosInvalidError(f"{self.path}.{name}", "the sandbox does not support it")


def _share(found: object) -> float:
    # The fields of Chaos Mesh are of type string: its API server refuses a bare number.
    if not isinstance(found, str) or not _NUMBER.fullmatch(found) or float(found) > 100:
        raise ValueError(f'found {found!r}; wanted a text with a number from 0 to 100, as "25"')
    return float(found) / 100
