"""The shapes of load, and the scenarios that have them, as a platform's file declares them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from seakeep.platform import Scenario
from seakeep.rate_curve import RateCurve
from seakeep.scenario import Spacing

RECORDED = "0.0\n0.5\n1.2\n1.4\n1.9\n3.5\n"


def scenario(**keys: object) -> Scenario:
    return Scenario.model_validate({"name": "browse", **keys})


def shaped(kind: str, duration: str | None = "1m", **keys: object) -> Scenario:
    return scenario(duration=duration, shape={"kind": kind, **keys})


def rates(curve: RateCurve, *times_s: float) -> list[float]:
    return [round(curve.rate_at(time_s), 9) for time_s in times_s]


@pytest.mark.parametrize(
    ("made", "duration_s", "count", "peak_per_s", "words"),
    [
        (scenario(rate=60, duration="15s"), 15, 900, 60, "60/s for 15s"),
        (shaped("constant", rate=0.5), 60, 30, 0.5, "0.5/s for 1m"),
        (shaped("ramp", "2m", **{"from": 5, "to": 60}), 120, 3900, 60, "5 to 60/s in 2m"),
        (shaped("ramp", "1m", **{"from": 10, "to": 0}), 60, 300, 10, "10 to 0/s in 1m"),
        (shaped("steps", rates=[10, 0, 20]), 60, 600, 20, "10, 0, 20/s for 20s each"),
        (shaped("steps", rates=list(range(10))), 60, 270, 9, "0, 1, 2, ..., 9/s for 6s each"),
        (
            shaped("spike", rate=5, peak=50, at="20s", lasts="10s"),
            *(60, 750, 50, "5/s for 1m, and 50/s for 10s from 20s on"),
        ),
        (
            shaped("soak", "2h", rate=10, ramp="1m"),
            *(7200, 71400, 10, "10/s for 2h, with 1m up and down"),
        ),
        (shaped("class-start", None, people=300), 60, 300, 10, "300 people within 1m"),
        (
            shaped("class-start", "90s", people=1, within="30s"),
            *(90, 1, 1 / 15, "1 person within 30s"),
        ),
    ],
)
def test_each_shape_has_its_count_peak_and_words(
    made: Scenario, duration_s: float, count: float, peak_per_s: float, words: str
) -> None:
    curve = made.shape.curve(made.duration_s)
    assert curve.duration_s == pytest.approx(made.duration_s)
    assert (made.duration_s, made.rate_per_s) == pytest.approx((duration_s, peak_per_s))
    assert (curve.count, curve.peak_per_s) == pytest.approx((count, peak_per_s))
    assert made.describe() == words


def test_a_spike_stands_upright() -> None:
    curve = shaped("spike", rate=5, peak=50, at="20s", lasts="10s").shape.curve(60)
    assert rates(curve, 19.999, 20, 29.999, 30, 59) == [5, 50, 50, 5, 5]


def test_a_spike_may_be_the_first_and_the_last_and_may_come_from_nothing() -> None:
    curve = shaped("spike", "10s", rate=0, peak=50, at="8s", lasts="2s").shape.curve(10)
    assert rates(curve, 0, 7.9, 8, 10) == [0, 0, 50, 50]


def test_a_soak_that_is_shortened_keeps_its_rate_for_as_long_as_there_is() -> None:
    soak = shaped("soak", "10m", rate=10, ramp="1m").shape
    assert rates(soak.curve(180), 0, 30, 60, 120, 150, 180) == [0, 5, 10, 10, 5, 0]
    assert rates(soak.curve(60), 0, 15, 30, 45, 60) == [0, 5, 10, 5, 0]


def test_most_of_a_class_arrives_at_the_bell() -> None:
    assert rates(shaped("class-start", None, people=300).shape.curve(60), 0, 15, 60) == [0, 10, 0]
    late = shaped("class-start", None, people=60, within="20s", peak_at="18s").shape
    assert rates(late.curve(30), 9, 18, 19, 20, 25) == [3, 6, 3, 0, 0]


@pytest.mark.parametrize("kind", ["constant", "ramp", "steps", "spike", "soak"])
def test_a_scaled_shape_has_the_scaled_curve(kind: str) -> None:
    keys: dict[str, dict[str, object]] = {
        "constant": {"rate": 5},
        "ramp": {"from": 1, "to": 5},
        "steps": {"rates": [1, 5, 2]},
        "spike": {"rate": 1, "peak": 5, "at": "2s", "lasts": "1s"},
        "soak": {"rate": 5, "ramp": "1s"},
    }
    shape = shaped(kind, "10s", **keys[kind]).shape
    scaled = shape.scaled(3.0)
    assert scaled.peak_per_s == 15
    assert scaled.curve(10) == shape.curve(10).scaled(3.0)


def test_a_scaled_class_has_whole_people_and_no_more_than_were_asked_for() -> None:
    shape = shaped("class-start", None, people=10).shape
    assert shape.scaled(0.39).describe(60) == "3 people within 1m"
    assert shape.scaled(0.7).describe(60) == "7 people within 1m"
    assert shape.scaled(0.001).describe(60) == "1 person within 1m"


def test_a_replay_has_the_duration_and_the_peak_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "monday.csv").write_text(RECORDED)
    keys = {"name": "browse", "shape": {"kind": "replay", "file": "monday.csv", "speed": 2}}
    made = Scenario.model_validate(keys, context={"folder": tmp_path})
    assert made.duration_s == 2.0
    assert made.rate_per_s == 6.0  # three in the second second, twice as fast
    assert made.shape.curve(2.0).count == 6
    assert made.shape.curve(1.0).count == 5
    assert made.describe() == "monday.csv for 2s, 2 times as fast"


def test_the_file_of_a_replay_is_not_read_before_it_is_needed(tmp_path: Path) -> None:
    (tmp_path / "monday.csv").write_text("no time at all\n")
    keys = {"name": "browse", "shape": {"kind": "replay", "file": "monday.csv"}}
    assert Scenario.model_validate(keys, context={"folder": tmp_path}).file.name == "browse.py"


def test_a_scenario_has_sober_defaults() -> None:
    made = scenario(rate=60, duration="15s")
    assert made.spacing is Spacing.EVEN
    assert (made.patience_s, made.max_missed, made.mix) == (10.0, 0.001, {})


@pytest.mark.parametrize(("written", "share"), [("0.1%", 0.001), (0.02, 0.02), (0, 0), ("100%", 1)])
def test_a_share_is_a_number_or_in_percent(written: object, share: float) -> None:
    assert scenario(rate=1, duration="1s", max_missed=written).max_missed == pytest.approx(share)


@pytest.mark.parametrize("written", [1.1, -0.1, "101%", "0,1%", "%", True, None, float("nan")])
def test_anything_else_is_no_share(written: object) -> None:
    with pytest.raises(ValidationError, match="a share, such as"):
        scenario(rate=1, duration="1s", max_missed=written)


@pytest.mark.parametrize(("peak_per_s", "users"), [(0.1, 10), (60, 120), (60.2, 121), (9e9, 2000)])
def test_there_are_users_for_two_seconds_of_arrivals(peak_per_s: float, users: int) -> None:
    assert scenario(rate=1, duration="1s").users_at_most(peak_per_s) == users


def test_users_that_are_given_stay_as_they_are() -> None:
    made = scenario(rate=500, duration="1s", users=3)
    assert (made.users, made.users_at_most(1000)) == (3, 3)
