"""Trace ids are well formed and never the same."""

from __future__ import annotations

import re

from seakeep.trace_context import Traceparents, new_trace_id, traceparent

WELL_FORMED = re.compile("00-[0-9a-f]{32}-[0-9a-f]{16}-01")  # https://www.w3.org/TR/trace-context/
ZEROS = ("0" * 32, "0" * 16)  # which the standard forbids


def test_headers_are_well_formed_and_each_is_another() -> None:
    one, other = Traceparents(), Traceparents()
    drawn = [header for _ in range(2000) for header in (one.next(), other.next())]
    assert all(WELL_FORMED.fullmatch(header) for header in drawn)
    assert not any(header.split("-")[1] in ZEROS for header in drawn)
    assert len({header.split("-")[1] for header in drawn}) == 4000
    assert len({header.split("-")[2] for header in drawn}) == 4000


def test_ids_that_would_be_nought_are_not() -> None:
    noughts = Traceparents()
    noughts._bits = lambda _: 0
    header = noughts.next()
    assert WELL_FORMED.fullmatch(header)
    assert not any(part in ZEROS for part in header.split("-"))


def test_a_header_carries_the_trace_id_that_it_is_given() -> None:
    trace_id = new_trace_id()
    assert traceparent(trace_id).split("-")[1] == trace_id
    assert WELL_FORMED.fullmatch(traceparent(trace_id))
