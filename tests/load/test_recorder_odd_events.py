"""Scenarios fire events of their own, raise what they like, and lose no request for it."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from seakeep.causes import Cause
from seakeep.load.causes import CutOffError, ForeignHostError
from seakeep.load.recorder import LATE_S
from seakeep.observation import Observation, Outcome
from tests.load.recording import (
    START,
    Answer,
    only,
    recorder,
    with_trace,
)


def odd(**event: object) -> Observation:
    counting = recorder()
    known: dict[str, Any] = {"request_type": "X", "name": "own", "response_length": 0, **event}
    counting.on_request(**known)
    assert counting.requests == 1
    return only(counting)


ABSURD = [None, "soon", math.nan, math.inf, -math.inf, -1.0, 1e300, object()]


@pytest.mark.parametrize("start", [*ABSURD, START - 1e8])
@pytest.mark.parametrize("took", ABSURD)
def test_an_event_without_a_time_is_counted_as_one_of_now(start: object, took: object) -> None:
    found = odd(start_time=start, response_time=took)
    assert abs(found.at - datetime.now(UTC)) < timedelta(seconds=30)
    assert (found.events, found.outcome) == (1, Outcome.GOOD)
    assert 0 <= found.duration_s < 30


def test_one_time_that_is_known_tells_the_other() -> None:
    now = time.time()
    found = odd(start_time=now - 100, response_time=None)
    assert found.duration_s == pytest.approx(100, abs=30)
    found = odd(start_time="?", response_time=100_000)
    assert found.duration_s == 100
    assert found.at.timestamp() == pytest.approx(now - 100, abs=30)
    found = odd(start_time=now + 3600, response_time=50)
    assert found.at.timestamp() < time.time()


class Mute:
    def __str__(self) -> str:
        raise RuntimeError("says nothing")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (None, "X None"),
        (7, "X 7"),
        (["a", "list"], "X ['a', 'list']"),
        ({}, "X {}"),
        (b"/bytes", "X b'/bytes'"),
        (Mute(), "X Mute"),
        ("", "X"),
        ("/\x1b[31mred\n\x00\u202e/\ud800", "X / [31mred /"),
    ],
)
def test_a_name_may_be_anything_and_is_shown_as_one_line(name: object, shown: str) -> None:
    assert odd(name=name, response_time=1.0).name == shown


def test_a_name_without_end_is_cut() -> None:
    found = odd(name="/" + "x" * 1_000_000, request_type=["GET"] * 1000, response_time=1.0)
    assert len(found.name) <= 200


@pytest.mark.parametrize("context", [{}, {LATE_S: "late"}, {LATE_S: None}, ["late"], "late", 5])
def test_a_context_that_is_not_ours_does_not_matter(context: object) -> None:
    assert odd(response_time=40.0, context=context).duration_s == 0.04


@pytest.mark.parametrize("status", [None, "200", 2.5])
def test_a_status_that_is_no_number_is_none(status: object) -> None:
    assert odd(response_time=1.0, response=Answer(status)).attributes == {"scenario": "browse"}


def failed(*errors: object) -> Observation:
    counting = recorder()
    for error in errors:
        counting.on_request(
            request_type="GET",
            name="/",
            response_time=1.0,
            start_time=START,
            exception=error,  # type: ignore[arg-type]
            context={LATE_S: 0.0},
        )
    return only(counting)


def test_the_first_failure_of_a_second_is_the_example() -> None:
    found = failed(with_trace("first", "1" * 32), with_trace("second", "2" * 32))
    assert (found.events, found.message) == (2, "first")
    assert found.attributes["trace_id"] == "1" * 32


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ValueError("wanted\n1\x1b[2J\u2028course"), "wanted 1 [2J course"),
        (ValueError(), "ValueError()"),
        ("a text", "a text"),
        (type("Dumb", (Exception,), {"__str__": lambda _: 1})("x"), "Dumb"),
    ],
)
def test_a_message_is_one_line_whatever_is_raised(error: object, shown: str) -> None:
    found = failed(error)
    assert (found.outcome, found.cause, found.message) == (Outcome.BAD, Cause.PROTOCOL, shown)


def test_a_page_called_a_failure_is_neither_shown_nor_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "t0p-s3cret-value")
    assert len(failed(ValueError("page " * 1_000_000)).message) == 200
    text = "a\n" + " " * (4096 - 8) + "t0p-s3cret-value" + " " * 5000
    assert failed(ValueError(text)).message == "a"


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ForeignHostError("not ours"), Cause.FOREIGN_HOST),
        (CutOffError("the run ended"), Cause.CUT_OFF),
        (OSError(24, "too many open files"), Cause.GENERATOR_SATURATED),
    ],
)
def test_what_was_our_own_fault_is_no_word_on_the_platform(error: Exception, cause: Cause) -> None:
    found = failed(error)
    assert (found.outcome, found.cause) == (Outcome.INVALID, cause)
