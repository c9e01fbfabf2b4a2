"""HTTP checks: one request each on a connection of its own, read to its end and judged."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx

from seakeep import __version__
from seakeep.causes import Cause, Failure
from seakeep.checks.authentication import Authentication
from seakeep.checks.http import HttpCheck
from seakeep.plain import one_line
from seakeep.probes.answer import Answer
from seakeep.probes.authorization import authorization, needs_token, not_taken
from seakeep.probes.body import ACCEPTED, read_body
from seakeep.probes.certificate import TlsFacts
from seakeep.probes.connection_facts import learn_address, learn_tls
from seakeep.probes.curl import curl_line
from seakeep.probes.expectations import judge_aside
from seakeep.probes.kind import Asking, Kind, Seen
from seakeep.probes.outgoing import Outgoing, outgoing
from seakeep.probes.redirects import follow
from seakeep.probes.transport import FreshConnections
from seakeep.redact import redact
from seakeep.trace_context import traceparent

__all__ = ["KIND", "look"]

_USUAL_HEADERS = (
    (b"User-Agent", f"seakeep/{__version__}".encode()),
    (b"Accept", b"*/*"),
    (b"Accept-Encoding", ACCEPTED.encode()),
    (b"Connection", b"close"),
)


async def look(check: HttpCheck, asking: Asking) -> Seen:
    """Send a check's request, follow its redirects, and judge the answer."""
    request = await _request(check, asking)
    transport = FreshConnections(check, asking.clock)
    tls: TlsFacts | None = None
    try:
        response, redirects = await _send(check, request, transport)
        body = await _read(check, response, asking)
    finally:
        asking.clock.stop()
        asking.where, asking.where_led = transport.where, transport.requests > 1
        tls = _learn_connection(transport, asking)
        transport.close()
    _learn_length(response, body, asking)
    asking.learned["redirects"] = redirects
    if redirects:
        asking.learned["final_url"] = redact(transport.url)
    asking.answer = answer = Answer(
        status=response.status_code,
        headers=response.headers,
        body=body,
        encoding=_charset(response.headers.get("content-type", "")),
        duration_s=asking.clock.duration_s,
        at=datetime.now(UTC),
        url=transport.url,
        redirects=redirects,
        http_version=response.http_version.removeprefix("HTTP/"),
        tls=tls,
    )
    asking.lift_deadline()
    return await _judged(check, answer)


async def _request(check: HttpCheck, asking: Asking) -> Outgoing:
    own = {name.lower().encode() for name in check.headers}
    headers = [(name, value) for name, value in _USUAL_HEADERS if name.lower() not in own]
    headers += [(name.encode(), value.encode()) for name, value in check.headers.items()]
    headers.append((b"traceparent", traceparent(asking.trace_id).encode()))
    if check.body is not None and b"content-type" not in own:
        headers.append((b"Content-Type", check.body.content_type.encode()))
    if check.authentication is not None:
        headers.append((b"Authorization", await _authorization(check.authentication, asking)))
    content = None if check.body is None else check.body.content
    return outgoing(check.verb, check.target(asking.base_url), headers, content)


async def _authorization(authentication: Authentication, asking: Asking) -> bytes:
    """Say who asks; a token is fetched with a deadline of its own, for all checks at once."""
    if not needs_token(authentication):
        return await authorization(authentication)
    asking.lift_deadline()
    try:
        return await authorization(authentication)
    finally:
        asking.begin_again()


async def _send(
    check: HttpCheck, request: Outgoing, transport: FreshConnections
) -> tuple[httpx.Response, int]:
    if check.redirects == 0:
        return await transport.send(request), 0
    first = httpx.Request(
        request.method, request.url, headers=list(request.headers), content=request.content
    )
    client = httpx.AsyncClient(transport=transport, trust_env=False, timeout=None)  # noqa: S113
    return await follow(client, first, most=check.redirects, own_headers=check.headers)


async def _read(check: HttpCheck, response: httpx.Response, asking: Asking) -> bytes:
    asking.learned["status"] = response.status_code
    asking.learned["http_version"] = response.http_version.removeprefix("HTTP/")
    if response.status_code == 401 and needs_token(check.authentication):
        not_taken(check.authentication)
    if check.verb == "HEAD":
        return b""
    encoding = response.headers.get("content-encoding", "")
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - our own transport's
    return await read_body(response.stream, encoding, check.body_limit_bytes)


def _charset(content_type: str) -> str:
    """Return the character set that a content type names, else that of JSON and most pages."""
    if "charset" not in content_type.lower():
        return "utf-8"
    return httpx.Response(200, headers={"Content-Type": content_type}).charset_encoding or "utf-8"


def _learn_connection(transport: FreshConnections, asking: Asking) -> TlsFacts | None:
    """Note the address, and what TLS was like, also of an exchange that failed later."""
    stream = transport.stream
    if transport.address:
        learn_address(transport.address, asking)
    if stream is None or stream.tls is None or not stream.tls.version():
        return None
    return learn_tls(stream, asking)


def _learn_length(response: httpx.Response, body: bytes, asking: Asking) -> None:
    learned = asking.learned
    learned["body_bytes"] = len(body)
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 19:
        learned["content_length"] = int(length)


async def _judged(check: HttpCheck, answer: Answer) -> Seen:
    """Judge an answer; one that can't be judged ends in an observation, too."""
    try:
        return await judge_aside(check.expect, answer)
    except Exception as error:  # noqa: BLE001 - whatever a hostile answer brings about
        got = one_line(f"{type(error).__name__}: {error}")
        return Seen(Failure(Cause.OBSERVER, f"answer: wanted one that can be judged, got {got}"))


KIND = Kind(check=HttpCheck, look=look, repeat=curl_line)
