"""The steps of a journey, on a page that may do anything, such as never answer again.

Playwright's ``title``, ``count`` and ``expect`` wait without end for a page whose scripts keep it
busy: calls that have a time-out are preferred here, and a `Watchdog` stands over all of them.
"""

from __future__ import annotations

import contextlib
import re
import time

from playwright.sync_api import Error, Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from seakeep.causes import Cause
from seakeep.duration import format_duration
from seakeep.plain import one_line
from seakeep.platform import Step, Target
from seakeep.probes.walk_time import StoppedError, WalkTime
from seakeep.redact import redact

__all__ = ["SETTLE_LIMIT_S", "answers", "enter", "settle", "take_step"]

_QUIET_S = 0.2
SETTLE_LIMIT_S = 2.0
_ANSWER_LIMIT_S = 0.5
_GLANCE_MS = 300
"""For what is told of a page beside what was wanted of it."""
_ONLY_A_STATUS = "ERR_HTTP_RESPONSE_CODE_FAILURE"
"""What Chromium says of an error status whose body is empty."""
_SEVERAL = re.compile(r"resolved to (\d+) elements")


def enter(page: Page, url: str, walk_time: WalkTime) -> None:
    """Load the first page, and let it settle: the first click ends its LCP.

    Raises:
        StoppedError: It did not load.
    """
    shown = redact(url)
    try:
        response = page.goto(url, timeout=walk_time.left_ms)
    except PlaywrightTimeoutError:
        within = format_duration(walk_time.timeout_s)
        raise StoppedError(
            Cause.TIMEOUT, f"start: wanted {shown} to load within {within}"
        ) from None
    except Error as error:
        got = error.message.partition("\n")[0].removeprefix("Page.goto: ")
        cause = Cause.STATUS if _ONLY_A_STATUS in got else Cause.START
        raise StoppedError(cause, f"start: wanted {shown} to load, got {got}") from None
    if response is not None and response.status >= 400:
        walk_time.stop()
        got = f"{response.status}: {_first_words(page)}"
        raise StoppedError(Cause.STATUS, f"start: wanted {shown} to load, got status {got}")
    settle(page, walk_time)


def settle(page: Page, walk_time: WalkTime) -> None:
    """Wait until the page is quiet; this pause is the observer's, and no part of the duration."""
    began = time.perf_counter()
    with contextlib.suppress(Error):  # it may go on to another page by itself meanwhile
        page.evaluate(
            "([quiet, limit]) => window.__seakeep?.settled(quiet, limit)",
            [_QUIET_S * 1000, SETTLE_LIMIT_S * 1000],
        )
    walk_time.pause(time.perf_counter() - began)


def answers(page: Page) -> bool:
    """Return whether the page still runs what it is asked to, and is not kept busy by itself."""
    try:
        page.wait_for_function("() => true", timeout=_ANSWER_LIMIT_S * 1000)
    except PlaywrightTimeoutError:
        return False
    except Error:  # it has closed, or crashed: whoever looks next is told
        return True
    return True


def take_step(page: Page, step: Step, number: int, walk_time: WalkTime) -> None:
    """Do one step as a visitor does: by what is seen, with trusted input.

    Raises:
        StoppedError: It could not be done within the time that is left.
    """
    verb, target = next(
        (verb, found)
        for verb, found in (("click", step.click), ("fill", step.fill), ("see", step.see))
        if found is not None
    )
    locator = _locate(page, target)
    left_ms = walk_time.left_ms
    try:
        if verb == "click":
            locator.click(timeout=left_ms)
        elif verb == "fill":
            locator.fill(step.value or "", timeout=left_ms)
        else:
            locator.first.wait_for(state="visible", timeout=left_ms)
    except Error as error:
        walk_time.stop()
        wanted = f"step {number}: wanted to {verb} {_words(target)}"
        if not answers(page):
            got = "a page that is busy and does not answer"
            raise StoppedError(Cause.TIMEOUT, f"{wanted}, got {got}") from None
        cause = Cause.ASSERTION if verb == "see" else f"step-{number}-{verb}"
        raise StoppedError(cause, f"{wanted}, got {_got(page, locator, error)}") from None


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


def _got(page: Page, locator: Locator, error: Error) -> str:
    where = f'on the page "{_title(page)}": {_first_words(page)}'
    several = _SEVERAL.search(error.message)
    if several:
        return f"{several.group(1)} of them {where}"
    if not _is_there(locator):
        return f"none {where}"
    return f"{error.message.partition(chr(10))[0]} {where}"


def _is_there(locator: Locator) -> bool:
    try:
        locator.first.wait_for(state="attached", timeout=_GLANCE_MS)
    except Error:
        return False
    return True


def _title(page: Page) -> str:
    try:
        found = page.locator("head > title").first.text_content(timeout=_GLANCE_MS)
    except Error:
        return ""
    return one_line(found or "", 80)


def _first_words(page: Page) -> str:
    try:
        return one_line(page.locator("main, body").first.inner_text(timeout=_GLANCE_MS), 120)
    except Error:
        return "(no text)"
