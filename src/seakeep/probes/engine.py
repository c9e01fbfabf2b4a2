"""Runs checks of all kinds side by side, and turns each into one observation."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from seakeep.causes import Cause, Failure
from seakeep.checks.check import Check
from seakeep.checks.http import HttpCheck
from seakeep.checks.kinds import load_kind
from seakeep.observation import Attribute, Kind, Observation, Outcome
from seakeep.plain import plain
from seakeep.platform import Platform
from seakeep.probes import http
from seakeep.probes.answer import Answer
from seakeep.probes.causes import explain
from seakeep.probes.clock import StageClock
from seakeep.probes.doubts import Doubts
from seakeep.probes.kind import Asking, Seen
from seakeep.probes.kind import Kind as KindOfCheck
from seakeep.probes.tls_contexts import warm_up
from seakeep.probes.turns import Turn, Turns
from seakeep.redact import Redactor, redact
from seakeep.trace_context import new_trace_id

__all__ = ["ask", "judged", "kind_of", "run_check", "run_checks"]

Observer = Callable[[Check, Observation], None]


def kind_of(check: Check) -> KindOfCheck[Any]:
    """Return what knows how to look at a check."""
    if isinstance(check, HttpCheck):
        return http.KIND
    kind = load_kind(check.kind)
    assert isinstance(kind, KindOfCheck)  # noqa: S101 - an entry point of the wrong sort
    return kind


async def run_checks(
    platform: Platform,
    checks: Iterable[Check],
    *,
    location: str,
    run_id: str,
    max_concurrency: int | None = None,
    observed: Observer = lambda _check, _observation: None,
) -> tuple[Observation, ...]:
    """Run checks side by side and return their observations, in the order of the checks.

    A check's deadline begins with its own request, so that waiting for its turn costs it nothing.

    Args:
        platform: Where the checks go.
        checks: What to ask.
        location: Where this observer stands.
        run_id: The run that the observations belong to.
        max_concurrency: How many may be busy at once; the platform's own limit by default.
        observed: Called with each observation as soon as it is there.
    """
    checks = tuple(checks)
    warm_up(platform.base_url, checks)
    turns = Turns(max_concurrency or platform.limits.max_concurrent_checks)
    vantage = _Vantage(platform.name, location, run_id, Redactor())
    ended = dict[int, Observation]()

    async def take(turn: Turn, number: int, check: Check) -> None:
        try:
            asking = _asking(platform)
            seen = await _observe(vantage, check, asking)
        finally:
            turn.end()
        ended[number] = doubts.about(check, asking, seen)
        if not doubts.is_open(ended[number]):
            observed(check, ended[number])

    # A task is made when its turn comes: thousands that wait would cost memory and time.
    async with Doubts() as doubts, asyncio.TaskGroup() as tasks:
        async for number in _spread(len(checks), platform.limits.spread_s):
            tasks.create_task(take(await turns.take(), number, checks[number]))
    await _settle(doubts, checks, ended, observed)
    return tuple(ended[number] for number in range(len(checks)))


async def _settle(
    doubts: Doubts, checks: Sequence[Check], ended: dict[int, Observation], observed: Observer
) -> None:
    """Tell of those that had to wait for the others."""
    numbers = [number for number, seen in ended.items() if doubts.is_open(seen)]
    settled = await doubts.settled([ended[number] for number in numbers])
    for number, observation in zip(numbers, settled, strict=True):
        ended[number] = observation
        observed(checks[number], observation)


async def _spread(count: int, over_s: float | None) -> AsyncIterator[int]:
    """Yield the numbers of checks, each when it may start: at random moments, if so wanted."""
    if over_s is None:
        for number in range(count):
            yield number
        return
    began = asyncio.get_running_loop().time()
    starts = sorted((random.uniform(0, over_s), number) for number in range(count))  # noqa: S311
    for start_s, number in starts:
        await asyncio.sleep(began + start_s - asyncio.get_running_loop().time())
        yield number


async def run_check(platform: Platform, check: Check, *, location: str, run_id: str) -> Observation:
    """Ask once what a check asks, and return what was seen.

    Never raises because of the platform: whatever goes wrong is in the observation. The caller
    answers for the fitness of its own loop.
    """
    vantage = _Vantage(platform.name, location, run_id, Redactor())
    return await _observe(vantage, check, _asking(platform))


async def ask(
    platform: Platform, check: Check, *, location: str, run_id: str
) -> tuple[Observation, Answer | None]:
    """Ask once, and return what was seen, and the answer; ``None`` where there was none."""
    vantage = _Vantage(platform.name, location, run_id, Redactor())
    asking = _asking(platform)
    async with Doubts() as doubts:
        seen = doubts.about(check, asking, await _observe(vantage, check, asking))
    if doubts.is_open(seen):
        (seen,) = await doubts.settled([seen])
    return seen, asking.answer


@dataclass(frozen=True, slots=True)
class _Vantage:
    """From where, and for which run, is looked; secrets are masked as they are known by then."""

    platform: str
    location: str
    run_id: str
    redactor: Redactor


def _asking(platform: Platform) -> Asking:
    return Asking(
        base_url=platform.base_url,
        trace_id=new_trace_id(),
        at=datetime.now(UTC),
        clock=StageClock(),
    )


async def _observe(vantage: _Vantage, check: Check, asking: Asking) -> Observation:
    seen = await _look(check, asking)
    asking.clock.stop()
    failure = seen.failure
    return Observation(
        at=asking.at,
        platform=vantage.platform,
        kind=Kind.PROBE,
        name=check.name,
        location=vantage.location,
        run_id=vantage.run_id,
        outcome=_outcome(failure),
        duration_s=asking.clock.duration_s,
        phases=asking.clock.phases(),
        cause=failure.cause if failure else "",
        message=plain(failure.message) if failure else "",
        attributes={
            **_about(check, asking, vantage.redactor),
            **asking.learned,
            **seen.attributes,
        },
    )


def judged(observation: Observation, seen: Seen) -> Observation:
    """Return an observation with what was found when its answer was judged once more."""
    failure = seen.failure
    return replace(
        observation,
        outcome=_outcome(failure),
        cause=failure.cause if failure else "",
        message=plain(failure.message) if failure else "",
        attributes={**observation.attributes, **seen.attributes},
    )


def _about(check: Check, asking: Asking, redactor: Redactor) -> Mapping[str, Attribute]:
    return {
        "suite": check.suite,
        "kind": check.kind,
        "url": redactor.redact(check.target(asking.base_url)),
        "trace_id": asking.trace_id,
        "timeout_s": check.timeout_s,
    }


def _outcome(failure: Failure | None) -> Outcome:
    if failure is None:
        return Outcome.GOOD
    return Outcome.INVALID if failure.cause is Cause.OBSERVER else Outcome.BAD


async def _look(check: Check, asking: Asking) -> Seen:
    """The one boundary: past it, there are no exceptions of the network."""
    try:
        async with asyncio.timeout(check.timeout_s) as deadline:
            asking.lift_deadline = lambda: deadline.reschedule(None)
            asking.begin_again = lambda: _begin_again(asking, deadline, check.timeout_s)
            return await kind_of(check).look(check, asking)
    except Exception as error:  # noqa: BLE001 - every kind is translated, by one function
        asking.clock.stop()
        asking.error = error
        target = redact(check.target(asking.base_url))
        where = asking.where or target.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]
        stage = asking.clock.stage
        return Seen(explain(error, stage, where=where, timeout_s=check.timeout_s))


def _begin_again(asking: Asking, deadline: asyncio.Timeout, timeout_s: float) -> None:
    asking.clock.restart()
    asking.at = datetime.now(UTC)
    deadline.reschedule(asyncio.get_running_loop().time() + timeout_s)
