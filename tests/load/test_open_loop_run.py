"""What real runs tell of a platform that stalls, of a generator that does, and of each visitor."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest

from seakeep.observation import Kind, Outcome
from tests.load.conftest import Act, Done, Ended, Harness, Runs, durations, events, requests
from tests.load.site import Site

HOME = 'self.client.get("/")'
RATE_PER_S, RUN_S = 100, 4
FROZEN_AFTER_S, FROZEN_S = 1.5, 1.0
USERS = 5
DUE = RATE_PER_S * RUN_S

BURNING = """import time
        end = time.thread_time() + 0.4
        while time.thread_time() < end:
            pass
        self.client.get("/")"""
VISIT = """self.client.get("/cookie")
        self.client.get("/second")
        self.think(0.3)
        self.client.get("/third")"""

BY_HAND = """
import time
from locust import FastHttpUser, task
from seakeep.load import scenario
from seakeep.load.user import PlatformUser

class Visitor({base}):
    wait_time = scenario.arrivals("browse")
    {more}

    @task
    def visit(self):
        self.client.get("/")
"""


def freezing(**scenario: object) -> Act:
    """Run against a site that answers nobody for a second, with few users."""
    steady = {"name": "browse", "rate": RATE_PER_S, "duration": f"{RUN_S}s", "users": USERS}

    def act(harness: Harness, site: Site) -> Ended:
        harness.declare(
            limits={"max_rate": 5000, "max_load_duration": "1m"},
            scenarios=[{**steady, **scenario}],
        )
        harness.visit(HOME, timeout_s=10)
        site.freeze(FROZEN_AFTER_S, FROZEN_S)
        return harness.run()

    return act


def doing(body: str, **scenario: object) -> Act:
    def act(harness: Harness, site: Site) -> Ended:
        harness.schedule(**{"users": 4, "rate": 10, "duration": "1s", **scenario})
        harness.visit(body)
        return harness.run()

    return act


def being(base: str = "PlatformUser", more: str = "") -> Act:
    """Run with users of some class: many of them, for few arrivals."""

    def act(harness: Harness, site: Site) -> Ended:
        harness.schedule(users=8, rate=4, duration="1s")
        harness.locustfile.write_text(BY_HAND.format(base=base, more=more))
        return harness.run()

    return act


@pytest.fixture(scope="module")
def runs(side_by_side: Callable[[Mapping[str, Act]], Runs]) -> Runs:
    return side_by_side(
        {
            "frozen": freezing(),
            "impatient": freezing(patience="500ms"),
            "forgiven": freezing(patience="500ms", max_missed="40%"),
            "burning": doing(BURNING, patience="1s"),
            "visits": doing(VISIT, users=10),
            "reconnecting": being(more="reconnect = True"),
            "staying": being(),
            "own-start": being(more='def on_start(self): self.client.get("/login")'),
            "start-with-super": being(
                more='def on_start(self): self.client.get("/login"); super().on_start()'
            ),
            "plain-user": being(base="FastHttpUser"),
        }
    )


def truth(run: Done) -> list[float]:
    """Return how long each arrival took: from when the schedule had it, to the site's answer."""
    first_at = min(one.at for one in requests(run.recorded)).timestamp()
    due_at = [first_at + nth / RATE_PER_S for nth in range(DUE)]
    return sorted(
        answered - due for answered, due in zip(sorted(run.site.answered_at), due_at, strict=True)
    )


def quantile(ordered: list[float], share: float) -> float:
    return ordered[math.ceil(share * len(ordered)) - 1]


def test_response_times_tell_of_a_stall_what_the_schedule_says(runs: Runs) -> None:
    run = runs["frozen"]
    assert run.passed, run.ended.output
    assert run.site.total == events(run.recorded).total() == DUE
    response, exact = durations(run.recorded), truth(run)
    noise_s = run.summary.generator.most_lag_s + run.site.woke_late_s
    for share in (0.8, 0.9, 0.95, 0.99):
        told, true = response.quantile(share), quantile(exact, share)
        assert told == pytest.approx(true, rel=0.05, abs=noise_s), (share, noise_s)
    p99 = quantile(exact, 0.99)
    assert p99 > 0.9 * FROZEN_S, "a hundred arrivals fell into the stall, one each hundredth"


def test_service_times_tell_of_those_who_were_being_served(runs: Runs) -> None:
    service = durations(runs["frozen"].recorded, service=True)
    response = durations(runs["frozen"].recorded)
    assert (service.quantile(1.0) or 0) > 0.8 * FROZEN_S
    stalled, total = FROZEN_S / 2, service.count
    assert total - service.count_within(stalled) == USERS, "one request of each user"
    assert total - response.count_within(stalled) > 10 * USERS


