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
    def read(cls, body: Mapping[str, Any]) -> DisruptionBudget:
        """Return what a cluster says of a budget.

        In policy/v1 an empty selector is for every pod, and none for no pod. Nothing is allowed
        until its controller has said how much.
        """
        selector = (body.get("spec") or {}).get("selector")
        allowed = (body.get("status") or {}).get("disruptionsAllowed")
        return cls(
            str(body["metadata"]["name"]),
            None if selector is None else tuple(_requirements(selector)),
            allowed if isinstance(allowed, int) else 0,
        )


@dataclass(frozen=True, slots=True)
class DisruptionBudgets:
    """The budgets of a namespace.

    Attributes:
        known: Those that could be seen.
        unknown: Why they could not be seen; empty when they could.
    """

    known: tuple[DisruptionBudget, ...] = ()
    unknown: str = ""

    @classmethod
    def read(cls, body: Any) -> DisruptionBudgets:  # noqa: ANN401 - whatever a cluster answers
        """Return the budgets of a list, as the API gives it.

        Raises:
            ValueError: It is none.
        """
        try:
            return cls(tuple(DisruptionBudget.read(item) for item in body["items"]))
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"no list of budgets: {error!r}") from error

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


def _requirements(selector: Mapping[str, Any]) -> Iterator[Requirement]:
    for key, value in (selector.get("matchLabels") or {}).items():
        yield Requirement(key, "In", (value,))
    for entry in selector.get("matchExpressions") or ():
        yield Requirement(entry["key"], entry["operator"], tuple(entry.get("values") or ()))
