"""Which pods a chaos object takes.

https://chaos-mesh.org/docs/define-chaos-experiment-scope/
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from seakeep.sandbox.chaos_spec import Fields
from seakeep.sandbox.pods import Pod

__all__ = ["PodChoice"]

MODES = ("one", "all", "fixed", "fixed-percent", "random-max-percent")
_VALUELESS = ("one", "all")
_WHOLE = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class PodChoice:
    """Which pods an experiment takes.

    Attributes:
        namespaces: Theirs.
        labels: What they must carry.
        names: Namespace and name of those that may be taken; empty for all.
        mode: How many of those that match.
        value: The number, or the percentage, of the modes that need one.
    """

    namespaces: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    names: tuple[tuple[str, str], ...]
    mode: str
    value: int

    @classmethod
    def read(cls, fields: Fields, namespace: str) -> PodChoice:
        """The choice in `mode`, `value` and `selector`; by default from the object's namespace."""
        mode = fields.choice("mode", MODES)
        selector = fields.part("selector")
        namespaces = selector.texts("namespaces") or (namespace,)
        labels = selector.parsed("labelSelectors", _labels) or ()
        names = selector.parsed("pods", _names) or ()
        selector.done()
        return cls(namespaces, labels, names, mode, _value(fields, mode))

    def choose(self, pods: Sequence[Pod]) -> tuple[Pod, ...]:
        """The pods to take, at random where the mode leaves a choice."""
        matching = [pod for pod in pods if self._matches(pod)]
        return tuple(random.sample(matching, min(self._count(len(matching)), len(matching))))

    def _matches(self, pod: Pod) -> bool:
        labels, namespace = pod.template.labels, pod.template.namespace
        return (
            pod.deleting_since is None
            and namespace in self.namespaces
            and all(labels.get(key) == value for key, value in self.labels)
            and (not self.names or (namespace, pod.name) in self.names)
        )

    def _count(self, matching: int) -> int:
        # Percentages round down, as in Chaos Mesh's pkg/selector/generic/mode.go.
        match self.mode:
            case "all":
                return matching
            case "fixed":
                return self.value
            case "fixed-percent":
                return math.floor(matching * self.value / 100)
            case "random-max-percent":
                share = random.uniform(0, self.value)  # noqa: S311 - no secret
                return math.floor(matching * share / 100)
        return 1


def _value(fields: Fields, mode: str) -> int:
    """What the mode needs: `ValidatePodMode` in Chaos Mesh's api/v1alpha1 takes whole numbers."""
    highest = 100 if "percent" in mode else 1_000_000

    def whole(found: object) -> int:
        number = int(found) if isinstance(found, str) and _WHOLE.fullmatch(found) else 0
        if mode not in _VALUELESS and not 0 < number <= highest:
            raise ValueError(f'found {found!r}; wanted a text from "1" to "{highest}"')
        return number

    value = fields.parsed("value", whole)
    return value or 0 if mode in _VALUELESS else fields.needed("value", value, f"mode is {mode}")


def _labels(found: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise ValueError(f"found {found!r}; wanted a mapping of texts")
    return tuple(found.items())


def _names(found: object) -> tuple[tuple[str, str], ...]:
    wanted = f"found {found!r}; wanted lists of pods, by their namespaces"
    if not isinstance(found, dict) or not all(isinstance(part, list) for part in found.values()):
        raise ValueError(wanted)
    names = tuple((where, name) for where, part in found.items() for name in part)
    if not all(isinstance(name, str) for _, name in names):
        raise ValueError(wanted)
    return names
