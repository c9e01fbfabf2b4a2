"""Whether an answer forbids, allows, or says nothing of being kept."""

from __future__ import annotations

import time

import pytest

from tests.health.judging import STAMP, judged, told

BODY = {"status": "healthy", "timestamp": STAMP}
LATER = "Mon, 17 Nov 2025 14:33:00 GMT"
EARLIER = "Mon, 17 Nov 2025 14:13:00 GMT"
SILENT = "nothing forbids storing it (no Cache-Control: no-store)"


def stored(cache: str, headers: dict[str, str]) -> tuple[list[tuple[str, str]], object]:
    expected = {"contract": "status-only", "cache": cache}
    verdict = judged(expected, BODY, headers=headers)
    return told(verdict), verdict.attributes.get("findings")


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "no-store"},
        {"cache-control": "No-Cache,No-Store , must-revalidate"},
        {"Cache-Control": "public, max-age=60, no-store", "Expires": LATER},
    ],
)
@pytest.mark.parametrize("cache", ["as-contracted", "must-forbid", "may-be-silent", "may-allow"])
def test_no_store_is_good_for_all(cache: str, headers: dict[str, str]) -> None:
    assert stored(cache, headers) == ([], None)


@pytest.mark.parametrize(
    ("headers", "got"),
    [
        ({"Cache-Control": "public"}, "Cache-Control: public"),
        ({"Cache-Control": "private, max-age=60"}, "Cache-Control: max-age=60"),
        ({"Cache-Control": 'max-age="60"'}, "Cache-Control: max-age=60"),
        ({"Cache-Control": "max-age=0, s-maxage=1"}, "Cache-Control: s-maxage=1"),
        (
            {"Cache-Control": "max-age=0, stale-while-revalidate=30"},
            "Cache-Control: stale-while-revalidate=30",
        ),
        ({"Expires": LATER}, f"Expires: {LATER}"),
        ({"Cache-Control": 'private="no-store, x", max-age=5'}, "Cache-Control: max-age=5"),
    ],
)
def test_a_permission_is_bad_unless_it_is_allowed(headers: dict[str, str], got: str) -> None:
    expected = ("cacheable", f"wanted nothing that allows storing, got {got}")
    assert stored("as-contracted", headers) == ([expected], None)
    assert stored("may-allow", headers) == ([], f"it may be stored ({got})")
    assert stored("must-forbid", headers)[0] == [
        ("cacheable", f"wanted Cache-Control: no-store, got {got}")
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cache-Control": ""},
        {"Cache-Control": "private"},
        {"Expires": EARLIER},
        {"Expires": "0"},
        {"Expires": LATER, "Date": LATER},
    ],
)
def test_silence_is_a_finding_or_bad_where_storing_must_be_forbidden(
    headers: dict[str, str],
) -> None:
    failures, findings = stored("may-be-silent", headers)
    assert not failures
    assert SILENT in str(findings)
    assert stored("must-forbid", headers)[0][0][0] == "cacheable"


@pytest.mark.parametrize("given", ["no-cache", "max-age=0, must-revalidate", "public, no-cache"])
def test_to_ask_again_each_time_is_enough_but_not_where_storing_must_be_forbidden(
    given: str,
) -> None:
    assert stored("may-be-silent", {"Cache-Control": given}) == ([], None)
    assert stored("must-forbid", {"Cache-Control": given})[0][0][0] == "cacheable"


@pytest.mark.parametrize("piece", ['"', "a=", "a ", ",=", 'x="', "max-age=1"])
def test_hostile_headers_take_no_time_to_read(piece: str) -> None:
    began = time.process_time()
    stored("may-be-silent", {"Cache-Control": piece * (1024 * 1024 // len(piece))})
    assert time.process_time() - began < 0.5
