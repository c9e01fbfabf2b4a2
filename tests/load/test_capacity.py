"""A search within a run, by the run's own clock and observations, on a simulated platform."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

import pytest

from seakeep.generator import GeneratorSecond
from seakeep.histogram import Histogram
from seakeep.load.capacity import CapacityRun, latency_limits, set_apart
from seakeep.load.growing import GrowingSchedule
from seakeep.load.search import Bounds, Capacity, Ending, Search
from seakeep.observation import Batch, Kind, Observation, Outcome
from seakeep.platform_file import load_platform
from seakeep.slo.objective import Objective
from seakeep.slo.openslo import load_objectives

BEGAN_AT = 1_800_000_000.4
PULSE_S = 0.25


@pytest.fixture
def objectives(monkeypatch: pytest.MonkeyPatch) -> tuple[Objective, ...]:
    """Those of the sandbox on load: 99% succeed, 95% within 300 ms."""
    monkeypatch.setenv("SEAKEEP_BASE_URL", "http://127.0.0.1:1")
    found = load_objectives(load_platform("platforms/sandbox"))
    return tuple(o for o in found if o.counts(Kind.LOAD))


@dataclass
class SimulatedRun:
    """A run whose processes tell once a second, against one server with a queue.

    Attributes:
        limit_per_s: What the server serves.
        fastest_per_s: Above it, the generator is unfit.
        unfit_at: Seconds of the run in which the generator has a hiccup.
        users: How many arrivals may be under way at once.
        hangs_every: Every how many arrivals one never gets an answer; 0 for none.
        gives_up_s: After how long a user gives up, which then is a failed request.
        half_at: Seconds of the run in which only every second arrival is made.
        lost_at_s: When a second process tells for the last time, which makes no arrivals.
    """

    limit_per_s: float
    spacing: Literal["even", "poisson"] = "even"
    fastest_per_s: float = 10_000.0
    unfit_at: tuple[int, ...] = ()
    users: int = 1000
    hangs_every: int = 0
    gives_up_s: float = 1e9
    half_at: range = range(0)
    lost_at_s: float = 0.0
    arrived: int = 0
    served_until_s: float = 0.0
    under_way: list[tuple[float, float]] = field(default_factory=list)
    told: list[Observation] = field(default_factory=list)

    def search(self, search: Search, objectives: tuple[Objective, ...]) -> Capacity:
        schedule = GrowingSchedule(self.spacing, seed=7)
        run = CapacityRun(search, schedule, objectives, max_missed_share=0.001, patience_s=10.0)
        times = schedule.times()
        due, pulses, self.said = [0], 0, list[str]()
        ahead: list[float] = []
        while not schedule.ended:
            elapsed_s = pulses * PULSE_S
            assert elapsed_s < 1800
            self.said += [line.plain for line in run.advance(elapsed_s, BEGAN_AT + elapsed_s)]
            due[0] += self._arrive(times, ahead, elapsed_s)
            if pulses % 4 == 0 and pulses:
                told = list(self._tell(elapsed_s, due[0]))
                due[0] = 0
                self.told += told
                run.see(told)
            pulses += 1
        assert search.result is not None
        return search.result

    def _arrive(self, times: Iterator[float | None], ahead: list[float], elapsed_s: float) -> int:
        """Serve what has come; an arrival that the schedule told too late fails the test."""
        count = 0
        while True:
            at_s = ahead.pop() if ahead else next(times, None)
            if at_s is None:
                return count
            if at_s > elapsed_s:
                ahead.append(at_s)
                return count
            assert at_s > elapsed_s - 2 * PULSE_S, "the schedule was made too late"
            self.served_until_s = max(at_s, self.served_until_s) + 1 / self.limit_per_s
            self.arrived += 1
            if int(at_s) in self.half_at and self.arrived % 2:
                continue
            hangs = self.hangs_every and self.arrived % self.hangs_every == 0
            ends_s = at_s + self.gives_up_s if hangs else self.served_until_s
            self.under_way.append((at_s, ends_s))
            count += 1

    def _tell(self, elapsed_s: float, due: int) -> Iterator[Observation]:
        ended = [one for one in self.under_way if one[1] <= elapsed_s]
        self.under_way = [one for one in self.under_way if one[1] > elapsed_s]
        second = round(elapsed_s)
        unfit = second in self.unfit_at or due > self.fastest_per_s
        alike: dict[tuple[int, bool], list[tuple[float, float]]] = defaultdict(list)
        for at_s, end_s in ended:
            alike[int(BEGAN_AT + at_s), end_s - at_s > 0.3].append((at_s, end_s - at_s))
        outcomes = {False: Outcome.GOOD, True: Outcome.INVALID}
        for requests in alike.values():
            failed = requests[0][1] >= self.gives_up_s - 1e-6
            durations = [duration for _, duration in requests]
            histogram = Histogram(durations)
            yield Observation(
                at=datetime.fromtimestamp(BEGAN_AT + requests[0][0], UTC),
                platform="sandbox",
                kind=Kind.LOAD,
                name="GET /",
                location="local",
                run_id="run",
                outcome=Outcome.BAD if failed else outcomes[unfit],
                duration_s=max(durations),
                batch=Batch(
                    count=len(requests),
                    shortest_s=min(durations),
                    durations=histogram,
                    service=histogram,
                ),
            )
        alone = GeneratorSecond(
            at=datetime.fromtimestamp(BEGAN_AT + elapsed_s - 1, UTC),
            platform="sandbox",
            scenario="browse",
            run_id="run",
            location="local",
            process="1",
        )
        if elapsed_s <= self.lost_at_s:
            yield replace(alone, process="2").observation()
        yield replace(
            alone,
            due=due,
            started=due,
            busy=min(len(self.under_way), self.users),
            waiting=max(0, len(self.under_way) - self.users),
            hanging=sum(elapsed_s - at_s > 0.3 for at_s, _ in self.under_way[: self.users]),
            users=self.users,
            requests=len(ended),
            unfit="the loop came 300ms late" if unfit else "",
        ).observation()


def searching(objectives: tuple[Objective, ...], ceiling: float = 500) -> Search:
    return Search(15, Bounds(ceiling_per_s=ceiling), latency_limits=latency_limits(objectives))


def test_it_finds_the_limit_of_the_platform(objectives: tuple[Objective, ...]) -> None:
    run = SimulatedRun(limit_per_s=120)
    capacity = run.search(searching(objectives), objectives)
    assert capacity.ending is Ending.FOUND
    assert capacity.confirmed
    assert capacity.sustained_per_s == pytest.approx(120, rel=0.05)
    low, high = capacity.interval
    assert high is not None
    assert low < 120 <= high < 128
    assert capacity.broke.startswith("load-latency: ")
    assert run.said[0] == "15/s for 10s (raise)"
    assert len(run.said) == 2 * len(capacity.steps)
    arrivals = [o.arrivals for o in capacity.steps if o.held]
    assert arrivals == [
        pytest.approx(o.rate_per_s * o.step.hold_s, abs=2) for o in capacity.steps if o.held
    ]


def test_a_broken_step_is_ended_early_and_does_not_harm_the_next(
    objectives: tuple[Objective, ...],
) -> None:
    capacity = SimulatedRun(limit_per_s=70).search(searching(objectives), objectives)
    broken = [o for o in capacity.steps if o.held is False and o.rate_per_s > 100]
    assert broken
    assert all(o.arrivals < 5 * o.rate_per_s for o in broken)
    assert capacity.sustained_per_s == pytest.approx(70, rel=0.05)


def test_random_arrivals_are_searched_alike(objectives: tuple[Objective, ...]) -> None:
    run = SimulatedRun(limit_per_s=120, spacing="poisson")
    capacity = run.search(searching(objectives), objectives)
    assert capacity.sustained_per_s is not None
    assert 0.85 * 120 < capacity.sustained_per_s < 1.04 * 120


def test_a_generator_at_its_end_is_not_the_platform(objectives: tuple[Objective, ...]) -> None:
    run = SimulatedRun(limit_per_s=5000, fastest_per_s=300)
    capacity = run.search(searching(objectives), objectives)
    assert capacity.ending is Ending.GENERATOR
    assert capacity.sustained_per_s == 240
    assert capacity.steps[-1].unfit == "the loop came 300ms late"


def test_a_second_of_hiccup_costs_nothing_but_its_own_requests(
    objectives: tuple[Objective, ...],
) -> None:
    run = SimulatedRun(limit_per_s=120, unfit_at=(5, 30, 55))
    capacity = run.search(searching(objectives), objectives)
    assert capacity.ending is Ending.FOUND
    assert capacity.sustained_per_s == pytest.approx(120, rel=0.05)


def test_too_few_users_are_named_where_arrivals_waited_for_them(
    objectives: tuple[Objective, ...],
) -> None:
    run = SimulatedRun(limit_per_s=120, users=5)
    capacity = run.search(searching(objectives), objectives)
    assert "arrivals waited for one of 5 users" in capacity.broke
    run = SimulatedRun(limit_per_s=120, users=500)
    assert "users" not in run.search(searching(objectives), objectives).broke


def held_at(capacity: Capacity) -> dict[float, bool | None]:
    return {outcome.rate_per_s: outcome.held for outcome in capacity.steps}


@pytest.mark.parametrize("gives_up_s", [1e9, 25.0, 4.0])
def test_who_never_gets_an_answer_is_bad(
    objectives: tuple[Objective, ...], gives_up_s: float
) -> None:
    run = SimulatedRun(limit_per_s=5000, hangs_every=33, gives_up_s=gives_up_s)
    search = Search(120, Bounds(ceiling_per_s=120, floor_per_s=60))
    capacity = run.search(search, objectives)
    assert capacity.sustained_per_s is None
    assert "load-success: " in capacity.broke or "load-latency" in capacity.broke


@pytest.mark.parametrize("gives_up_s", [1e9, 25.0, 4.0])
def test_who_hangs_on_from_an_earlier_step_does_not_count_against_the_next(
    objectives: tuple[Objective, ...], gives_up_s: float
) -> None:
    run = SimulatedRun(limit_per_s=5000, hangs_every=150, gives_up_s=gives_up_s)  # within 99%
    search = Search(100, Bounds(ceiling_per_s=100, floor_per_s=100, most_steps=8))
    capacity = run.search(search, objectives)
    assert set(held_at(capacity).values()) == {True}


def test_many_who_hang_end_a_step_early(objectives: tuple[Objective, ...]) -> None:
    run = SimulatedRun(limit_per_s=5000, hangs_every=2)
    capacity = run.search(Search(100, Bounds(ceiling_per_s=100, floor_per_s=100)), objectives)
    assert not any(held_at(capacity).values())
    assert all(outcome.arrivals < 500 for outcome in capacity.steps)


def test_a_step_whose_arrivals_were_not_made_is_made_again(
    objectives: tuple[Objective, ...],
) -> None:
    run = SimulatedRun(limit_per_s=120, half_at=range(4, 7))
    capacity = run.search(searching(objectives), objectives)
    first, again = capacity.steps[:2]
    assert (first.rate_per_s, first.held) == (again.rate_per_s, None)
    assert first.unfit == f"only {first.arrivals} of 150 arrivals were made"
    assert (again.arrivals, again.held) == (150, True)
    assert capacity.sustained_per_s == pytest.approx(120, rel=0.05)


@pytest.mark.parametrize("spacing", ["even", "poisson"])
def test_arrivals_that_are_never_made_are_no_capacity(
    objectives: tuple[Objective, ...], spacing: Literal["even", "poisson"]
) -> None:
    run = SimulatedRun(limit_per_s=120, spacing=spacing, half_at=range(10_000))
    capacity = run.search(searching(objectives), objectives)
    assert (capacity.ending, capacity.sustained_per_s) == (Ending.GENERATOR, None)


def test_a_step_in_which_a_process_was_lost_is_made_again(
    objectives: tuple[Objective, ...],
) -> None:
    run = SimulatedRun(limit_per_s=120, lost_at_s=7.0)
    capacity = run.search(searching(objectives), objectives)
    first, again = capacity.steps[:2]
    assert (first.rate_per_s, first.held) == (again.rate_per_s, None)
    assert first.unfit == "1 of 2 processes were lost meanwhile"
    assert (again.unfit, again.held) == ("", True)


def test_what_a_search_saw_is_stored_apart_from_what_objectives_count(
    objectives: tuple[Objective, ...],
) -> None:
    run = SimulatedRun(limit_per_s=50)
    run.search(searching(objectives, ceiling=30), objectives)
    stored = list(set_apart(run.told))
    assert {seen.kind for seen in stored} == {Kind.CAPACITY, Kind.GENERATOR}
    assert sum(seen.events for seen in stored) == sum(seen.events for seen in run.told)
    assert not any(objective.is_event(seen) for objective in objectives for seen in stored)
