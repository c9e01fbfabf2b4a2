"""Pushes a run's metrics to a Pushgateway, and never holds a run up for it.

Each group is replaced whole (PUT), so that a check which was removed disappears. Groups go out
side by side, and all of it together ends within `LIMIT_S`, whatever the gateway does.
See https://github.com/prometheus/pushgateway#api.
"""

from __future__ import annotations

import asyncio
import base64
import re
import threading
import time
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote

import httpx

from seakeep.errors import UsageError
from seakeep.plain import plain
from seakeep.reports.bounded_loop import BoundedLoop
from seakeep.reports.metrics import metric_groups
from seakeep.reports.run_record import PushOutcome, RunReport
from seakeep.reports.series import MetricGroup, text

__all__ = ["LIMIT_S", "PushOutcome", "check_gateway", "group_path", "push"]

LIMIT_S = 5.0
"""The most that one push may take, in seconds."""

_SLACK_S = 0.3
"""Kept back for winding up: cancelled connections still have to be closed."""

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SAFE_VALUE = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._~-]+")


def push(report: RunReport | Sequence[MetricGroup], url: str) -> PushOutcome:
    """Push a run's metrics, and say once what came of it; network trouble raises nothing.

    Args:
        report: The run, or the groups that were made of it.
        url: The gateway's URL; its user information becomes basic authentication, its path a
            prefix.

    Raises:
        UsageError: ``url`` is not an ``http`` or ``https`` URL with a host.
    """
    began = time.monotonic()
    gateway, auth = _gateway(url)
    groups = metric_groups(report) if isinstance(report, RunReport) else tuple(report)
    taken: list[str] = []
    errors: list[str] = []
    bodies = {group_path(group.key): text(group.samples) for group in groups}
    left_s = max(0.1, LIMIT_S - _SLACK_S - (time.monotonic() - began))

    def run() -> None:
        with asyncio.Runner(loop_factory=BoundedLoop) as runner:
            runner.run(_put_all(gateway, auth, bodies, left_s, taken, errors))

    # A thread of its own: the caller may have a loop already (a browser's, say), and not even
    # a loop that is stuck may hold the caller up.
    thread = threading.Thread(target=run, name="seakeep-push", daemon=True)
    thread.start()
    thread.join(max(0.1, LIMIT_S - (time.monotonic() - began)))
    return _outcome(gateway, len(bodies), tuple(taken), tuple(errors), time.monotonic() - began)


def check_gateway(url: str) -> None:
    """Return when a URL can be a Pushgateway's; it is not asked.

    Raises:
        UsageError: ``url`` is not an ``http`` or ``https`` URL with a host.
    """
    _gateway(url)


def group_path(key: Mapping[str, str]) -> str:
    """Return the path of a group: ``/metrics/job/<job>/<label>/<value>``.

    Values with a slash, and empty ones, must be base64; others may be, and those that are not
    plain ASCII words are. See https://github.com/prometheus/pushgateway#url.
    """
    parts = []
    for name, value in key.items():
        if _SAFE_VALUE.fullmatch(value):
            parts.append(f"{name}/{value}")
        else:
            encoded = base64.urlsafe_b64encode(value.encode()).decode() or "="
            parts.append(f"{quote(name)}@base64/{encoded}")
    return "/metrics/" + "/".join(parts)


def _gateway(url: str) -> tuple[httpx.URL, httpx.BasicAuth | None]:
    """Return the gateway without its user information, and that as authentication."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        parsed = httpx.URL("")
    if parsed.scheme not in {"http", "https"} or not parsed.host or re.search(r"\s", url):
        shown = plain(url.rsplit("@", 1)[-1], 200)
        raise UsageError(
            f"found {shown!r} as the Pushgateway; wanted an http:// or https:// URL with a host, "
            "such as http://127.0.0.1:9091"
        )
    bare = parsed.copy_with(userinfo=b"", query=None, fragment=None)
    if not parsed.userinfo:
        return bare, None
    name, _, password = parsed.userinfo.decode("latin-1").partition(":")
    return bare, httpx.BasicAuth(unquote(name), unquote(password))


async def _put_all(
    gateway: httpx.URL,
    auth: httpx.BasicAuth | None,
    bodies: Mapping[str, bytes],
    limit_s: float,
    taken: list[str],
    errors: list[str],
) -> None:
    """Put every group; what was taken and what was not is known even when time runs out."""

    async def put(path: str, body: bytes) -> None:
        target = gateway.copy_with(path=gateway.path.rstrip("/"))
        error = await _put(client, f"{target}{path}", body)
        (errors if error else taken).append(error or path)

    try:
        async with (
            asyncio.timeout(limit_s),
            httpx.AsyncClient(auth=auth, timeout=None) as client,  # noqa: S113 - bounded above
            asyncio.TaskGroup() as tasks,
        ):
            for path, body in bodies.items():
                tasks.create_task(put(path, body))
    except TimeoutError:
        errors.append(f"no answer within {LIMIT_S:g} s")
    except (OSError, ValueError, httpx.InvalidURL) as error:
        # The environment names a proxy or a certificate bundle that can't be used.
        errors.append(str(error))


async def _put(client: httpx.AsyncClient, url: str, body: bytes) -> str:
    """Put one group; return what went wrong, or nothing."""
    headers = {"Content-Type": _CONTENT_TYPE}
    try:
        # Streamed, so that an answer of any size costs nothing.
        async with client.stream("PUT", url, content=body, headers=headers) as answer:
            if answer.is_success:
                return ""
            reason = await _beginning(answer)
            hint = f": {reason}" if reason else ""
            return f"answered {answer.status_code} {answer.reason_phrase}".rstrip() + hint
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return str(error).strip() or type(error).__name__


async def _beginning(answer: httpx.Response) -> str:
    """Return the first line of an answer; raw, as it might be packed to burst."""
    async for chunk in answer.aiter_raw():
        return chunk[:200].decode("utf-8", "replace").strip().split("\n")[0]
    return ""


def _outcome(
    gateway: httpx.URL, groups: int, taken: Sequence[str], errors: Sequence[str], duration_s: float
) -> PushOutcome:
    error = ""
    if len(taken) < groups:
        # All groups fail alike: the first error speaks for the others.
        reason = plain(errors[0] if errors else f"no answer within {LIMIT_S:g} s", 300)
        error = (
            f"the Pushgateway {plain(str(gateway))} took {len(taken)} of {groups} groups: {reason}"
        )
    return PushOutcome(ok=not error, groups=len(taken), duration_s=duration_s, error=error)
