"""What a generator tells of itself comes back from the store as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from seakeep.causes import Cause
from seakeep.generator import GeneratorSecond
from seakeep.observation import Kind, Outcome
from seakeep.store_rows import from_row, to_row

counts = st.integers(0, 10**9)
seconds = st.builds(
    GeneratorSecond,
    at=st.integers(0, 2_000_000_000_000_000).map(
        lambda us: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
    ),
    platform=st.sampled_from(["shop", "school"]),
    scenario=st.sampled_from(["browse", "class-start"]),
    run_id=st.just("r1"),
    location=st.just("local"),
    process=st.sampled_from(["one", "host_0a1b", ""]),
    due=counts,
    started=counts,
    late=counts,
    missed=counts,
    waiting=counts,
    busy=counts,
    users=counts,
    requests=counts,
    held_back=counts,
    lag_s=st.floats(0, 60),
    cpu=st.floats(0, 4),
    unfit=st.sampled_from(["", "it was late by 300 ms itself"]),
)


@given(seconds)
def test_a_second_is_stored_and_read_as_it_was(second: GeneratorSecond) -> None:
    assert GeneratorSecond.of(from_row(to_row(second.observation()))) == second


@given(seconds)
def test_it_is_neither_load_nor_a_word_on_the_platform(second: GeneratorSecond) -> None:
    seen = second.observation()
    assert seen.kind is Kind.GENERATOR
    assert seen.events == 1
    is_fit = not second.unfit
    assert seen.outcome is (Outcome.GOOD if is_fit else Outcome.INVALID)
    assert seen.cause == ("" if is_fit else Cause.GENERATOR_SATURATED)


@given(seconds)
def test_what_a_later_version_tells_besides_does_no_harm(second: GeneratorSecond) -> None:
    seen = second.observation()
    fewer = {key: value for key, value in seen.attributes.items() if key != "held_back"}
    other = GeneratorSecond.of(replace(seen, attributes={**fewer, "sockets": 5}))
    assert other == replace(second, held_back=0)
