"""The times of all arrivals: as many as promised, where they were promised, the same for all."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from seakeep.load.schedule import Schedule, schedule_of
from seakeep.scenario import Scenario

SEEDS = (1, 2, 3, 4, 5)
TOO_UNLIKELY = 0.001
"""A sound sampler has a p-value below it once in a thousand seeds; these seeds are fixed."""


def scenario(spacing: str = "even", **keys: object) -> Scenario:
    return Scenario.model_validate({"name": "browse", "spacing": spacing, **keys})


def shaped(kind: str, duration: str, spacing: str = "even", **keys: object) -> Scenario:
    return scenario(spacing, duration=duration, shape={"kind": kind, **keys})


def replay(folder: Path, *times_s: float, **keys: object) -> Scenario:
    (folder / "monday.csv").write_text("".join(f"{time_s}\n" for time_s in times_s))
    shape = {"kind": "replay", "file": "monday.csv", **keys}
    return Scenario.model_validate({"name": "browse", "shape": shape}, context={"folder": folder})


KEYS: dict[str, object] = {
    "name": "browse",
    "duration": "1m",
    "spacing": "poisson",
    "shape": {"kind": "ramp", "from": 0, "to": 100},
}
RAMP = Scenario.model_validate(KEYS)
RATES = st.floats(0.1, 50)
SECONDS = st.integers(20, 60).map(lambda seconds: f"{seconds}s")
SPIKE = {"kind": "spike", "at": "8s", "lasts": "3s"}
SHAPES = st.one_of(
    st.builds(lambda rate: {"kind": "constant", "rate": rate}, RATES),
    st.builds(lambda one, other: {"kind": "ramp", "from": one, "to": one + other}, RATES, RATES),
    st.builds(lambda rates: {"kind": "steps", "rates": rates}, st.lists(RATES, min_size=2)),
    st.builds(
        lambda rate, more: {**SPIKE, "rate": rate, "peak": rate + more},
        *(RATES, RATES),
    ),
    st.builds(lambda rate: {"kind": "soak", "rate": rate, "ramp": "7s"}, RATES),
    st.builds(
        lambda people: {"kind": "class-start", "people": people, "within": "20s"},
        st.integers(1, 500),
    ),
)


def test_two_hundred_a_second_for_ten_seconds_are_two_thousand_at_even_distances() -> None:
    schedule = schedule_of(scenario(rate=200, duration="10s"))
    times = list(schedule.times())
    assert len(times) == 2000
    assert times == pytest.approx([(k + 0.5) / 200 for k in range(2000)], abs=1e-12)
    assert (schedule.duration_s, schedule.peak_per_s) == (10.0, 200.0)
    assert schedule.describe() == "200/s for 10s"


@given(SHAPES, SECONDS)
@settings(max_examples=60)
def test_even_arrivals_are_as_many_as_are_due_at_any_time(
    shape: dict[str, object], duration: str
) -> None:
    schedule = schedule_of(scenario(duration=duration, shape=shape))
    times = list(schedule.times())
    assert len(times) == schedule.count_until(schedule.duration_s)
    whole = schedule.shape.curve(schedule.duration_s).count
    assert abs(len(times) - whole) <= 0.5 + 1e-6
    assert all(one <= other for one, other in pairwise(times))
    assert all(0 <= time_s <= schedule.duration_s for time_s in times)
    for share in (0.1, 0.5, 0.9):
        at_s = share * schedule.duration_s
        near = [sum(t <= at_s + slip_s for t in times) for slip_s in (-1e-6, 1e-6)]
        assert near[0] <= schedule.count_until(at_s) <= near[1]


@given(SHAPES, SECONDS, st.integers(0, 2**32))
@settings(max_examples=60)
def test_random_arrivals_ascend_within_the_run_and_are_the_same_each_time(
    shape: dict[str, object], duration: str, seed: int
) -> None:
    schedule = schedule_of(scenario("poisson", duration=duration, shape=shape), seed=seed)
    times = list(schedule.times())
    assert times == list(schedule.times())
    assert all(one <= other for one, other in pairwise(times))
    assert all(0 <= time_s <= schedule.duration_s for time_s in times)
    assert schedule.count_until(schedule.duration_s) == pytest.approx(
        schedule.shape.curve(schedule.duration_s).count
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_distances_of_poisson_arrivals_are_exponential(seed: int) -> None:
    schedule = schedule_of(scenario("poisson", rate=50, duration="60s"), seed=seed)
    times = list(schedule.times())
    gaps = [other - one for one, other in pairwise([0.0, *times])]
    assert stats.kstest(gaps, "expon", args=(0, 1 / 50)).pvalue > TOO_UNLIKELY
    assert abs(len(times) - 3000) < 4 * math.sqrt(3000)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "made",
    [
        RAMP,
        shaped("soak", "1m", "poisson", rate=60, ramp="20s"),
        shaped("spike", "1m", "poisson", rate=10, peak=200, at="20s", lasts="10s"),
        shaped("steps", "1m", "poisson", rates=[50, 0, 100]),
    ],
    ids=lambda made: made.shape.kind,
)
def test_poisson_arrivals_of_any_shape_are_of_rate_one_once_rescaled(
    made: Scenario, seed: int
) -> None:
    schedule = schedule_of(made, seed=seed)
    counts = [schedule.count_until(time_s) for time_s in schedule.times()]
    gaps = [other - one for one, other in pairwise([0.0, *counts])]
    assert stats.kstest(gaps, "expon").pvalue > TOO_UNLIKELY
    # Each gap knows nothing of the one before.
    assert stats.pearsonr(gaps[1:], gaps[:-1]).pvalue > TOO_UNLIKELY


def test_the_numbers_of_poisson_arrivals_scatter_as_they_should() -> None:
    schedules = [schedule_of(RAMP, seed=seed, rate_per_s=1) for seed in range(400)]
    counts = [sum(1 for _ in schedule.times()) for schedule in schedules]
    mean = sum(counts) / len(counts)
    spread = sum((count - mean) ** 2 for count in counts) / (len(counts) - 1)
    assert mean == pytest.approx(30, rel=0.05)  # expected 30, and its mean scatters by 0.27
    assert spread / mean == pytest.approx(1, abs=0.25)  # 400 draws: 0.07


@pytest.mark.parametrize("spacing", ["even", "poisson"])
def test_a_class_is_complete_however_its_people_come(spacing: str) -> None:
    made = shaped("class-start", "90s", spacing, people=300)
    for seed in SEEDS:
        times = list(schedule_of(made, seed=seed).times())
        assert len(times) == 300
        assert times[-1] <= 60


@pytest.mark.parametrize("seed", SEEDS)
def test_the_people_of_a_class_come_at_random_and_most_at_the_bell(seed: int) -> None:
    made = shaped("class-start", "60s", "poisson", people=2000, within="60s", peak_at="15s")
    times = list(schedule_of(made, seed=seed).times())
    triangle = stats.triang(c=15 / 60, loc=0, scale=60)
    assert stats.kstest(times, triangle.cdf).pvalue > TOO_UNLIKELY


def test_a_class_that_is_cut_loses_those_who_come_later() -> None:
    made = shaped("class-start", "60s", "poisson", people=2000)
    whole = list(schedule_of(made, seed=1).times())
    cut = schedule_of(made, seed=1, duration_s=20)
    assert list(cut.times()) == pytest.approx([time_s for time_s in whole if time_s <= 20])


def test_a_replay_has_the_times_of_its_file(tmp_path: Path) -> None:
    schedule = schedule_of(replay(tmp_path, 10.0, 10.5, 12.25, 11.0))
    assert list(schedule.times()) == list(schedule.times()) == [0, 0.5, 1, 2.25]
    assert (schedule.duration_s, schedule.peak_per_s) == (3.0, 2.0)
    assert [schedule.count_until(at_s) for at_s in (-1, 0, 0.9, 1, 2.25, 9)] == [0, 1, 2, 3, 4, 4]


def test_a_replay_is_played_faster_or_slower_for_another_rate(tmp_path: Path) -> None:
    made = replay(tmp_path, 10.0, 10.5, 11.0, 12.25, speed=0.5)
    schedule = schedule_of(made, rate_per_s=4)
    assert list(schedule.times()) == [0, 0.25, 0.5, 1.125]
    assert (schedule.duration_s, schedule.peak_per_s) == (1.5, 4.0)
    assert schedule.describe() == "monday.csv for 1.5s, 2 times as fast"


def test_a_replay_is_cut_by_a_shorter_run(tmp_path: Path) -> None:
    schedule = schedule_of(replay(tmp_path, 10.0, 10.5, 11.0, 12.25), duration_s=1.0)
    assert list(schedule.times()) == [0, 0.5, 1.0]
    assert (schedule.duration_s, schedule.count_until(9)) == (1.0, 3)


def test_a_rate_of_the_command_line_is_the_peak_of_the_shape() -> None:
    schedule = schedule_of(RAMP, rate_per_s=10)
    assert schedule.peak_per_s == pytest.approx(10)
    assert schedule.count_until(60) == pytest.approx(300)
    assert schedule.describe() == "0 to 10/s in 1m"


def test_a_run_time_of_the_command_line_stretches_the_shape() -> None:
    schedule = schedule_of(RAMP, duration_s=6)
    assert (schedule.duration_s, schedule.peak_per_s) == (6, 100)
    assert schedule.describe() == "0 to 100/s in 6s"


@pytest.mark.parametrize("wrong", [0, -1, math.inf, math.nan])
def test_a_rate_or_duration_that_makes_no_load_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="wanted a rate and a duration above zero"):
        schedule_of(RAMP, rate_per_s=wrong)
    with pytest.raises(ValueError, match="wanted a rate and a duration above zero"):
        schedule_of(RAMP, duration_s=wrong)


def test_another_process_draws_the_same_times() -> None:
    here = list(islice(schedule_of(RAMP, seed=7).times(), 1000))
    code = (
        "import sys; from itertools import islice; from seakeep.load.schedule import schedule_of;"
        "from seakeep.scenario import Scenario;"
        f"made = Scenario.model_validate({KEYS!r});"
        "print(list(islice(schedule_of(made, seed=7).times(), 1000)));"
        "assert 'locust' not in sys.modules and 'gevent' not in sys.modules"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.strip() == repr(here)


def _cost_s(schedule: Schedule) -> tuple[int, float]:
    began_s = time.process_time()
    count = sum(1 for _ in schedule.times())
    return count, time.process_time() - began_s


@pytest.mark.parametrize("spacing", ["even", "poisson"])
def test_a_million_arrivals_take_less_than_a_second_and_a_half(spacing: str) -> None:
    made = shaped("soak", "1000s", spacing, rate=1100, ramp="100s")
    count, spent_s = _cost_s(schedule_of(made, seed=1))
    assert count == pytest.approx(990_000, rel=0.01)
    assert spent_s < 1.5
