"""What a Chaos Mesh object asks for, read strictly into frozen values.

Whatever this sandbox can't do is refused by name: a field that is silently ignored
would be a fault that never happens.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seakeep.sandbox.durations import duration_s
from seakeep.sandbox.pods import Pod

__all__ = ["ChaosInvalidError", "Fields", "PodChoice"]

MODES = ("one", "all", "fixed", "fixed-percent", "random-max-percent")
_VALUELESS = ("one", "all")


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
            raise ChaosInvalidError(path, f"found {found!r}; wanted a mapping")
        self._found: Mapping[str, Any] = found
        self._read: set[str] = set()
        self.path = path

    def optional(self, name: str) -> Any:  # noqa: ANN401 - it is whatever the client sent
        """The value of a field, None when it is absent."""
        self._read.add(name)
        return self._found.get(name)

    def part(self, name: str) -> Fields:
        """A field that is a mapping itself."""
        if name not in self._found:
            raise ChaosInvalidError(f"{self.path}.{name}", "Required value")
        return Fields(self.optional(name), f"{self.path}.{name}")

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
        return self._read_by(duration_s, name)

    def number(self, name: str, low: float, high: float) -> float | None:
        """A field that is a number, or a text of one, between two bounds."""

        def number(found: object) -> float:
            value = float(str(found))
            if not low <= value <= high:
                raise ValueError(f"found {found!r}; wanted a number from {low:g} to {high:g}")
            return value

        return self._read_by(number, name)

    def done(self) -> None:
        """Refuse every field that was not asked for."""
        for name in self._found:
            if name not in self._read:
                raise ChaosInvalidError(f"{self.path}.{name}", "the sandbox does not support it")

    def _read_by(self, parse: Callable[[object], float], name: str) -> float | None:
        found = self.optional(name)
        if found is None:
            return None
        try:
            return parse(found)
        except ValueError as error:
            raise ChaosInvalidError(f"{self.path}.{name}", f"Invalid value: {error}") from None


@dataclass(frozen=True, slots=True)
class PodChoice:
    """Which pods an experiment takes.

    Attributes:
        namespaces: Theirs.
        labels: What they must carry.
        mode: How many of those that match.
        value: The number, or the percentage, of the modes that need one.
    """

    namespaces: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    mode: str
    value: float

    @classmethod
    def read(cls, fields: Fields, namespace: str) -> PodChoice:
        """The choice in `mode`, `value` and `selector`; by default from the object's namespace."""
        mode = fields.choice("mode", MODES)
        value = fields.number("value", 0, 100 if "percent" in mode else math.inf)
        if value is None and mode not in _VALUELESS:
            raise ChaosInvalidError(f"{fields.path}.value", f"Required value: mode is {mode}")
        selector = fields.part("selector")
        namespaces = selector.optional("namespaces") or [namespace]
        labels = selector.optional("labelSelectors") or {}
        _check_texts(namespaces, list, f"{selector.path}.namespaces")
        _check_texts(labels, dict, f"{selector.path}.labelSelectors")
        selector.done()
        return cls(tuple(namespaces), tuple(labels.items()), mode, value or 0.0)

    def choose(self, pods: Sequence[Pod]) -> tuple[Pod, ...]:
        """The pods to take, at random where the mode leaves a choice."""
        matching = [pod for pod in pods if self._matches(pod)]
        return tuple(random.sample(matching, min(self._count(len(matching)), len(matching))))

    def _matches(self, pod: Pod) -> bool:
        labels = pod.template.labels
        return (
            pod.deleting_since is None
            and pod.template.namespace in self.namespaces
            and all(labels.get(key) == value for key, value in self.labels)
        )

    def _count(self, matching: int) -> int:
        # Percentages round down, as in Chaos Mesh's pkg/selector/generic/mode.go.
        match self.mode:
            case "all":
                return matching
            case "fixed":
                return int(self.value)
            case "fixed-percent":
                return math.floor(matching * self.value / 100)
            case "random-max-percent":
                share = random.uniform(0, self.value)  # noqa: S311 - no secret
                return math.floor(matching * share / 100)
        return 1


def _check_texts(found: object, kind: type, path: str) -> None:
    texts = list(found) if isinstance(found, list) else []
    if isinstance(found, dict):
        texts = [*found.keys(), *found.values()]
    if not isinstance(found, kind) or not all(isinstance(text, str) for text in texts):
        raise ChaosInvalidError(path, f"found {found!r}; wanted texts")
