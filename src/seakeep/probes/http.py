"""HTTP checks: one request each, one hard deadline over all of it, and an observation."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from seakeep import __version__
from seakeep.causes import Cause
from seakeep.observation import Attribute, Kind, Observation, Outcome
from seakeep.plain import one_line, plain
from seakeep.platform import Check, Platform
from seakeep.probes.body import ACCEPTED, read_body
from seakeep.probes.causes import Failure, explain
from seakeep.probes.clock import StageClock
from seakeep.probes.expectations import Answer, judge
from seakeep.probes.transport import CLOCK, FreshConnections, warm_up
from seakeep.redact import redact
from seakeep.trace_context import new_trace_id, traceparent

__all__ = ["MAX_BODY_BYTES", "MAX_CONCURRENCY", "run_check", "run_checks"]

MAX_BODY_BYTES = 1024 * 1024
MAX_CONCURRENCY = 32
"""Few enough that the observer's own queueing does not show in the timings."""

Observer = Callable[[Check, Observation], None]


@dataclass(frozen=True, slots=True)
class _Ending:
    """How an exchange ended: what was learned, and what was wrong with it, if anything."""

    failure: Failure | None
    learned: dict[str, Attribute]


async def run_checks(
    platform: Platform,
    checks: Iterable[Check],
    *,
    location: str,
    run_id: str,
    max_concurrency: int = MAX_CONCURRENCY,
    observed: Observer = lambda _check, _observation: None,
) -> tuple[Observation, ...]:
    """Run checks side by side and return their observations, in the order of the checks.

    A check's deadline begins with its own request, so that waiting for its turn costs it nothing.

    Args:
        platform: Where the checks go.
        checks: What to ask.
        location: Where this observer stands.
        run_id: The run that the observations belong to.
        max_concurrency: The most requests in flight at once.
        observed: Called with each observation as soon as it is there.
    """
    checks = tuple(checks)
    await warm_up(tls=any(platform.url(check.path).startswith("https:") for check in checks))
    turns = asyncio.Semaphore(max_concurrency)

    async def in_turn(check: Check) -> Observation:
        async with turns:
            observation = await run_check(platform, check, location=location, run_id=run_id)
        observed(check, observation)
        return observation

    return tuple(await asyncio.gather(*(in_turn(check) for check in checks)))


async def run_check(platform: Platform, check: Check, *, location: str, run_id: str) -> Observation:
    """Send one check's request on a connection of its own, and return what was seen.

    Never raises because of the platform: whatever goes wrong is in the observation.
    """
    trace_id, url = new_trace_id(), platform.url(check.path)
    at, clock = datetime.now(UTC), StageClock()
    ending = await _exchange(check, url, trace_id, clock)
    clock.stop()
    attributes = {"suite": check.suite, "url": redact(url), "trace_id": trace_id}
    failure = ending.failure
    return Observation(
        at=at,
        platform=platform.name,
        kind=Kind.PROBE,
        name=check.name,
        location=location,
        run_id=run_id,
        outcome=_outcome(failure),
        duration_s=clock.duration_s,
        phases=clock.phases(),
        cause=failure.cause if failure else "",
        message=plain(failure.message) if failure else "",
        attributes={**attributes, **ending.learned},
    )


def _outcome(failure: Failure | None) -> Outcome:
    if failure is None:
        return Outcome.GOOD
    return Outcome.INVALID if failure.cause is Cause.OBSERVER else Outcome.BAD


async def _exchange(check: Check, url: str, trace_id: str, clock: StageClock) -> _Ending:
    """The one boundary: past it, there are no exceptions of the network."""
    learned: dict[str, Attribute] = {}
    try:
        async with asyncio.timeout(check.timeout_s):
            answer = await _answer(_request(check, url, trace_id, clock), clock, learned)
    except Exception as error:  # noqa: BLE001 - every kind is translated, by one function
        clock.stop()
        where = redact(url).split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]
        return _Ending(explain(error, clock.stage, where=where, timeout_s=check.timeout_s), learned)
    return _Ending(_judged(check, answer), learned)


def _judged(check: Check, answer: Answer) -> Failure | None:
    """Judge an answer; one that can't be judged ends in an observation, too."""
    try:
        return judge(check.expect, answer)
    except Exception as error:  # noqa: BLE001 - whatever a hostile answer brings about
        got = one_line(f"{type(error).__name__}: {error}")
        return Failure(Cause.OBSERVER, f"answer: wanted one that can be judged, got {got}")


def _request(check: Check, url: str, trace_id: str, clock: StageClock) -> httpx.Request:
    headers = httpx.Headers(
        {
            "User-Agent": f"seakeep/{__version__}",
            "Accept": "*/*",
            "Accept-Encoding": ACCEPTED,
            "Connection": "close",
        }
    )
    headers.update(check.headers)
    headers["traceparent"] = traceparent(trace_id)
    return httpx.Request(check.method, url, headers=headers, extensions={CLOCK: clock})


async def _answer(
    request: httpx.Request, clock: StageClock, learned: dict[str, Attribute]
) -> Answer:
    response = await FreshConnections().handle_async_request(request)
    try:
        learned.update(_learned(response))
        encoding = response.headers.get("content-encoding", "")
        body = await read_body(response.aiter_raw(), encoding, MAX_BODY_BYTES)
    finally:
        clock.stop()
        await response.aclose()
    learned["body_bytes"] = len(body)
    return Answer(
        status=response.status_code,
        headers=response.headers,
        body=body,
        encoding=response.charset_encoding or "utf-8",
        duration_s=clock.duration_s,
    )


def _learned(response: httpx.Response) -> dict[str, Attribute]:
    learned: dict[str, Attribute] = {
        "status": response.status_code,
        "http_version": response.http_version.removeprefix("HTTP/"),
    }
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdigit():
        learned["content_length"] = int(length)
    tls = response.extensions["network_stream"].get_extra_info("ssl_object")
    if tls is not None:
        learned.update(_tls(tls))
    return learned


def _tls(tls: ssl.SSLObject) -> dict[str, Attribute]:
    certificate = tls.getpeercert() or {}
    learned: dict[str, Attribute] = {"tls_version": tls.version() or ""}
    expiry = certificate.get("notAfter")
    if isinstance(expiry, str):
        learned["tls_days_left"] = (ssl.cert_time_to_seconds(expiry) - time.time()) / 86400
    return learned
