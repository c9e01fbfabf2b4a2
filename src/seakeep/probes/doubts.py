"""The observer's doubts about itself, over one batch of checks: see `seakeep.probes.fitness`."""

from __future__ import annotations

import socket
from dataclasses import replace
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
from seakeep.probes.kind import Asking
from seakeep.probes.resolver import is_address

__all__ = ["Doubts"]

_UNANSWERED = frozenset(
    {
        Cause.REFUSED,
        Cause.RESET,
        Cause.TIMEOUT_CONNECT,
        Cause.TIMEOUT_READ,
        Cause.UNREACHABLE,
    }
)
"""How a question ends that got no answer, rather than a wrong one."""


class Doubts:
    """Watches this observer while checks run, and takes back what it was not fit to say."""

    def __init__(self) -> None:
        self._monitor = FitnessMonitor()
        self._lookups: list[Lookup] = []

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
        if unfit is None and check.asks_own_resolver:
            unfit = _of_own_resolver(asking, observation)
        return observation if unfit is None else _taken_back(observation, unfit)

    @staticmethod
    def is_open(observation: Observation) -> bool:
        """Return whether an observation can be believed only once all lookups have ended."""
        return observation.outcome is Outcome.BAD and observation.cause == Cause.DNS

    async def settled(self, observations: list[Observation]) -> list[Observation]:
        """Return open observations as what they are, now that the batch has ended."""
        if not observations:
            return observations
        name = suspect(self._lookups)
        answers = None if name is None else await resolver_answers(name, name_servers())
        dead = resolver_is_dead(self._lookups, answers=answers)
        return [one if dead is None else _taken_back(one, dead) for one in observations]


def _of_own_resolver(asking: Asking, observation: Observation) -> Unfit | None:
    """Return why a question to this machine's own name server says nothing, if it got no answer."""
    if observation.outcome is not Outcome.BAD or observation.cause not in _UNANSWERED:
        return None
    return Unfit(
        Cause.OBSERVER_RESOLVER,
        f"resolve: wanted an answer from the name server of this machine, {asking.where}, which "
        "does not answer",
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
