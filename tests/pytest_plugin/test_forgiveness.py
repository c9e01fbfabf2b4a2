"""Which bad checks fail their test: the last of too many in a row, outside of maintenance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.observation import Kind, Observation, Outcome
from seakeep.probes.streak import STREAK, streak_of, with_streak
from seakeep.store import Store, open_store
from tests.pytest_plugin.project import Project

NOW = datetime.now(UTC)
THREE = {"failure_threshold": 3}


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("store")) as store:
        store.query("PRAGMA synchronous = OFF")
        yield store


def _seen(
    name: str, outcome: Outcome, minutes_ago: float = 0, location: str = "local"
) -> Observation:
    return Observation(
        at=NOW - timedelta(minutes=minutes_ago),
        platform="p",
        kind=Kind.PROBE,
        name=name,
        location=location,
        run_id="earlier",
        outcome=outcome,
        duration_s=0.1,
    )


def _history(project: Project) -> None:
    bad, good, invalid = Outcome.BAD, Outcome.GOOD, Outcome.INVALID
    with open_store(project.folder / "home") as store:
        store.record(
            *(_seen("third", bad, ago) for ago in (9, 7)),
            *(_seen("third", invalid, ago) for ago in (8, 6)),
            *(_seen("second", outcome, ago) for outcome, ago in ((bad, 9), (good, 8), (bad, 7))),
            *(_seen("elsewhere", bad, ago, location="far") for ago in (9, 8)),
        )


def test_a_check_fails_its_test_once_it_was_bad_often_enough(project: Project) -> None:
    _history(project)
    names = ("first", "second", "third", "elsewhere")
    checks = [{"name": name, "path": "/503", **THREE} for name in names]
    project.platform(*checks, {"name": "well", "path": "/200", **THREE})
    done = project.pytest("probes", "--platform", "p", "-rx")
    assert done.returncode == 1
    assert "1 failed, 1 passed, 3 xfailed in" in done.stdout
    assert "test_health[second] - 2 of 3 failures in a row: status: wanted 200" in done.stdout
    assert "\n3 failures in a row: status: wanted 200, got 503" in done.stdout
    assert "status, 3 in a row" in done.stdout
    recorded = {one.name: one for one in project.seen() if one.run_id != "earlier"}
    assert {name: one.attributes[STREAK] for name, one in recorded.items()} == {
        "first": 1,
        "second": 2,
        "third": 3,
        "elsewhere": 1,
        "well": 0,
    }
    assert recorded["first"].outcome is Outcome.BAD
    again = project.pytest("probes", "--platform", "p", "-k", "second", "--runxfail")
    assert again.returncode == 1, "an option of pytest's that lets nothing be expected"


def test_maintenance_makes_bad_checks_expected_failures(project: Project) -> None:
    window = {
        "from": (NOW - timedelta(hours=1)).isoformat(),
        "to": (NOW + timedelta(hours=1)).isoformat(),
        "reason": "new discs",
    }
    checks = ({"name": "broken", "path": "/503"}, {"name": "well", "path": "/200"})
    project.platform(*checks, maintenance=[window])
    done = project.pytest("probes", "--platform", "p", "-rx")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 1 xfailed in" in done.stdout
    assert f"maintenance until {NOW + timedelta(hours=1):%Y-%m-%d %H:%M} UTC, new discs:" in (
        done.stdout
    )
    assert [one.outcome for one in project.seen() if one.name == "broken"] == [Outcome.BAD]


def _in_a_row(outcomes: list[Outcome]) -> int:
    """Count the plain way."""
    row = 0
    for outcome in outcomes:
        if outcome is not Outcome.INVALID:
            row = row + 1 if outcome is Outcome.BAD else 0
    return row


@given(
    outcomes=st.lists(st.sampled_from(list(Outcome)), max_size=12),
    counted_from=st.integers(0, 12),
)
@settings(max_examples=40, deadline=None)
def test_rows_are_counted_whoever_recorded_them(
    one_store: Store, outcomes: list[Outcome], counted_from: int
) -> None:
    with one_store.transaction() as connection:
        connection.execute("DELETE FROM observation")
    for number, outcome in enumerate(outcomes):
        one = _seen("c", outcome, minutes_ago=100 - number)
        if number >= counted_from:  # earlier ones are of a Seakeep that did not count
            one = with_streak(one, one_store)
        one_store.record(one)
    now = with_streak(_seen("c", Outcome.BAD), one_store)
    assert streak_of(now) == _in_a_row([*outcomes, Outcome.BAD])
    assert streak_of(with_streak(_seen("c", Outcome.GOOD), one_store)) == 0
    assert with_streak(now, one_store) is now


def test_many_failures_in_a_row_are_not_counted_anew_each_time(one_store: Store) -> None:
    with one_store.transaction() as connection:
        connection.execute("DELETE FROM observation")
    long_ago = replace(_seen("c", Outcome.BAD, 50), attributes={STREAK: 12_345})
    one_store.record(long_ago, _seen("c", Outcome.INVALID, 40))
    assert streak_of(with_streak(_seen("c", Outcome.BAD), one_store)) == 12_346
