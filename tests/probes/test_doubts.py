"""Checks of an observer that is not fit: invalid, and never held against the platform."""

from __future__ import annotations

import asyncio
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from typing import TYPE_CHECKING

from seakeep.fitness_wording import fitness_summary
from seakeep.observation import Observation, Outcome
from seakeep.platform import Platform
from seakeep.probes.engine import run_checks

if TYPE_CHECKING:
    from tests.probes.conftest import Servers

PlatformAt = Callable[..., Platform]


async def silence(_: StreamReader, __: StreamWriter) -> None:
    await asyncio.sleep(60)


def look(platform: Platform, told: list[str] | None = None) -> tuple[Observation, ...]:
    return asyncio.run(
        run_checks(
            platform,
            platform.checks,
            location="here",
            run_id="r1",
            observed=lambda check, _: None if told is None else told.append(check.name),
        )
    )


def test_a_deadline_that_passed_while_this_process_stood_still_is_nobody_s_fault(
    servers: Servers, platform_at: PlatformAt
) -> None:
    platform = platform_at(servers.serve(silence), {"timeout": "400ms"})

    async def stand_still() -> tuple[Observation, ...]:
        asyncio.get_running_loop().call_later(0.1, time.sleep, 1.2)
        return await run_checks(platform, platform.checks, location="here", run_id="r1")

    (seen,) = asyncio.run(stand_still())
    assert seen.outcome is Outcome.INVALID
    assert seen.cause in {"observer-lag", "observer-cpu"}
    assert seen.message.endswith("it would have been timeout-read")
    assert fitness_summary([seen]) is not None


def test_a_resolver_that_knows_no_name_at_all_is_not_the_platform_s_fault(
    servers: Servers, platform_at: PlatformAt
) -> None:
    nowhere = [{"path": "http://seakeep-a.example/"}, {"path": "http://seakeep-b.test/"}]
    told: list[str] = []
    seen = look(platform_at(servers.answer(), *nowhere, {}), told)
    assert [(one.outcome, one.cause) for one in seen] == [
        (Outcome.INVALID, "observer-resolver"),
        (Outcome.INVALID, "observer-resolver"),
        (Outcome.GOOD, ""),
    ]
    assert sorted(told) == ["check-0", "check-1", "check-2"]


def test_a_name_that_can_not_exist_is_the_platform_s_own(platform_at: PlatformAt) -> None:
    (seen,) = look(platform_at("http://nowhere.invalid"))
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "dns")


def test_a_silent_platform_stays_bad_when_the_observer_is_fit(
    servers: Servers, platform_at: PlatformAt
) -> None:
    (seen,) = look(platform_at(servers.serve(silence), {"timeout": "800ms"}))
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "timeout-read")
