"""Journeys: a visitor's walk through the platform, in a real browser, with its web vitals."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from seakeep.duration import format_duration
from seakeep.observation import Attribute, Kind, Observation, Outcome
from seakeep.platform import Journey, Platform, Step, Target
from seakeep.probes.causes import one_line
from seakeep.probes.vitals import SCRIPT, VitalsLog
from seakeep.redact import redact

__all__ = ["walk"]

_QUIET_S = 0.2
_SETTLE_LIMIT_S = 2.0
_SCREENSHOT_TIMEOUT_MS = 3000
_ONLY_A_STATUS = "ERR_HTTP_RESPONSE_CODE_FAILURE"
"""What Chromium says of an error status whose body is empty."""


class _StoppedError(Exception):
    """The walk ended before its end."""

    def __init__(self, cause: str, message: str, outcome: Outcome = Outcome.BAD) -> None:
        super().__init__(message)
        self.cause = cause
        self.outcome = outcome


@dataclass(slots=True)
class _Pace:
    """The walk's time: its deadline, and the pauses that the observer makes for itself."""

    timeout_s: float
    began: float = field(default_factory=time.perf_counter)
    paused_s: float = 0.0

    @property
    def duration_s(self) -> float:
        return time.perf_counter() - self.began - self.paused_s

    @property
    def left_ms(self) -> float:
        left_s = self.timeout_s - self.duration_s
        if left_s <= 0:
            raise _StoppedError(
                "timeout", f"wanted the journey within {format_duration(self.timeout_s)}"
            )
        return left_s * 1000


