"""Journeys in a real Chromium: steps, causes, vitals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from seakeep.observation import Observation, Outcome
from seakeep.platform import Platform
from seakeep.probes.browser import launch_arguments
from seakeep.probes.journey import walk

if TYPE_CHECKING:
    from tests.probes.conftest import Servers

Walk = Callable[..., Observation]
PAGE = "<!doctype html><title>{title}</title><link rel=icon href=data:,><main>{main}</main>"
BUSY = "const end = performance.now() + {ms}; while (performance.now() < end);"
SEE_DONE = {"see": {"text": "Done"}}


def page(main: str, title: str = "A page") -> str:
    return PAGE.format(title=title, main=main)


def number(seen: Observation, name: str) -> float:
    return float(seen.attributes[name])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        own = playwright.chromium
        browser = own.launch(**launch_arguments({}, own.executable_path))
        yield browser
        browser.close()


@pytest.fixture
def walked(
    chromium: Browser, servers: Servers, platform_at: Callable[..., Platform], tmp_path: Path
) -> Iterator[Callable[..., Observation]]:
    contexts: list[BrowserContext] = []

    def open_context() -> BrowserContext:
        contexts.append(chromium.new_context())
        return contexts[-1]

    def walk_through(
        pages: dict[str, str],
        *steps: dict[str, Any],
        open_context: Callable[[], BrowserContext] = open_context,
        **parts: object,
    ) -> Observation:
        journey = {"name": "walk", "start": "/", "timeout": "5s", "steps": [*steps], **parts}
        platform = platform_at(servers.pages(pages), journeys=[journey])
        return walk(
            platform.journeys[0],
            platform,
            open_context,
            location="here",
            run_id="r1",
            artifacts=tmp_path / "artifacts",
        )

    yield walk_through
    for context in contexts:
        context.close()


def test_a_walk_over_several_pages_is_good_and_counts_them(walked: Walk) -> None:
    pages = {
        "/": page("<h1>Start</h1><a href=/form>Go on</a>"),
        "/form": page(
            "<form action=/end><label>Your name<input name=n></label><button>Send</button></form>"
        ),
        "/end?n=Ann": page("<p role=status>Done</p>"),
    }
    seen = walked(
        pages,
        {"click": {"role": "link", "name": "Go on"}},
        {"fill": {"label": "Your name"}, "value": "Ann"},
        {"click": {"role": "button", "name": "Send"}},
        {"see": {"role": "status", "name": "Done"}},
    )
    assert (seen.outcome, seen.cause, seen.message) == (Outcome.GOOD, "", "")
    assert seen.attributes["requests"] == 3
    assert seen.attributes["js_errors"] == 0
    assert number(seen, "bytes") > 500
    assert seen.duration_s < 5


def test_without_interaction_inp_and_fid_are_absent(walked: Walk) -> None:
    seen = walked({"/": page("<h1>Done</h1>")}, SEE_DONE)
    assert "inp_ms" not in seen.attributes
    assert "fid_ms" not in seen.attributes
    assert number(seen, "cls") == 0
    assert 0 < number(seen, "ttfb_ms") <= number(seen, "fcp_ms") < 5000
    assert number(seen, "fcp_ms") <= number(seen, "lcp_ms")
    assert number(seen, "dom_ms") <= number(seen, "load_ms")


def test_a_click_that_takes_long_is_the_inp(walked: Walk) -> None:
    script = f"<script>go.onclick = () => {{ {BUSY.format(ms=150)} end_.hidden = false }}</script>"
    main = f"<button id=go>Go</button><p id=end_ hidden>Done</p>{script}"
    seen = walked({"/": page(main)}, {"click": {"role": "button", "name": "Go"}}, SEE_DONE)
    assert seen.outcome is Outcome.GOOD
    assert 150 <= number(seen, "inp_ms") < 1000
    assert number(seen, "fid_ms") < 150
    assert number(seen, "long_tasks") >= 1


def test_a_click_that_leads_away_still_has_its_inp(walked: Walk) -> None:
    pages = {
        "/": page(f'<a href=/end onclick="{BUSY.format(ms=120)}">Go</a>'),
        "/end": page("Done"),
    }
    seen = walked(pages, {"click": {"role": "link", "name": "Go"}}, SEE_DONE)
    assert 120 <= number(seen, "inp_ms") < 1000


def test_a_page_that_shifts_has_cls(walked: Walk) -> None:
    script = "<script>setTimeout(() => late.style.height = '200px', 150)</script>"
    main = f"<div id=late></div><h1>Done</h1><p style=height:300px>text{script}"
    seen = walked({"/": page(main)}, SEE_DONE)
    assert 0.01 < number(seen, "cls") < 1


def test_lcp_is_that_of_the_largest_and_latest_paint(walked: Walk) -> None:
    big = "<h1 style=font-size:120px>Much larger than all</h1>"
    script = f"<script>setTimeout(() => late.innerHTML = '{big}', 300)</script>"
    steps = ({"see": {"text": "Much larger than all"}},)
    seen = walked({"/": page(f"<p>Done</p><div id=late></div>{script}")}, *steps)
    assert number(seen, "lcp_ms") >= 300
    assert number(seen, "fcp_ms") < number(seen, "lcp_ms")


def test_the_vitals_of_a_frame_count_apart(walked: Walk) -> None:
    pages = {
        "/": page("Done<iframe src=/inner width=600 height=400></iframe>"),
        "/inner": page("<h1>Inner</h1>"),
    }
    seen = walked(pages, SEE_DONE)
    assert number(seen, "frame_lcp_ms") > 0


def test_errors_of_scripts_and_rejections_are_counted(walked: Walk) -> None:
    script = "<script>Promise.reject(new Error('second'))</script>"
    main = f"Done<script>throw new Error('first one')</script>{script}"
    seen = walked({"/": page(main)}, SEE_DONE)
    assert seen.attributes["js_errors"] == 2
    assert "first one" in str(seen.attributes["js_error"])
    assert seen.outcome is Outcome.GOOD


def test_what_is_not_seen_is_an_assertion_with_a_picture(walked: Walk) -> None:
    pages = {"/": page("<h1>Incorrect</h1>", "Result")}
    seen = walked(pages, {"see": {"role": "heading", "name": "Correct"}}, timeout="1s")
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "assertion")
    assert seen.message == (
        'step 1: wanted to see heading "Correct", got none on the page "Result": Incorrect'
    )
    assert Path(str(seen.attributes["screenshot"])).stat().st_size > 1000


def test_what_can_not_be_clicked_names_the_step(walked: Walk) -> None:
    steps = ({"see": {"text": "Hello"}}, {"click": {"role": "button", "name": "Go"}}, SEE_DONE)
    seen = walked({"/": page("Hello")}, *steps, timeout="1s")
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "step-2-click")
    assert 0.9 < seen.duration_s < 2


def test_a_start_that_is_not_found_is_status(walked: Walk) -> None:
    seen = walked({}, SEE_DONE)
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "status")


def test_a_platform_that_refuses_is_bad_at_the_start(
    chromium: Browser, platform_at: Callable[..., Platform], tmp_path: Path
) -> None:
    journey = {"name": "walk", "start": "/", "timeout": "5s", "steps": [SEE_DONE]}
    platform = platform_at("http://127.0.0.1:1", journeys=[journey])
    seen = walk(
        platform.journeys[0],
        platform,
        chromium.new_context,
        location="here",
        run_id="r1",
        artifacts=tmp_path,
    )
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "start")


def test_no_browser_is_the_observers_fault(walked: Walk) -> None:
    def no_browser() -> BrowserContext:
        raise RuntimeError("no browser: wanted one")

    seen = walked({"/": page("Done")}, SEE_DONE, open_context=no_browser)
    assert (seen.outcome, seen.cause) == (Outcome.INVALID, "browser")


def test_the_pauses_of_the_observer_are_no_part_of_the_duration(walked: Walk) -> None:
    began = time.perf_counter()
    seen = walked({"/": page("Done")}, SEE_DONE)
    assert seen.duration_s < time.perf_counter() - began - 0.2


LOOP = "for (;;);"


def test_a_page_that_never_answers_again_ends_the_walk(walked: Walk) -> None:
    began = time.perf_counter()
    main = f"Hello<script>setTimeout(() => {{ {LOOP} }}, 250)</script>"
    seen = walked({"/": page(main)}, SEE_DONE, timeout="500ms")
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "timeout"), seen.message
    assert "busy" in seen.message
    assert time.perf_counter() - began < 4.5
    assert walked({"/": page("Done")}, SEE_DONE).outcome is Outcome.GOOD


def test_a_click_that_never_returns_ends_the_walk(walked: Walk) -> None:
    main = f"<button onclick='{LOOP}'>Go</button>"
    seen = walked(
        {"/": page(main)}, {"click": {"role": "button", "name": "Go"}}, SEE_DONE, timeout="1s"
    )
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "timeout"), seen.message
    assert 'step 1: wanted to click button "Go", got a page that is busy' in seen.message
    assert 0.9 < seen.duration_s < 1.3


def test_a_page_that_hangs_after_its_last_step_does_not_hang_the_observer(walked: Walk) -> None:
    began = time.perf_counter()
    main = f"<p>Done</p><script>setTimeout(() => {{ {LOOP} }}, 1000)</script><p id=x>{{}}</p>"
    script = "<script>setInterval(() => { x.textContent += 1 }, 20)</script>"
    seen = walked({"/": page(main + script)}, SEE_DONE)
    assert seen.outcome is Outcome.GOOD
    assert time.perf_counter() - began < 8


def test_a_page_that_lies_to_the_observer_is_not_believed(walked: Walk) -> None:
    lies = "for (const x of [null, 7, {}, '{}', '[]', 'x'.repeat(1e5)]) __seakeep_report(x);"
    seen = walked({"/": page(f"Done<script>{lies}</script>")}, SEE_DONE)
    assert (seen.outcome, seen.message) == (Outcome.GOOD, "")
    assert number(seen, "fcp_ms") > 0


def test_more_than_one_of_what_is_to_be_clicked_is_told(walked: Walk) -> None:
    buttons = page("<button>Go</button><button>Go</button>", "Two")
    seen = walked({"/": buttons}, {"click": {"role": "button", "name": "Go"}}, SEE_DONE)
    assert seen.cause == "step-1-click"
    assert 'got 2 of them on the page "Two": GoGo' in seen.message
