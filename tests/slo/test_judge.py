"""What may be claimed, and what may not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.observation import Kind
from seakeep.slo.evaluate import from_json, holds, to_json
from seakeep.slo.judge import events_to_settle, judge
from seakeep.slo.objective import Goodness, Objective, ObservedRatio, Selector
from seakeep.slo.verdict import State, Tally, Verdict
from seakeep.slo.window import RollingWindow

END = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
START = END - timedelta(hours=1)


def objective(target: float = 0.99) -> Objective:
    return Objective(
        name="availability",
        display_name="Availability",
        description="",
        service="sandbox",
        target=target,
        window=RollingWindow(3600.0),
        indicator=ObservedRatio(events=Selector(kinds=(Kind.PROBE,)), good=Goodness()),
        place="slos.yaml:1",
    )


def verdict(good: int, bad: int, target: float = 0.99) -> Verdict:
    tally = Tally(good=good, bad=bad, first_at=START if good + bad else None)
    return judge(objective(target), tally, START, END)


@pytest.mark.parametrize(
    ("good", "bad", "state"),
    [
        (0, 0, State.NO_DATA),
        (1, 0, State.INCONCLUSIVE),
        (298, 0, State.INCONCLUSIVE),  # 0.05 ** (1/298) is just below 0.99
        (299, 0, State.MET),
        (0, 1, State.BREACHED),  # at most 0.95 after one bad event
        (97, 3, State.INCONCLUSIVE),
        (90, 10, State.BREACHED),
    ],
)
def test_a_claim_is_made_only_when_the_bound_supports_it(good: int, bad: int, state: State) -> None:
    assert verdict(good, bad).state is state


def test_an_open_verdict_says_about_how_many_events_would_settle_it() -> None:
    assert verdict(100, 0).events_to_settle == 199
    assert verdict(299, 0).events_to_settle is None


def test_a_ratio_exactly_at_the_target_is_never_settled() -> None:
    assert events_to_settle(99, 100, 0.99) is None


@given(st.integers(0, 300), st.integers(0, 30))
def test_that_many_more_events_at_the_same_ratio_do_settle_it(good: int, bad: int) -> None:
    more = verdict(good, bad, 0.98).events_to_settle
    if more is not None:
        total = good + bad + more
        expected = round(total * good / (good + bad))
        assert verdict(expected, total - expected, 0.98).state in {State.MET, State.BREACHED}


def test_a_breach_tells_its_causes_and_an_example() -> None:
    tally = Tally(
        good=1,
        bad=9,
        first_at=START,
        top_causes=(("status", 8), ("refused", 1)),
        example="health: wanted 200, got 503",
    )
    reason = judge(objective(), tally, START, END).reason
    assert reason == "9 of 10 bad (status x8, refused x1): health: wanted 200, got 503"


def test_invalid_observations_are_told_when_nothing_else_is_there() -> None:
    tally = Tally(good=0, bad=0, invalid=7)
    assert judge(objective(), tally, START, END).reason.endswith("7 observations were invalid")


def test_a_gate_passes_on_met_and_on_unproven_but_not_on_breached_or_no_data() -> None:
    assert holds([verdict(299, 0), verdict(10, 0)])
    assert not holds([verdict(299, 0), verdict(0, 9)])
    assert not holds([verdict(0, 0)])


@given(st.integers(0, 500), st.integers(0, 50))
def test_a_verdict_survives_json(good: int, bad: int) -> None:
    made = verdict(good, bad)
    assert from_json(to_json(made)) == made
