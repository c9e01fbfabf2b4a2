"""Patterns on bodies, honest and hostile."""

from __future__ import annotations

import pytest

from tests.probes.expectations.answers import answer, message, verdict


def test_the_whole_of_a_long_body_is_searched() -> None:
    late = answer("a" * 1024 * 1024 + " version")
    assert message({"body_matches": [r"\sversion$"]}, late) == ""
    assert message({"body_excludes": ["version"]}, late) == (
        "body: wanted nothing like /version/, got version"
    )


@pytest.mark.parametrize("key", ["body_matches", "body_excludes"])
def test_a_pattern_that_takes_too_long_has_failed_whichever_way_it_was_meant(
    key: str, impatient: None
) -> None:
    found = verdict({key: [r"(\w+\s?)+$"]}, answer("a a" * 20_000 + "!"))
    assert found is not None
    assert found[0] == "body"
    assert "got a text on which it takes more than 50 ms of work" in found[1]


@pytest.mark.parametrize(
    "encoding",
    ["utf-16", "zlib", "hex", "unicode_escape", "raw-unicode-escape", "idna", "undefined",
     "no-such", "x" * 10_000, "a\0b", ""],
)  # fmt: skip
def test_no_character_set_keeps_a_body_from_being_read(encoding: str) -> None:
    assert message({"status": 500}, answer(rb"\q \x \ud800 \N{", encoding=encoding)) == (
        "status: wanted 500, got 200"
    )
