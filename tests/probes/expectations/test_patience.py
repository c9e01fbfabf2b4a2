"""Patterns end in time, and mean what they mean to Python's own ``re``."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.probes.expectations import patience
from seakeep.probes.expectations.patience import OutOfTimeError, Patience

BAD_PATTERNS = [
    (r"(a+)+$", "a" * 40_000 + "b"),
    (r"(a|aa)+$", "a" * 40_000 + "b"),
    (r"(x+x+)+y?$", "x" * 40_000 + "!"),
    (r"(\w+\s?)+$", "a a" * 20_000 + "!"),
    (r"(?:(a)|(b)|(aa))*$", "a" * 40_000 + "!"),
    (r"<[^>]*>[^<]*</[^>]*>z", "<" * 300_000),
]


@pytest.mark.parametrize(("pattern", "text"), BAD_PATTERNS, ids=[p for p, _ in BAD_PATTERNS])
def test_a_pattern_that_goes_astray_is_given_up_in_time(pattern: str, text: str) -> None:
    patient = Patience(0.05)
    began = time.process_time()
    with pytest.raises(OutOfTimeError, match="more than 50 ms of work"):
        patient.search(pattern, text)
    assert time.process_time() - began < 1
    assert patient.ran_out


def test_after_one_that_took_all_the_time_an_honest_pattern_is_still_searched() -> None:
    patient = Patience(0.02)
    with pytest.raises(OutOfTimeError):
        patient.search(*BAD_PATTERNS[0])
    assert patient.search(r"b$", "a" * 40_000 + "b") == "b"


@pytest.mark.parametrize("pattern", ["(a|b)*", "a{30}", "a?" * 30 + "a" * 30, "(a|a)" * 30])
def test_only_what_can_not_go_astray_runs_where_it_can_not_be_stopped(pattern: str) -> None:
    assert patience._plain(pattern) is None
    assert patience._plain("(?i)ok|up|healthy") is not None


LITERALS = st.sampled_from([*"ab .-{}&|~", r"\{", r"\}", "{e}", "{i<=1}", "{a", "{,", r"\\", "[{]"])
SETS = st.sampled_from(["[ab]", "[^a]", r"\d", r"\w", r"\s", ".", r"\b", "^", "$"])
REPEATS = st.sampled_from(["", "", "*", "+", "?", "{2}", "{,2}", "{1,}", "*?", "+?"])


def _joined(parts: list[str], how: str) -> str:
    whole = "".join(parts)
    return {"group": f"({whole})", "bare": f"(?:{whole}|a)", "ahead": f"(?={whole})"}[how]


GROUPED = st.builds(
    _joined,
    st.lists(st.builds(str.__add__, LITERALS | SETS, REPEATS), min_size=1, max_size=3),
    st.sampled_from(["group", "bare", "ahead"]),
)
PATTERNS = st.lists(st.builds(str.__add__, LITERALS | SETS | GROUPED, REPEATS), max_size=4).map(
    "".join
)


@settings(deadline=None)
@given(PATTERNS, st.text("ab{}e,i<=1 .-\\", max_size=12))
def test_a_pattern_means_what_it_means_to_re(pattern: str, text: str) -> None:
    try:
        expected = re.search(pattern, text)
    except re.error:
        return  # no file with it is taken
    stoppable = patience._stoppable(pattern).search(text, timeout=5)
    assert (stoppable and stoppable.span()) == (expected and expected.span())


@settings(deadline=None)
@given(PATTERNS)
def test_no_pattern_that_re_takes_is_refused(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error:
        return
    Patience(5).search(pattern, "ab")


def test_a_brace_is_a_brace_and_asks_for_no_likeness() -> None:
    assert Patience(1).search("version{e}", "version") is None
    assert Patience(1).search("version{e}", "a version{e}") == "version{e}"
    assert Patience(1).search(r"\\{2}", r"a\\") == r"\\"
