"""The table says all that must be said, in 100 columns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from seakeep.slo.notes import coverage
from seakeep.slo.table import verdict_table
from seakeep.slo.verdict import Independence, Planned, PlannedEvents, State, Verdict

END = datetime(2026, 1, 31, tzinfo=UTC)
PLAIN = Verdict(
    objective="availability",
    display_name="Availability",
    target=0.99,
    window_start=END - timedelta(days=30),
    window_end=END,
    covered_s=30 * 86_400.0,
    good=43_100,
    valid=43_200,
    invalid=0,
    estimate=43_100 / 43_200,
    lower=0.9973,
    upper=0.9981,
    state=State.MET,
    budget_left=0.77,
    burn_rate=0.23,
    exhaustion_s=100 * 86_400.0,
    events_to_settle=None,
    reason="",
    exhaustion_lower_s=84 * 86_400.0,
    exhaustion_upper_s=118 * 86_400.0,
)


def printed(*verdicts: Verdict) -> str:
    console = Console(width=100, color_system=None)
    with console.capture() as capture:
        console.print(verdict_table(verdicts))
    return capture.get()


def test_a_row_has_all_there_is_to_know_of_an_objective() -> None:
    row = printed(PLAIN).splitlines()[1].split("  ")
    assert [cell.strip() for cell in row if cell] == [
        "availability",
        "99%",
        "99.76% [99.73, 99.81] n=43200",
        "met",
        "#####. 77%",
        "0.23x",
        "100d (84d-118d)",
    ]


def test_what_is_not_whole_is_never_shown_as_whole() -> None:
    row = printed(replace(PLAIN, target=0.9999999, estimate=0.99996, lower=0.99999, upper=1.0))
    assert "99.99999%" in row
    assert "99.99% [99.99, 100.00]" in row


@given(
    st.text("abcdefgh-", min_size=1, max_size=63),
    st.integers(1, 10**10),
    st.sampled_from(State),
    st.floats(-50, 1),
    st.floats(0, 1e5),
    st.one_of(st.none(), st.floats(0, 1e9)),
)
def test_no_row_is_wider_than_a_hundred_columns_and_none_loses_its_end(
    name: str, valid: int, state: State, left: float, rate: float, gone_s: float | None
) -> None:
    wide = replace(
        PLAIN,
        objective=name,
        estimate=1.0,
        upper=1.0,
        valid=valid,
        state=state,
        budget_left=left,
        burn_rate=rate,
        exhaustion_s=gone_s,
        exhaustion_upper_s=gone_s,
        exhaustion_lower_s=gone_s,
    )
    lines = printed(wide, PLAIN).splitlines()
    assert max(len(line) for line in lines) <= 100
    header, *rows = lines[:3]
    assert header.rstrip().endswith("gone in")
    assert "…" not in "".join(row[24:] for row in rows)


@pytest.mark.parametrize(
    ("covered_s", "window_s", "said"),
    [
        (3 * 86_400, 30 * 86_400, "covers 3 of 30 days"),
        (3600, 86_400, "covers 1 of 24 hours"),
        (90, 600, "covers 1.5 of 10 minutes"),
        (5, 60, "covers 5 of 60 s"),
        (29 * 86_400, 30 * 86_400, ""),
    ],
)
def test_a_window_longer_than_the_history_is_told(
    covered_s: float, window_s: float, said: str
) -> None:
    start = END - timedelta(seconds=window_s)
    assert coverage(replace(PLAIN, window_start=start, covered_s=covered_s)) == said


def test_beneath_the_table_stand_clusters_percentiles_and_what_was_left_out() -> None:
    told = printed(
        replace(
            PLAIN,
            independence=Independence.BROKEN,
            design_effect=7.34,
            effective_n=120.4,
            quantile_s=0.312,
            quantile_share=0.95,
            planned=(
                PlannedEvents(
                    kind=Planned.CHAOS, reason="pod-kill", good=3, valid=10, excluded=True
                ),
                PlannedEvents(
                    kind=Planned.MAINTENANCE, reason="move", good=5, valid=5, excluded=False
                ),
            ),
        )
    )
    for phrase in (
        "p95 is 312ms",
        "failures come in clusters (design effect 7.34): worth 120 independent events",
        "planned chaos (pod-kill): 10 events, 7 bad, left out",
        "planned maintenance (move): 5 events, 0 bad, counted",
    ):
        assert phrase in " ".join(told.split())
