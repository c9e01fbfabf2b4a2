"""What one kind of check must bring: how it looks, and how a person repeats it by hand.

A kind is a module with a `Kind`, named in the group ``seakeep.kinds`` of ``pyproject.toml``. All
else is the engine's: the turn, the deadline over the whole exchange, the translation of exceptions
into causes, the observation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from seakeep.causes import Failure
from seakeep.checks.check import Check
from seakeep.observation import Attribute
from seakeep.probes.answer import Answer
from seakeep.probes.clock import StageClock

__all__ = ["Asking", "Kind", "Seen"]

C = TypeVar("C", bound=Check)


@dataclass(slots=True, kw_only=True)
class Asking:
    """What a look is given beside its check, and what it leaves behind whatever happens.

    Attributes:
        base_url: The platform's.
        trace_id: The trace that the request shall belong to.
        at: When the look began, by the wall clock.
        clock: Times the stages; enter each as it begins. It stops when the look returns, unless
            the look stops it before it begins to judge.
        lift_deadline: Takes the deadline away, before what is not the platform's time, such as
            to judge.
        begin_again: Starts clock and deadline anew, after that.
        learned: Attributes that are known already; they are kept whatever happens next.
        where: Host and port that were asked last, where that is not the check's own target.
        where_led: Whether a redirect led there.
        error: What ended the exchange before its answer was whole.
        answer: What an HTTP check was answered, once it is read to its end.
    """

    base_url: str
    trace_id: str
    at: datetime
    clock: StageClock
    lift_deadline: Callable[[], None] = lambda: None
    begin_again: Callable[[], None] = lambda: None
    learned: dict[str, Attribute] = field(default_factory=dict)
    where: str = ""
    where_led: bool = False
    error: Exception | None = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """How a look ended: what did not hold, if anything, and what was learned."""

    failure: Failure | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[C]):
    """One kind of check.

    Attributes:
        check: The record that a platform's file holds; its fields are the file's keys.
        look: Asks once and judges. It may raise whatever the network raises: that becomes a cause.
        repeat: The command line with which a person sees the same, secrets left out.
    """

    check: type[C]
    look: Callable[[C, Asking], Awaitable[Seen]]
    repeat: Callable[[C, str], str]
