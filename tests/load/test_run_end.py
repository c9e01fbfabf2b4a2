"""What becomes of the requests that have no answer yet when a run ends."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping

import pytest

from seakeep.observation import Outcome
from tests.load.conftest import Act, Ended, Harness, Runs, events, eventually, requests
from tests.load.site import Site

LIMIT = "spec: {outcome: good, maxDuration: 200ms}"


def limit_durations(harness: Harness) -> None:
    slos = harness.folder / "platforms" / "harbour" / "slos.yaml"
    slos.write_text(slos.read_text().replace("spec: {outcome: good}", LIMIT))


def hanging(harness: Harness, site: Site) -> Ended:
    """Who comes in the second half is not answered."""
    harness.schedule(rate=30, duration="1s", users=60, patience="400ms")
    site.freeze(0.5, 30.0)
    harness.visit('self.client.get("/")', timeout_s=30.0)
    return harness.run("--stop-timeout", "1")


def stopped(harness: Harness, site: Site) -> Ended:
    """Nobody is answered within the limit, and a person stops it."""
    harness.schedule(rate=30, duration="20s", users=200, patience="10s")
    limit_durations(harness)
    site.freeze(0.5, 30.0)
    harness.visit('self.client.get("/")', timeout_s=30.0)
    process = harness.start("--headless", "--stop-timeout", "1")
    eventually(lambda: site.total >= 60, "two seconds asked")
    process.send_signal(signal.SIGTERM)
    return harness.end(process)


def aborted(harness: Harness, site: Site) -> Ended:
    """From half a second on nobody is answered at all."""
    harness.schedule(rate=40, duration="20s", users=400, patience="15s")
    limit_durations(harness)
    site.freeze(0.5, 60.0)
    harness.visit('self.client.get("/")', timeout_s=60.0)
    return harness.run("--abort-on-breach", "--stop-timeout", "1")


def looking(harness: Harness, site: Site) -> Ended:
    """The scenario still looks at its answers when the run ends."""
    harness.schedule(rate=10, duration="1s", patience="100ms")
    harness.visit(
        'import gevent\n        with self.client.get("/", catch_response=True) as response:\n'
        "            gevent.sleep(30)"
    )
    return harness.run("--stop-timeout", "1")


@pytest.fixture(scope="module")
def runs(side_by_side: Callable[[Mapping[str, Act]], Runs]) -> Runs:
    return side_by_side(
        {"hanging": hanging, "stopped": stopped, "aborted": aborted, "looking": looking}
    )


def test_who_has_no_answer_when_the_run_is_over_was_failed_by_the_platform(runs: Runs) -> None:
    seen = requests(runs["hanging"].recorded)
    bad = [one for one in seen if one.outcome is Outcome.BAD]
    assert {one.cause for one in bad} == {"timeout-read"}
    assert sum(one.events for one in bad) >= 5
    assert {one.message for one in bad} == {"no answer when the run ended"}
    assert runs["hanging"].ended.exit_code == 1, runs["hanging"].ended.output


def test_a_platform_that_answers_nobody_is_not_met_because_somebody_stopped_the_run(
    runs: Runs,
) -> None:
    run = runs["stopped"]
    assert run.ended.exit_code == 1, run.ended.output
    assert "failed: load-success" in run.ended.output


def test_a_platform_that_answers_nobody_any_more_breaches_before_its_answers_are_due(
    runs: Runs,
) -> None:
    run = runs["aborted"]
    assert run.ended.exit_code == 1, run.ended.output
    assert "stopping, since objective load-success" in run.ended.output
    assert run.site.total < 10 * 40, "of the 20 s that it was to take"


def test_an_answer_that_the_scenario_still_looks_at_is_recorded(runs: Runs) -> None:
    run = runs["looking"]
    assert events(run.recorded) == {"GET /": run.site.total}
    assert {one.outcome for one in requests(run.recorded)} == {Outcome.GOOD}
