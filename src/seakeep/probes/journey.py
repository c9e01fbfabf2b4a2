"""Journeys: a visitor's walk through the platform, in a real browser, with its web vitals."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Page

from seakeep.causes import Cause
from seakeep.observation import Attribute, Kind, Observation, Outcome
from seakeep.plain import one_line
from seakeep.platform import Journey, Platform
from seakeep.probes.steps import SETTLE_LIMIT_S, answers, enter, settle, take_step
from seakeep.probes.vitals import SCRIPT, VitalsLog
from seakeep.probes.walk_time import StoppedError, WalkTime
from seakeep.probes.watchdog import Watchdog
from seakeep.redact import redact

__all__ = ["walk"]

_SCREENSHOT_TIMEOUT_MS = 3000
_READ_LIMIT_S = 2.0
"""For the last reports of all frames together; a page may have any number of them."""
_GRACE_S = 0.5


@dataclass(slots=True)
class _Sight:
    """What the page showed beside the steps: vitals, requests, errors of scripts."""

    vitals: VitalsLog = field(default_factory=VitalsLog)
    requests: int = 0
    js_errors: int = 0
    first_js_error: str = ""
    has_crashed: bool = False

    def watch(self, context: BrowserContext) -> Page:
        """Open a page that is observed in each of its frames, from the first moment on."""
        context.expose_binding("__seakeep_report", lambda _, report: self.vitals.take(report))
        context.add_init_script(path=SCRIPT)
        context.on("request", lambda request: self._count(request.url))
        context.on("weberror", lambda error: self._keep(str(error.error)))
        page = context.new_page()
        page.on("crash", lambda _: self._crash())
        return page

    def read(self, page: Page) -> None:
        """Have every frame report as it stands, before the page closes."""
        deadline = time.perf_counter() + _READ_LIMIT_S
        for frame in page.frames:
            if time.perf_counter() > deadline:
                return
            with contextlib.suppress(Error):  # it went away: its own last report counts
                frame.evaluate("() => window.__seakeep?.read()")

    def attributes(self) -> dict[str, Attribute]:
        found = self.vitals.attributes()
        found |= {"requests": self.requests, "js_errors": self.js_errors}
        if self.first_js_error:
            found["js_error"] = self.first_js_error
        return found

    def _count(self, url: str) -> None:
        self.requests += not url.startswith(("data:", "blob:"))

    def _keep(self, js_error: str) -> None:
        self.js_errors += 1
        if self.js_errors == 1:
            self.first_js_error = one_line(js_error)

    def _crash(self) -> None:
        self.has_crashed = True


def walk(
    journey: Journey,
    platform: Platform,
    open_context: Callable[[], BrowserContext],
    *,
    location: str,
    run_id: str,
    artifacts: Path,
) -> Observation:
    """Walk a journey and return what was seen; a broken browser is never the platform's fault.

    Args:
        journey: What the visitor does.
        platform: Where.
        open_context: Gives a browser context with a cold profile; whoever gives it closes it.
        location: Where this observer stands.
        run_id: The run that the observation belongs to.
        artifacts: The folder for a screenshot, should the journey fail.
    """
    at, walk_time, sight = datetime.now(UTC), WalkTime(journey.timeout_s), _Sight()
    url = platform.url(journey.start)
    attributes: dict[str, Attribute] = {"url": redact(url)}
    stopped: StoppedError | None = None
    try:
        page = _open(open_context, sight)
        watchdog, walk_time = Watchdog(page), WalkTime(journey.timeout_s)
        with watchdog.within(journey.timeout_s + SETTLE_LIMIT_S + _GRACE_S):
            stopped = _stroll(page, journey, url, walk_time)
        walk_time.stop()
        if watchdog.has_bitten:
            raise _stuck(stopped)
        if sight.has_crashed or page.is_closed():
            raise _unfit("wanted it to stay up, got a crash of the page")
        with watchdog.within(SETTLE_LIMIT_S + _READ_LIMIT_S):
            is_awake = _look_back(page, sight, walk_time)
        if stopped is not None and is_awake and not watchdog.has_bitten:
            attributes |= _screenshot(page, artifacts / f"{journey.name}.png")
    except StoppedError as error:
        stopped = error
    return Observation(
        at=at,
        platform=platform.name,
        kind=Kind.JOURNEY,
        name=journey.name,
        location=location,
        run_id=run_id,
        outcome=stopped.outcome if stopped else Outcome.GOOD,
        duration_s=walk_time.duration_s,
        cause=stopped.cause if stopped else "",
        message=one_line(str(stopped), 400) if stopped else "",
        attributes=attributes | sight.attributes(),
    )


def _open(open_context: Callable[[], BrowserContext], sight: _Sight) -> Page:
    try:
        context = open_context()
    except Exception as error:  # noqa: BLE001 - no browser, no plugin, no rights: none is the platform
        raise _unfit(f"wanted one that starts, got {error}") from None
    try:
        return sight.watch(context)
    except Error as error:
        raise _unfit(f"wanted a page, got {error}") from None


def _unfit(message: str) -> StoppedError:
    return StoppedError(Cause.BROWSER, f"browser: {message}", Outcome.INVALID)


def _stroll(page: Page, journey: Journey, url: str, walk_time: WalkTime) -> StoppedError | None:
    """Take all steps, and return why the walk ended early, if so."""
    try:
        enter(page, url, walk_time)
        for number, step in enumerate(journey.steps, start=1):
            take_step(page, step, number, walk_time)
    except StoppedError as error:
        return error
    except Error as error:
        return _unfit(str(error))
    return None


def _stuck(stopped: StoppedError | None) -> StoppedError:
    """Return why a walk ended in which the page had to be closed."""
    if stopped is not None and stopped.cause == Cause.TIMEOUT:
        return stopped
    return StoppedError(
        Cause.TIMEOUT, "wanted a page that answers, got one that is busy without end"
    )


def _look_back(page: Page, sight: _Sight, walk_time: WalkTime) -> bool:
    """Have the vitals reported as they are at the end; return whether the page can still do so."""
    if not answers(page):
        return False
    settle(page, walk_time)
    sight.read(page)
    return True


def _screenshot(page: Page, file: Path) -> dict[str, Attribute]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=file, timeout=_SCREENSHOT_TIMEOUT_MS)
    except (Error, OSError):  # the picture is a courtesy; the observation must not be lost for it
        return {}
    return {"screenshot": str(file)}
