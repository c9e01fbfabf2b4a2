"""When pytest-playwright is worth its import."""

from __future__ import annotations

import pytest

from seakeep.probes.selection import may_need_playwright


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["probes"],
        ["probes", "-m", "journey"],
        ["probes", "-m", "home"],
        ["probes", "-m", "not slow"],
        ["probes", "-m", "health or journey"],
        ["probes", "-m", "not journey or home"],
        ["probes", "-m", "not journey", "--tracing=on"],
        ["probes", "-m", "not ("],
        ["-m", "not journey", "-m", "journey"],
    ],
)
def test_it_is_loaded_where_journeys_may_run(arguments: list[str]) -> None:
    assert may_need_playwright(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["probes", "-m", "not journey"],
        ["probes", "-mnot journey"],
        ["-m", "(health or lti) and not journey", "probes"],
        ["-m", "not (journey or slow)"],
    ],
)
def test_it_is_left_out_where_they_can_not(arguments: list[str]) -> None:
    assert not may_need_playwright(arguments)
