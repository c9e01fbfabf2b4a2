"""Runs checks of all kinds side by side, and turns each into one observation."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping
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
from seakeep.probes.causes import explain
from seakeep.probes.clock import StageClock
from seakeep.probes.kind import Asking, Seen
from seakeep.probes.kind import Kind as KindOfCheck
from seakeep.probes.tls_contexts import warm_up
from seakeep.probes.turns import Turns
from seakeep.redact import redact
from seakeep.trace_context import new_trace_id

__all__ = ["kind_of", "run_check", "run_checks"]

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

    async def in_turn(check: Check) -> Observation:
        if platform.limits.spread_s is not None:
            await asyncio.sleep(random.uniform(0, platform.limits.spread_s))  # noqa: S311
        async with turns.taken():
            observation = await run_check(platform, check, location=location, run_id=run_id)
        observed(check, observation)
        return observation

    return tuple(await asyncio.gather(*(in_turn(check) for check in checks)))


async def run_check(platform: Platform, check: Check, *, location: str, run_id: str) -> Observation:
    """Ask once what a check asks, and return what was seen.

    Never raises because of the platform: whatever goes wrong is in the observation.
    """
    asking = Asking(
        base_url=platform.base_url,
        trace_id=new_trace_id(),
        at=datetime.now(UTC),
        clock=StageClock(),
    )
    seen = await _look(check, asking)
    asking.clock.stop()
    failure = seen.failure
    return Observation(
        at=asking.at,
        platform=platform.name,
        kind=Kind.PROBE,
        name=check.name,
        location=location,
        run_id=run_id,
        outcome=_outcome(failure),
        duration_s=asking.clock.duration_s,
        phases=asking.clock.phases(),
        cause=failure.cause if failure else "",
        message=plain(failure.message) if failure else "",
        attributes=_attributes(check, asking, seen.attributes),
    )


def _attributes(
    check: Check, asking: Asking, seen: Mapping[str, Attribute]
) -> Mapping[str, Attribute]:
    return {
        "suite": check.suite,
        "kind": check.kind,
        "url": redact(check.target(asking.base_url)),
        "trace_id": asking.trace_id,
        "timeout_s": check.timeout_s,
        **asking.learned,
        **seen,
    }


def _outcome(failure: Failure | None) -> Outcome:
    if failure is None:
        return Outcome.GOOD
    return Outcome.INVALID if failure.cause is Cause.OBSERVER else Outcome.BAD


async def _look(check: Check, asking: Asking) -> Seen:
    """The one boundary: past it, there are no exceptions of the network."""
    try:
        async with asyncio.timeout(check.timeout_s) as deadline:
            asking.begin_again = lambda: _begin_again(asking, deadline, check.timeout_s)
            return await kind_of(check).look(check, asking)
    except Exception as error:  # noqa: BLE001 - every kind is translated, by one function
        asking.clock.stop()
        target = redact(check.target(asking.base_url))
        where = target.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]
        stage = asking.clock.stage
        return Seen(explain(error, stage, where=where, timeout_s=check.timeout_s))


def _begin_again(asking: Asking, deadline: asyncio.Timeout, timeout_s: float) -> None:
    asking.clock.restart()
    asking.at = datetime.now(UTC)
    deadline.reschedule(asyncio.get_running_loop().time() + timeout_s)
