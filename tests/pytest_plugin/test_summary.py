"""What ``pytest probes`` tells of many checks, in as many lines as a person reads."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.observation import Kind, Observation, Outcome, Phases
from seakeep.probes.wording import failure_text, summary_lines
from seakeep.pytest_plugin.summary import not_ended_line
from tests.pytest_plugin.project import Project

seconds = st.none() | st.floats(0, 1e6)
observations = st.builds(
    Observation,
    at=st.just(datetime.now(UTC)),
    platform=st.just("p"),
    kind=st.just(Kind.PROBE),
    name=st.text("abc-", min_size=1, max_size=63),
    location=st.just("local"),
    run_id=st.just("r"),
    outcome=st.sampled_from(Outcome),
    duration_s=st.floats(0, 1e6),
    phases=st.none() | st.builds(Phases, **dict.fromkeys(Phases.__slots__, seconds)),
    cause=st.sampled_from(["", "status", "observer-descriptors"]),
    message=st.text("ab ;\n", max_size=400),
    attributes=st.dictionaries(st.just("consecutive_failures"), st.integers(0, 10**6)),
)


@given(st.lists(observations, max_size=3))
def test_each_line_fits_a_terminal(seen: list[Observation]) -> None:
    lines = summary_lines(seen)
    assert len(lines) == len(seen)
    assert all(len(line) <= 100 and "\n" not in line for line in lines)


@given(observations)
def test_a_failure_fits_a_terminal_where_words_do(bad: Observation) -> None:
    lines = failure_text(bad, threshold=3).splitlines()
    assert all(len(line) <= 100 for line in lines if " " in line.strip())


def test_of_many_checks_only_those_that_are_not_good_have_lines(project: Project) -> None:
    names = [f"c{number}" for number in range(45)]
    project.platform(
        *({"name": name, "path": "/200"} for name in names),
        {"name": "broken", "path": "/503"},
        {"name": "unfit", "path": "/200", "headers": {"X": "a\nb"}},
    )
    project.objectives()
    done = project.pytest("probes", "--platform", "p", "-x", "--durations=2")
    assert done.returncode == 1
    section = done.stdout.split("seakeep: p", 1)[1].split("slowest 2 durations")[0]
    assert section.count("\ngood") == 0
    assert section.index("\ninvalid  unfit") < section.index("\nbad      broken")
    assert "\nand 45 good ones\n" in section
    assert "availability" in section
    assert "1 failed, 45 passed" in done.stdout
    assert len(project.seen()) == 47, "-x ends the tests, and not what was asked already"
    again = project.pytest("probes", "--platform", "p", "--lf", "-q")
    assert "1 failed" in again.stdout.splitlines()[-1]


def test_when_most_is_invalid_the_observer_doubts_itself(project: Project) -> None:
    unfit = {"path": "/200", "headers": {"X": "a\nb"}}
    project.platform({"name": "a", **unfit}, {"name": "b", **unfit}, {"name": "c", "path": "/200"})
    done = project.pytest("probes", "--platform", "p", "-v")
    assert "the observer was unfit: 2 of 3 observations are invalid" in done.stdout
    assert "good     c" in done.stdout
    assert "2 errors" in done.stdout


def test_a_finding_stands_below_the_good_check_that_has_it() -> None:
    seen = Observation(
        at=datetime.now(UTC),
        platform="p",
        kind=Kind.PROBE,
        name="ready",
        location="here",
        run_id="r",
        outcome=Outcome.GOOD,
        duration_s=0.01,
        attributes={"findings": "redis is down; a shared cache kept it for 3 s"},
    )
    (line,) = summary_lines([seen])
    assert line.splitlines() == [
        "good     ready           10ms",
        "         found: redis is down; a shared cache kept it for 3 s",
    ]


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (1, "not ended: 1 check: c0"),
        (5, "not ended: 5 checks: c0, c1, c2, c3, c4"),
        (7, "not ended: 7 checks: c0, c1, c2, c3, c4 and 2 more"),
    ],
)
def test_what_had_not_ended_is_counted_and_a_few_are_named(number: int, line: str) -> None:
    assert not_ended_line([f"c{n}" for n in range(number)]) == line
