"""What the fitness of the observer is asked about, and what it answers with."""

from __future__ import annotations

import ipaddress
import socket
import time
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

from seakeep.causes import Cause
from seakeep.observation import Outcome

__all__ = ["NO_ANSWER", "TICK_S", "Exchange", "Lookup", "Source", "Tick", "Unfit", "is_local_name"]

TICK_S = 0.1
"""Seconds between two looks at the observer: a wake-up of an idle machine costs 0.2 ms of CPU."""

NO_ANSWER = frozenset(
    {
        Cause.DNS,
        Cause.UNREACHABLE,
        Cause.TLS,
        Cause.TLS_UNTRUSTED,
        Cause.TLS_HANDSHAKE,
        Cause.TIMEOUT_CONNECT,
        Cause.TIMEOUT_READ,
        Cause.TIMEOUT,
        Cause.RESET,
        Cause.START,
        Cause.OBSERVER,
        Cause.BROWSER,
    }
)
"""What an observer without files or memory brings about itself.

Not ``refused``, which only the target's side says, nor what was read from an answer that came.
"""

_DEFINITE = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """How the lookup of one name ended: found, denied, or not answered.

    Attributes:
        host: The name.
        error: The ``EAI_`` number of `socket.gaierror`, where there was one.
        timed_out: Whether the deadline came first.
    """

    host: str
    error: int | None = None
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether the name has an address."""
        return self.error is None and not self.timed_out

    @property
    def is_denied(self) -> bool:
        """Whether a resolver answered that there is no such name.

        Names under ``invalid`` never exist, whoever answers or does not:
        https://www.rfc-editor.org/rfc/rfc6761#section-6.4.
        """
        never = self.host.rstrip(".").lower().endswith(".invalid")
        return not self.ok and (never or (not self.timed_out and self.error in _DEFINITE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One observation, as far as the observer's fitness may have touched it.

    Attributes:
        began_s: When it began, on `time.perf_counter`, in seconds.
        ended_s: When it ended, on the same clock.
        outcome: What it would say of the platform.
        cause: Why it is not good; empty when it is.
        host: The target's name or address.
        addresses: The addresses that were tried; empty when the name was not resolved.
        limit_s: The longest duration that was wanted, in seconds, where that is what failed.
        lookup: How the lookup of the name ended, if there was one.
    """

    began_s: float
    ended_s: float
    outcome: Outcome
    cause: str = ""
    host: str = ""
    addresses: tuple[str, ...] = ()
    limit_s: float | None = None
    lookup: Lookup | None = None

    @property
    def duration_s(self) -> float:
        """How long it took, in seconds."""
        return self.ended_s - self.began_s


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why the observer could not judge, for machines and, with wanted and got, for people."""

    cause: Cause
    message: str


class Tick(NamedTuple):
    """One look at the observer: when it was due, and when it was, on `time.perf_counter`."""

    due_s: float
    now_s: float

    @classmethod
    def now(cls) -> Self:
        """Return one that is due now."""
        now_s = time.perf_counter()
        return cls(now_s, now_s)


class Source(Protocol):
    """One thing that may be wrong with the observer; made on the thread of the loop it watches."""

    every_s: float
    """Seconds between two samples, at least."""

    def sample(self, tick: Tick) -> None:
        """Look at the observer."""

    def unfit(self, seen: Exchange) -> Unfit | None:
        """Return why the observer could not judge an exchange that has just ended, if so."""


def is_local_name(host: str) -> bool:
    """Return whether a name or address is this machine's own, by its looks alone."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
