"""HTTP checks: one request each on a connection of its own, read to its end and judged."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx

from seakeep import __version__
from seakeep.causes import Cause, Failure
from seakeep.checks.http import HttpCheck
from seakeep.plain import one_line
from seakeep.probes.answer import Answer
from seakeep.probes.body import ACCEPTED, read_body
from seakeep.probes.certificate import tls_facts
from seakeep.probes.curl import curl_line
from seakeep.probes.expectations import judge
from seakeep.probes.kind import Asking, Kind, Seen
from seakeep.probes.transport import CLOCK, FreshConnections
from seakeep.trace_context import traceparent

__all__ = ["KIND", "look"]


async def look(check: HttpCheck, asking: Asking) -> Seen:
    """Send a check's request, and judge its answer."""
    answer = await _answer(check, _request(check, asking), asking)
    return _judged(check, answer)


def _judged(check: HttpCheck, answer: Answer) -> Seen:
    """Judge an answer; one that can't be judged ends in an observation, too."""
    try:
        return judge(check.expect, answer)
    except Exception as error:  # noqa: BLE001 - whatever a hostile answer brings about
        got = one_line(f"{type(error).__name__}: {error}")
        return Seen(Failure(Cause.OBSERVER, f"answer: wanted one that can be judged, got {got}"))


def _request(check: HttpCheck, asking: Asking) -> httpx.Request:
    headers = httpx.Headers(
        {
            "User-Agent": f"seakeep/{__version__}",
            "Accept": "*/*",
            "Accept-Encoding": ACCEPTED,
            "Connection": "close",
        }
    )
    headers.update(check.headers)
    headers["traceparent"] = traceparent(asking.trace_id)
    url = check.target(asking.base_url)
    return httpx.Request(check.verb, url, headers=headers, extensions={CLOCK: asking.clock})


async def _answer(check: HttpCheck, request: httpx.Request, asking: Asking) -> Answer:
    response = await FreshConnections().handle_async_request(request)
    try:
        _learn(response, asking)
        encoding = response.headers.get("content-encoding", "")
        body = await read_body(response.aiter_raw(), encoding, check.body_limit_bytes)
    finally:
        asking.clock.stop()
        await response.aclose()
    asking.learned["body_bytes"] = len(body)
    tls = response.extensions["network_stream"].get_extra_info("ssl_object")
    return Answer(
        status=response.status_code,
        headers=response.headers,
        body=body,
        encoding=response.charset_encoding or "utf-8",
        duration_s=asking.clock.duration_s,
        at=datetime.now(UTC),
        url=str(request.url),
        tls=tls_facts(tls) if tls is not None else None,
    )


def _learn(response: httpx.Response, asking: Asking) -> None:
    learned = asking.learned
    learned["status"] = response.status_code
    learned["http_version"] = response.http_version.removeprefix("HTTP/")
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdigit():
        learned["content_length"] = int(length)


KIND = Kind(check=HttpCheck, look=look, repeat=curl_line)
