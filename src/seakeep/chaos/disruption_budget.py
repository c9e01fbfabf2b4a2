"""PodDisruptionBudgets: how many pods of an application may be gone at a time.

https://kubernetes.io/docs/tasks/run-application/configure-pdb/
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["DisruptionBudget", "DisruptionBudgets", "Requirement"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of a label selector.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors

    Attributes:
        key: The label.
        operator: ``In``, ``NotIn``, ``Exists`` or ``DoesNotExist``.
        values: What it may, or may not, be.
    """

    key: str
    operator: str
    values: Collection[str] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Return whether labels meet it. One of an unknown kind is met: rather too careful."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "DoesNotExist":
                return self.key not in labels
            case "Exists":
                return self.key in labels
        return True


@dataclass(frozen=True, slots=True)
class DisruptionBudget:
    """One budget, and what it allows now.

    Attributes:
        name: Its name.
        requirements: What the labels of its pods meet; ``None`` when it is for no pods at all.
        allowed: How many of its pods may be disrupted now.
    """

    name: str
    requirements: tuple[Requirement, ...] | None
    allowed: int

    def covers(self, labels: Mapping[str, str]) -> bool:
        """Return whether a pod with these labels is one of its pods."""
        wanted = self.requirements
        return wanted is not None and all(requirement.holds(labels) for requirement in wanted)

    @classmethod
    def read(cls, body: Any) -> DisruptionBudget:  # noqa: ANN401 - the client is untyped
        """Return what the client read. In policy/v1 an empty selector is for every pod."""
        status = getattr(body, "status", None)
        allowed = getattr(status, "disruptions_allowed", None)
        selector = getattr(body.spec, "selector", None)
        requirements = None if selector is None else tuple(_requirements(selector))
        return cls(str(body.metadata.name), requirements, int(allowed or 0))


@dataclass(frozen=True, slots=True)
class DisruptionBudgets:
    """The budgets of a namespace.

    Attributes:
        known: Those that could be seen.
        unknown: Why they could not be seen; empty when they could.
    """

    known: tuple[DisruptionBudget, ...] = ()
    unknown: str = ""

    def against(self, pods: Sequence[Mapping[str, str]]) -> Iterator[str]:
        """Yield what speaks against taking pods away at once.

        Args:
            pods: The labels of each.
        """
        if self.unknown:
            yield f"nobody can tell what the PodDisruptionBudgets allow: {self.unknown}"
        for budget in self.known:
            taken = sum(budget.covers(labels) for labels in pods)
            if taken > budget.allowed:
                yield (
                    f"PodDisruptionBudget {budget.name} allows {budget.allowed} disruptions now; "
                    f"wanted {taken}"
                )


def _requirements(selector: Any) -> Iterator[Requirement]:  # noqa: ANN401 - the client is untyped
    for key, value in (selector.match_labels or {}).items():
        yield Requirement(key, "In", (value,))
    for entry in selector.match_expressions or ():
        yield Requirement(entry.key, entry.operator, tuple(entry.values or ()))
