"""The observer's doubts about itself, over one batch of checks: see `seakeep.probes.fitness`."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from seakeep.causes import Cause
from seakeep.checks.check import Check
from seakeep.checks.http import HttpCheck
from seakeep.observation import Observation, Outcome
from seakeep.plain import plain
from seakeep.probes.causes import Stage
from seakeep.probes.fitness import (
    Exchange,
    FitnessMonitor,
    Lookup,
    Unfit,
    name_servers,
    resolver_answers,
    resolver_is_dead,
    suspect,
)
from seakeep.probes.fitness.resolver_question import PORT
from seakeep.probes.kind import Asking
from seakeep.probes.resolver import is_address

__all__ = ["Doubts"]

_NOT_THERE = frozenset({Cause.REFUSED, Cause.TIMEOUT_CONNECT, Cause.UNREACHABLE})
"""How a question to a name server ends that is not there."""
_SILENT = frozenset({Cause.RESET, Cause.TIMEOUT_READ})
"""How one ends that may be asked of a server which answers others."""


class Doubts:
    """Watches this observer while checks run, and takes back what it was not fit to say."""

    def __init__(self) -> None:
        self._monitor = FitnessMonitor()
        self._lookups: list[Lookup] = []
        self._silent: list[_Silence] = []

    async def __aenter__(self) -> Self:
        """Begin to watch the running loop."""
        await self._monitor.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop watching."""
        await self._monitor.__aexit__(kind, error, traceback)

    def about(self, check: Check, asking: Asking, observation: Observation) -> Observation:
        """Return an observation that has just ended, as far as it can be believed."""
        host, lookup = "", None
        if observation.outcome is not Outcome.GOOD or asking.clock.was_in(Stage.RESOLVE):
            host = _host(check, asking)
            lookup = _lookup(host, asking)
        if lookup is not None:
            self._lookups.append(lookup)
        address = asking.learned.get("ip")
        unfit = self._monitor.unfit(
            Exchange(
                began_s=asking.clock.began_s,
                ended_s=asking.clock.began_s + observation.duration_s,
                outcome=observation.outcome,
                cause=observation.cause,
                host=host,
                addresses=(str(address),) if address else (),
                limit_s=check.expect.max_duration_s if isinstance(check, HttpCheck) else None,
                lookup=lookup,
            )
        )
        if unfit is None and check.asks_own_resolver and observation.outcome is Outcome.BAD:
            if observation.cause in _SILENT:
                query = urlsplit(check.target(asking.base_url)).path.strip("/")
                self._silent.append(_Silence(observation, asking.where, query))
            elif observation.cause in _NOT_THERE:
                unfit = _own_resolver_is_dead(asking.where)
        return observation if unfit is None else _taken_back(observation, unfit)

    def is_open(self, observation: Observation) -> bool:
        """Return whether an observation can be believed only once all lookups have ended."""
        if any(each.observation is observation for each in self._silent):
            return True
        return observation.outcome is Outcome.BAD and observation.cause == Cause.DNS

    async def settled(self, observations: list[Observation]) -> list[Observation]:
        """Return open observations as what they are, now that the batch has ended."""
        dead_own = await self._dead_of_silent()
        dead: Unfit | None = None
        if any(one.cause == Cause.DNS for one in observations):
            name = suspect(self._lookups)
            answers = None if name is None else await resolver_answers(name, name_servers())
            dead = resolver_is_dead(self._lookups, answers=answers)
        unfit = [dead if one.cause == Cause.DNS else dead_own for one in observations]
        return [
            one if why is None else _taken_back(one, why)
            for one, why in zip(observations, unfit, strict=True)
        ]

    async def _dead_of_silent(self) -> Unfit | None:
        """Ask this machine's own name server, which was silent, for something else.

        It may have waited in vain for the platform's own name servers: that is the platform's.
        """
        if not self._silent:
            return None
        first = self._silent[0]
        server = urlsplit(f"//{first.server}")
        port = server.port or PORT
        if await resolver_answers(first.query, [server.hostname or ""], port=port):
            return None
        return _own_resolver_is_dead(first.server)


@dataclass(frozen=True, slots=True)
class _Silence:
    """A question that this machine's own name server left without an answer."""

    observation: Observation
    server: str
    query: str


def _own_resolver_is_dead(server: str) -> Unfit:
    return Unfit(
        Cause.OBSERVER_RESOLVER,
        f"resolve: wanted an answer from the name server of this machine, {server}, which does not "
        "answer",
    )


def _host(check: Check, asking: Asking) -> str:
    target = f"//{asking.where}" if asking.where else check.target(asking.base_url)
    try:
        return urlsplit(target).hostname or ""
    except ValueError:
        return ""


def _lookup(host: str, asking: Asking) -> Lookup | None:
    """Return how the host's name was looked up by the system's resolver, if it was."""
    error = asking.error
    if asking.where_led:
        return None  # a name of the answer's choice: its lookup says nothing of the resolver
    if isinstance(error, socket.gaierror):
        return Lookup(host=host, error=error.errno)
    if is_address(host) or not host:
        return None
    phases = asking.clock.phases()
    if phases.connect_s is None:  # it never got beyond its name
        return Lookup(host=host, timed_out=True) if isinstance(error, TimeoutError) else None
    return Lookup(host=host)


def _taken_back(observation: Observation, unfit: Unfit) -> Observation:
    """Return an observation that says nothing of the platform; what it would have said is kept."""
    said = f"; it would have been {observation.cause}" if observation.cause else ""
    return replace(
        observation,
        outcome=Outcome.INVALID,
        cause=unfit.cause,
        message=plain(f"{unfit.message}{said}"),
    )
