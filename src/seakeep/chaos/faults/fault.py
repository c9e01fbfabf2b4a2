"""What a fault is: two steps from a wish in an experiment's file to something undoable.

A new fault is a file of its own, named in `actions`; see `network_delay` and `pod_kill`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from seakeep.chaos.kubernetes.cluster import RUN_ID_LABEL
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.undo import Undo
from seakeep.errors import UsageError

__all__ = ["Fault", "Injection", "Origin", "labels_of", "percent"]

_PAIR = re.compile(r"([A-Za-z0-9][\w./-]*)=([\w.-]*)")


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose fault it is: the experiment, and the run it belongs to."""

    experiment: str
    run_id: str

    def object_name(self) -> str:
        """Return a name that no object had before, so that a leftover can't pass for a new one."""
        return f"seakeep-{self.experiment}-{secrets.token_hex(4)}".lower()

    def labels(self) -> Mapping[str, str]:
        """Return the labels that make an object ours."""
        return {
            RUN_ID_LABEL: self.run_id,
            "seakeep.dev/experiment": self.experiment,
            "app.kubernetes.io/managed-by": "seakeep",
        }


class Injection(Protocol):
    """A fault that is ready to be injected into one place, with the way back known already."""

    @property
    def text(self) -> str:
        """What it does, for people, such as ``100 ms latency on 3 pods of app=web``."""
        ...

    @property
    def undo(self) -> Undo:
        """What takes it back; on disk before `apply`."""
        ...

    @property
    def least_rise_s(self) -> float:
        """The rise of the duration, in seconds, below which it did not take hold; 0 for any.

        It is looked for in the middle of the answers that come from the pods hit.
        """
        ...

    @property
    def share(self) -> float:
        """The share of the pods that is hit, above 0 and up to 1."""
        ...

    def apply(self, reach: Reach) -> None:
        """Ask for the fault.

        Raises:
            FaultError: It was not taken.
        """
        ...

    def confirm(self, reach: Reach, stopping: Callable[[], bool]) -> None:
        """Wait until the fault is said to be in place, or until told to stop.

        Raises:
            FaultError: It did not take hold.
        """
        ...


class Fault(Protocol):
    """A fault as an experiment's file asks for it."""

    @property
    def duration_s(self) -> float:
        """How long it is planned to last, or to be watched, in seconds."""
        ...

    def prepare(self, reach: Reach, origin: Origin) -> Injection:
        """Look at what is there, and decide what exactly will be hit. Changes nothing.

        Raises:
            RefusedError: It would hit nothing, or leave nothing.
            FaultError: The cluster does not answer.
        """
        ...


def labels_of(selector: str) -> Mapping[str, str]:
    """Return the labels of a selector such as ``app=web,tier=front``.

    Raises:
        UsageError: It is not a list of ``label=value``; an empty one would hit the whole namespace.
    """
    pairs = [_PAIR.fullmatch(part.strip()) for part in selector.split(",")]
    if not all(pairs):
        raise UsageError(f"label selector {selector!r}: wanted label=value, or several with commas")
    return {pair.group(1): pair.group(2) for pair in pairs if pair}


def percent(value: float, name: str) -> float:
    """Return a share in percent.

    Raises:
        UsageError: It is not above 0 and at most 100.
    """
    if not 0 < value <= 100:
        raise UsageError(f"{name}: found {value:g}; wanted a percentage above 0 and up to 100")
    return value
