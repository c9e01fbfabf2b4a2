"""Events by slices of time: budgets in slices, and clusters among them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.errors import UsageError
from seakeep.observation import Kind
from seakeep.slo.design_effect import Clustering, effective_size, find_clusters
from seakeep.slo.interval import exact_interval, mean_interval
from seakeep.slo.judge import judge
from seakeep.slo.objective import (
    OCCURRENCES,
    Budgeting,
    Goodness,
    Objective,
    ObservedRatio,
    Selector,
)
from seakeep.slo.slices import MOST_SLICES, Slices, merged, nearest_length, sliced
from seakeep.slo.verdict import Independence, State, Tally, Verdict
from seakeep.slo.window import RollingWindow

END = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
START = END - timedelta(hours=24)
TIMESLICES = Budgeting(method="Timeslices", slice_s=60.0, slice_target=0.9)
RATIO_TIMESLICES = Budgeting(method="RatioTimeslices", slice_s=60.0)

events = st.lists(st.tuples(st.floats(1e9, 1e9 + 1e5), st.booleans()), min_size=1, max_size=100)


def slices_of(*counts: tuple[int, int], length_s: float = 60.0) -> Slices:
    good, valid = zip(*counts, strict=True)
    return Slices(length_s=length_s, indexes=tuple(range(len(counts))), good=good, valid=valid)


def verdict(
    slices: Slices | None,
    budgeting: Budgeting = OCCURRENCES,
    target: float = 0.99,
    *,
    correct: bool = True,
) -> Verdict:
    objective = Objective(
        name="availability",
        display_name="Availability",
        description="",
        service="sandbox",
        target=target,
        window=RollingWindow(86_400.0),
        indicator=ObservedRatio(events=Selector(kinds=(Kind.PROBE,)), good=Goodness()),
        place="slos.yaml:1",
        budgeting=budgeting,
    )
    good = int(sum(slices.good)) if slices is not None else 1
    bad = sum(slices.valid) - good if slices is not None else 0
    tally = Tally(good=good, bad=bad, first_at=START, slices=slices)
    return judge(objective, tally, START, END, correct_for_clustering=correct)


@given(events, st.sampled_from([0.1, 1.0, 60.0, 3600.0]))
def test_slices_hold_all_events_whatever_their_order(
    seen: list[tuple[float, bool]], length_s: float
) -> None:
    slices = sliced(length_s, seen)
    assert slices == sliced(length_s, sorted(seen))
    assert sum(slices.valid) == len(seen)
    assert sum(slices.good) == sum(good for _, good in seen)
    assert all(valid > 0 for valid in slices.valid)


@given(events)
def test_merged_slices_are_those_that_would_have_been_counted(
    seen: list[tuple[float, bool]],
) -> None:
    assert merged(sliced(0.1, seen), 60.0) == sliced(60.0, seen)


@given(st.floats(0.001, 1e9))
def test_a_stretch_is_cut_into_at_most_sixty_slices_and_not_into_few(span_s: float) -> None:
    slices = span_s / nearest_length(span_s)
    assert slices <= MOST_SLICES * (1 + 1e-12)
    assert slices >= 24 or nearest_length(span_s) == 0.001


def test_timeslices_count_the_slices_that_reach_their_target_and_not_the_events() -> None:
    busy_and_bad, quiet_and_good, just_good = (500, 1000), (1, 1), (9, 10)
    made = verdict(slices_of(busy_and_bad, *[quiet_and_good] * 98, just_good), TIMESLICES)
    assert (made.good, made.valid, made.unit) == (99, 100, "slices")
    assert made.estimate == pytest.approx(0.99)
    assert made.burn_rate == pytest.approx(1.0)


def test_an_empty_slice_is_no_event() -> None:
    with_a_gap = Slices(length_s=60.0, indexes=(0, 500), good=(1, 1), valid=(1, 1))
    assert verdict(with_a_gap, TIMESLICES).valid == 2


def test_ratio_timeslices_average_the_slices_whatever_their_number_of_events() -> None:
    made = verdict(slices_of((500, 1000), (1, 1), (1, 1), (1, 1)), RATIO_TIMESLICES)
    assert made.estimate == pytest.approx(3.5 / 4)
    assert (made.good, made.valid, made.unit) == (503, 1003, "events")
    bound = mean_interval(3.5, 4, 0.95)
    assert (made.lower, made.upper) == (bound.lower, bound.upper)


def test_ratio_timeslices_say_how_many_events_would_settle_them() -> None:
    made = verdict(slices_of(*[(10, 10)] * 100), RATIO_TIMESLICES)
    assert made.state is State.INCONCLUSIVE
    assert made.events_to_settle == 1990  # 199 slices more, of ten events each


@pytest.mark.parametrize("budgeting", [TIMESLICES, RATIO_TIMESLICES])
def test_no_slices_are_no_data_but_slices_that_a_source_can_not_give_are_refused(
    budgeting: Budgeting,
) -> None:
    assert verdict(Slices(length_s=60.0), budgeting).state is State.NO_DATA
    with pytest.raises(UsageError, match="needs events by slices of time"):
        verdict(None, budgeting)


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_the_interval_of_a_mean_holds_it_and_is_no_tighter_than_that_of_a_coin(
    mean: float, number: int
) -> None:
    interval = mean_interval(mean * number, number, 0.95)
    assert interval.lower <= mean + 1e-12
    assert interval.upper >= mean - 1e-12
    coin = exact_interval(round(mean * number), number, 0.95)
    whole = mean_interval(round(mean * number), number, 0.95)
    assert whole.lower <= coin.lower + 1e-9
    assert whole.upper >= coin.upper - 1e-9


def test_failures_spread_by_chance_look_sound() -> None:
    made = verdict(slices_of(*[(29, 30), (30, 30), (28, 30)] * 16))
    assert made.independence is Independence.SOUND
    assert made.effective_n is None
    exact = exact_interval(made.good, made.valid, 0.95)
    assert (made.lower, made.upper) == (exact.lower, exact.upper)


ONE_BURST = slices_of(*[(30, 30)] * 24, (0, 30), *[(30, 30)] * 23)


def test_one_burst_looks_broken_and_is_worth_far_fewer_events() -> None:
    made = verdict(ONE_BURST, target=0.97)
    assert made.independence is Independence.BROKEN
    assert made.design_effect == pytest.approx(30.6, rel=0.01)
    assert made.effective_n == pytest.approx(45, rel=0.01)
    assert made.state is State.INCONCLUSIVE  # for all we know the next burst is as near
    assert made.lower < 0.91
    assert exact_interval(1410, 1440, 0.95).lower > 0.97


def test_a_burst_that_spends_more_than_the_window_allows_is_a_breach_all_the_same() -> None:
    made = verdict(ONE_BURST, target=0.99)
    assert made.state is State.BREACHED
    assert made.upper == exact_interval(1410, 1440, 0.95).upper


def test_the_correction_can_be_declined_but_not_what_it_saw() -> None:
    plain = verdict(ONE_BURST, target=0.97, correct=False)
    assert plain.state is State.MET
    assert plain.effective_n is None
    assert plain.independence is Independence.BROKEN


def test_clustered_events_say_how_many_more_of_them_would_settle_it() -> None:
    made, plain = (verdict(ONE_BURST, target=0.975, correct=correct) for correct in (True, False))
    assert made.events_to_settle is not None
    assert plain.events_to_settle is not None
    assert made.events_to_settle > 10 * plain.events_to_settle


@pytest.mark.parametrize(
    "counts",
    [
        [(29, 30)] * 5,  # too few slices
        [(30, 30)] * 40,  # none bad
        [(0, 30)] * 40,  # all bad
        [(29, 30), *[(30, 30)] * 40],  # one bad
    ],
)
def test_nothing_is_said_of_independence_where_nothing_can_be(
    counts: list[tuple[int, int]],
) -> None:
    assert find_clusters(slices_of(*counts)).independence is Independence.UNKNOWN


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 50)).filter(any), min_size=10, max_size=60
    )
)
def test_clusters_are_the_same_among_good_as_among_bad_events_and_at_every_look(
    counts: list[tuple[int, int]],
) -> None:
    of_bad = find_clusters(slices_of(*[(good, good + bad) for good, bad in counts]))
    of_good = find_clusters(slices_of(*[(bad, good + bad) for good, bad in counts]))
    assert of_bad.design_effect == pytest.approx(of_good.design_effect, nan_ok=True)
    assert find_clusters(slices_of(*[(g, g + b) for g, b in counts])) == of_bad


def test_events_are_never_worth_more_than_themselves() -> None:
    assert effective_size(100, Clustering(Independence.BROKEN, 0.5, 60)) == 100
    assert effective_size(1000, Clustering(Independence.BROKEN, 10.0, 60)) < 100


def test_slices_whose_ratios_drift_are_clusters_too() -> None:
    drift = [(10 - index // 288, 10) for index in range(1440)]
    made = verdict(slices_of(*drift), RATIO_TIMESLICES)
    assert made.independence is Independence.BROKEN
    assert made.effective_n is not None
    assert made.effective_n < 1440 / 10