def test_those_who_wait_for_a_free_user_are_late_and_none_is_missed(runs: Runs) -> None:
    run = runs["frozen"]
    arrivals = run.summary.arrivals
    assert (arrivals.due, arrivals.started, arrivals.missed) == (DUE, DUE, 0)
    assert arrivals.late >= RATE_PER_S * FROZEN_S - 2 * USERS
    assert arrivals.most_waiting > 0
    assert f"arrivals started, {arrivals.late} of them late" in run.ended.said
    assert ("with more --users fewer would be late" in run.ended.said) == run.was_fit


def test_those_who_lose_patience_are_missed_and_fail_the_run(runs: Runs) -> None:
    run = runs["impatient"]
    arrivals = run.summary.arrivals
    assert run.ended.exit_code == 1, run.ended.output
    assert arrivals.due == arrivals.started + arrivals.missed == DUE
    assert run.site.total == events(run.recorded).total() == arrivals.started
    # those of the first half second of the stall, but for whoever had a user
    assert 0.5 * RATE_PER_S - 2 * USERS <= arrivals.missed <= RATE_PER_S
    assert f"{arrivals.missed} missed" in run.ended.said
    assert f"{arrivals.missed} arrivals missed, " in run.ended.said
    assert "(max_missed: 0.10%)" in run.ended.said


def test_so_many_may_be_missed_as_the_scenario_says(runs: Runs) -> None:
    run = runs["forgiven"]
    assert run.summary.arrivals.missed > 0
    assert run.passed, run.ended.output


def test_a_generator_that_cannot_keep_up_blames_itself(runs: Runs) -> None:
    run = runs["burning"]
    assert run.ended.exit_code == 1, run.ended.output
    unfit = [one for one in requests(run.recorded) if one.outcome is Outcome.INVALID]
    assert {one.cause for one in unfit} == {"generator-saturated"}
    assert events(unfit).total() >= 0.5 * events(run.recorded).total() > 0
    assert not [one for one in requests(run.recorded) if one.outcome is Outcome.BAD]
    assert not run.summary.generator.is_fit
    assert "the load generator was unfit" in run.ended.said
    assert "say nothing of the platform" in run.ended.said
    assert "breached" not in run.ended.said


def test_unfit_seconds_are_in_the_store_as_such(runs: Runs) -> None:
    told = [one for one in runs["burning"].recorded if one.kind is Kind.GENERATOR]
    unfit = [one for one in told if one.outcome is Outcome.INVALID]
    assert unfit
    assert {one.cause for one in unfit} == {"generator-saturated"}
    assert all("wanted at most" in one.message for one in unfit)


def test_each_arrival_is_a_visitor_without_cookies_of_the_one_before(runs: Runs) -> None:
    run = runs["visits"]
    assert run.passed, run.ended.output
    carried = {
        path: {one.headers.get("Cookie") for one in run.site.requests if one.path == path}
        for path in ("/cookie", "/second", "/third")
    }
    assert carried == {"/cookie": {None}, "/second": {"visitor=anna"}, "/third": {"visitor=anna"}}
    assert run.site.served == {"/cookie": 10, "/second": 10, "/third": 10}


def test_the_time_that_a_visitor_thinks_is_not_the_platforms(runs: Runs) -> None:
    run = runs["visits"]
    third = [one for one in run.recorded if one.name == "GET /third"]
    noise_s = run.summary.generator.most_lag_s
    assert sum(one.events for one in third) == 10
    assert all(one.duration_s < 0.3 + noise_s for one in third), "0.3 s are thought each time"
    for visitor in ("/second", "/third"):
        assert run.site.served[visitor] == 10
    thought_s = [
        later.at - earlier.at
        for earlier, later in zip(
            (one for one in run.site.requests if one.path == "/second"),
            (one for one in run.site.requests if one.path == "/third"),
            strict=True,
        )
    ]
    assert min(thought_s) > 0.2


def test_strangers_come_by_connections_of_their_own_when_told(runs: Runs) -> None:
    assert runs["reconnecting"].site.connections == 4
    assert runs["staying"].site.total == 4


@pytest.mark.parametrize("name", ["own-start", "start-with-super"])
def test_users_wait_for_their_first_arrival_whatever_their_start_does(
    runs: Runs, name: str
) -> None:
    run = runs[name]
    assert run.passed, run.ended.output
    assert run.site.served == {"/login": 8, "/": 4}
    assert run.summary.arrivals.started == 4


def test_users_without_an_arrival_do_nothing(runs: Runs) -> None:
    run = runs["staying"]
    assert run.passed, run.ended.output
    assert run.site.served == {"/": 4}


def test_a_user_who_is_none_of_ours_is_told_before_any_request(runs: Runs) -> None:
    run = runs["plain-user"]
    assert run.ended.exit_code == 2, run.ended.output
    assert "seakeep: Visitor: arrivals are for users derived from PlatformUser" in run.ended.said
    assert run.site.total == 0
    assert "Traceback" not in run.ended.output
