"""What pages report of themselves is not trusted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seakeep.probes.vitals import MAX_DOCUMENTS, Snapshot, VitalsLog

PLAIN: dict[str, Any] = {
    "load": "1-0.5",
    "top": True,
    "began": 1.0,
    "bytes": 10,
    "long_tasks": 0,
    "cls": 0.25,
    "lcp_ms": 12.5,
    **dict.fromkeys(("fcp_ms", "fid_ms", "inp_ms", "ttfb_ms", "dom_ms", "load_ms")),
}


def report(**changes: object) -> str:
    return json.dumps({**PLAIN, **changes})


def test_a_report_is_read() -> None:
    log = VitalsLog()
    log.take(report())
    log.take(report(load="2", began=2, inp_ms=0, bytes=5))
    assert log.attributes() == {
        "bytes": 15,
        "long_tasks": 0,
        "cls": 0.25,
        "lcp_ms": 12.5,
        "inp_ms": 0,
    }


@pytest.mark.parametrize(
    "said",
    [
        None,
        17,
        {"load": "1"},
        "",
        "{}",
        "[]",
        "[" * 10_000,
        "x" * 1_000_000,
        report(began=None),
        report(lcp_ms="12"),
        report(lcp_ms=True),
        report(inp_ms=-1),
        report(cls=float("nan")),
        report(bytes=float("inf")),
        report(bytes=10**400),
        report(top="yes"),
        report(load={}),
        report(fcp_ms=[]),
        json.dumps({name: PLAIN[name] for name in PLAIN if name != "fid_ms"}),
    ],
    ids=lambda said: str(said)[:24],
)
def test_what_is_no_snapshot_is_dropped(said: object) -> None:
    assert Snapshot.read(said) is None
    log = VitalsLog()
    log.take(said)
    assert log.attributes() == {"bytes": 0, "long_tasks": 0}


def test_a_page_that_reports_ever_new_documents_does_not_fill_the_memory() -> None:
    log = VitalsLog()
    for number in range(2 * MAX_DOCUMENTS):
        log.take(report(load=str(number), bytes=1))
    log.take(report(load="0", bytes=2))
    assert log.attributes()["bytes"] == MAX_DOCUMENTS + 1