@dataclass(slots=True)
class _Sight:
    """What the page showed beside the steps: vitals, requests, errors of scripts."""

    vitals: VitalsLog = field(default_factory=VitalsLog)
    requests: int = 0
    js_errors: list[str] = field(default_factory=list)
    has_crashed: bool = False

    def watch(self, context: BrowserContext) -> Page:
        """Open a page that is observed in each of its frames, from the first moment on."""
        context.expose_binding("__seakeep_report", lambda _, snapshot: self.vitals.take(snapshot))
        context.add_init_script(path=SCRIPT)
        context.on("request", lambda request: self._count(request.url))
        context.on("weberror", lambda error: self.js_errors.append(str(error.error)))
        page = context.new_page()
        page.on("crash", lambda _: self._crash())
        return page

    def read(self, page: Page) -> None:
        """Read every frame as it stands, before the page closes."""
        for frame in page.frames:
            try:
                self.vitals.take(frame.evaluate("() => window.__seakeep?.read()"))
            except Error:  # the frame went away in between: its own last report counts
                continue

    def attributes(self) -> dict[str, Attribute]:
        found = self.vitals.attributes()
        found |= {"requests": self.requests, "js_errors": len(self.js_errors)}
        if self.js_errors:
            found["js_error"] = one_line(self.js_errors[0])
        return found

    def _count(self, url: str) -> None:
        self.requests += not url.startswith(("data:", "blob:"))

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
    at, pace, sight = datetime.now(UTC), _Pace(journey.timeout_s), _Sight()
    url = platform.url(journey.start)
    attributes: dict[str, Attribute] = {"url": redact(url)}
    stopped: _StoppedError | None = None
    try:
        page = _open(open_context, sight)
        pace = _Pace(journey.timeout_s)
        stopped = _stroll(page, journey, url, pace, sight)
        if stopped is not None:
            attributes |= _screenshot(page, artifacts / f"{journey.name}.png")
    except _StoppedError as error:
        stopped = error
    return Observation(
        at=at,
        platform=platform.name,
        kind=Kind.JOURNEY,
        name=journey.name,
        location=location,
        run_id=run_id,
        outcome=stopped.outcome if stopped else Outcome.GOOD,
        duration_s=pace.duration_s,
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


def _unfit(message: str) -> _StoppedError:
    return _StoppedError("browser", f"browser: {message}", Outcome.INVALID)


def _stroll(
    page: Page, journey: Journey, url: str, pace: _Pace, sight: _Sight
) -> _StoppedError | None:
    """Take all steps, read the vitals at the end, and return why it ended early, if so."""
    stopped: _StoppedError | None = None
    try:
        _enter(page, url, pace)
        for number, step in enumerate(journey.steps, start=1):
            _take(page, step, number, pace)
    except _StoppedError as error:
        stopped = error
    except Error as error:
        stopped = _unfit(str(error))
    if sight.has_crashed or page.is_closed():
        return _unfit("wanted it to stay up, got a crash of the page")
    _settle(page, pace)
    sight.read(page)
    return stopped


def _enter(page: Page, url: str, pace: _Pace) -> None:
    """Load the first page, and let it settle: the first click ends its LCP."""
    shown = redact(url)
    try:
        response = page.goto(url, timeout=pace.left_ms)
    except PlaywrightTimeoutError:
        raise _StoppedError(
            "timeout", f"start: wanted {shown} to load within {format_duration(pace.timeout_s)}"
        ) from None
    except Error as error:
        got = error.message.partition("\n")[0].removeprefix("Page.goto: ")
        cause = "status" if _ONLY_A_STATUS in got else "start"
        raise _StoppedError(cause, f"start: wanted {shown} to load, got {got}") from None
    if response is not None and response.status >= 400:
        got = f"{response.status}: {_first_words(page)}"
        raise _StoppedError("status", f"start: wanted {shown} to load, got status {got}")
    _settle(page, pace)


def _settle(page: Page, pace: _Pace) -> None:
    """Wait until the page is quiet; this pause is the observer's, and no part of the duration."""
    began = time.perf_counter()
    with contextlib.suppress(Error):  # it may go on to another page by itself meanwhile
        page.evaluate(
            "([quiet, limit]) => window.__seakeep?.settled(quiet, limit)",
            [_QUIET_S * 1000, _SETTLE_LIMIT_S * 1000],
        )
    pace.paused_s += time.perf_counter() - began


def _take(page: Page, step: Step, number: int, pace: _Pace) -> None:
    """Do one step as a visitor does: by what is seen, with trusted input."""
    verb, target = next(
        (verb, found)
        for verb, found in (("click", step.click), ("fill", step.fill), ("see", step.see))
        if found is not None
    )
    locator = _locate(page, target)
    left_ms = pace.left_ms
    try:
        if verb == "click":
            locator.click(timeout=left_ms)
        elif verb == "fill":
            locator.fill(step.value or "", timeout=left_ms)
        else:
            expect(locator.first).to_be_visible(timeout=left_ms)
    except (Error, AssertionError) as error:
        cause = "assertion" if verb == "see" else f"step-{number}-{verb}"
        wanted = f"step {number}: wanted to {verb} {_words(target)}"
        raise _StoppedError(cause, f"{wanted}, got {_got(page, locator, error)}") from None


def _locate(page: Page, target: Target) -> Locator:
    """Find by whole names: a heading "Correct" must not be found in "Incorrect"."""
    if target.role == "status" and target.name is not None:  # a status has no name but its text
        whole = re.compile(rf"^\s*{re.escape(target.name)}\s*$")
        return page.get_by_role("status").filter(has_text=whole)
    if target.role is not None:
        return page.get_by_role(target.role, name=target.name, exact=True)
    if target.label is not None:
        return page.get_by_label(target.label, exact=True)
    return page.get_by_text(target.text or "")


def _words(target: Target) -> str:
    if target.role is not None:
        return f'{target.role} "{target.name}"' if target.name else f"a {target.role}"
    return f'the field "{target.label}"' if target.label is not None else f'"{target.text}"'


def _got(page: Page, locator: Locator, error: Error | AssertionError) -> str:
    try:
        count = locator.count()
        title = page.title()
    except Error:
        return str(error).partition("\n")[0]
    where = f'on the page "{title}": {_first_words(page)}'
    if count == 0:
        return f"none {where}"
    if count > 1:
        return f"{count} of them {where}"
    return f"{str(error).partition(chr(10))[0]} {where}"


def _first_words(page: Page) -> str:
    try:
        return one_line(page.locator("main, body").first.inner_text(timeout=500), 120)
    except Error:
        return "(no text)"


def _screenshot(page: Page, file: Path) -> dict[str, Attribute]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=file, timeout=_SCREENSHOT_TIMEOUT_MS)
    except (Error, OSError):  # the picture is a courtesy; the observation must not be lost for it
        return {}
    return {"screenshot": str(file)}
