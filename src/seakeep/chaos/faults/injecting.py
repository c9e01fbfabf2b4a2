"""From what makes a fault to the action that injects it: both have the same arguments."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import ParamSpec

from seakeep import environment
from seakeep.chaos.faults.fault import Fault
from seakeep.chaos.faults.pod_choice import Pods
from seakeep.chaos.session import current
from seakeep.errors import UsageError

__all__ = ["FAULTS", "injects", "number", "pods_of", "scaled_s", "whole"]

P = ParamSpec("P")

_faults: dict[str, Callable[..., Fault]] = {}

FAULTS: Mapping[str, Callable[..., Fault]] = MappingProxyType(_faults)
"""The actions that inject, by name, and what makes their fault from the same arguments."""


def injects(make: Callable[P, Fault]) -> Callable[P, str]:
    """Turn what makes a fault into an action of its name, and list it in `FAULTS`.

    `chaos validate` holds an experiment's arguments against the signature of what was wrapped.
    """

    @wraps(make)
    def action(*args: P.args, **kwargs: P.kwargs) -> str:
        session = current(action)
        return session.inject(make(*args, **kwargs))

    _faults[make.__name__] = make
    return action


def number(found: float | str, name: str) -> float:
    """Return a number, which the environment gives as a text.

    Raises:
        UsageError: It is none.
    """
    try:
        value = float(found)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{name}: found {found!r}; wanted a number")
    return value


def whole(found: float | str, name: str) -> int:
    """Return a whole number, which the environment gives as a text.

    Raises:
        UsageError: It is none.
    """
    value = number(found, name)
    if not value.is_integer():
        raise UsageError(f"{name}: found {found!r}; wanted a whole number")
    return int(value)


def pods_of(
    namespace: str, label_selector: str, share_percent: float | str, staying: float | str = 0
) -> Pods:
    """Return the pods that an experiment names.

    Raises:
        UsageError: They are none.
    """
    share = number(share_percent, "share_percent")
    return Pods(namespace, label_selector, share, whole(staying, "staying"))


def scaled_s(duration_s: float | str) -> float:
    """Return a duration in seconds, multiplied by ``SEAKEEP_DURATION_SCALE``.

    Raises:
        UsageError: One of them is no number above 0.
    """
    value = number(duration_s, "duration_s")
    if value <= 0:
        raise UsageError(f"duration_s: found {duration_s!r}; wanted seconds above 0")
    return value * environment.duration_scale()
