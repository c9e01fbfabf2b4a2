"""``pytest probes`` as a person runs it: real subprocesses on a project of their own."""

from __future__ import annotations

import pytest

from seakeep.observation import Outcome
from tests.pytest_plugin.project import SECRET, Project

PASSING = ({"name": "health", "path": "/200"}, {"name": "front", "suite": "home", "path": "/200"})


def test_one_test_per_declared_check_with_a_readable_id(project: Project) -> None:
    project.platform(*PASSING, {"name": "orders", "suite": "api", "path": "/200"})
    done = project.pytest("probes", "--platform", "p", "-v")
    assert done.returncode == 0, done.stdout + done.stderr
    for test in ("test_health[health]", "test_home[front]", "test_check[orders]"):
        assert f"{test} PASSED" in done.stdout
    assert "3 passed in" in done.stdout
    assert "skipped" not in done.stdout
    assert "seakeep: p" in done.stdout
    assert "good     orders" in done.stdout


def test_what_was_seen_is_recorded_also_when_tests_fail(project: Project) -> None:
    project.platform(*PASSING, {"name": "broken", "path": "/503"})
    done = project.pytest("probes", "--platform", "p")
    assert done.returncode == 1
    seen = {observation.name: observation for observation in project.seen()}
    assert {name: one.outcome for name, one in seen.items()} == {
        "health": Outcome.GOOD,
        "front": Outcome.GOOD,
        "broken": Outcome.BAD,
    }
    assert len({observation.run_id for observation in seen.values()}) == 1


def test_a_failure_is_told_in_a_few_lines_without_a_traceback(project: Project) -> None:
    project.platform(
        {"name": "broken", "path": f"/503?t={SECRET}", "headers": {"Authorization": "Bearer x"}}
    )
    done = project.pytest("probes", "--platform", "p", APP_TOKEN=SECRET)
    assert done.returncode == 1
    assert 'status: wanted 200, got 503 | {"status": "unhealthy"' in done.stdout
    assert "phases   connect" in done.stdout
    command = "curl -sS -i --globoff --max-time 5 -H 'Authorization: ***' 'http://127.0.0.1:"
    assert command in done.stdout
    assert f"trace    {project.seen()[0].attributes['trace_id']}" in done.stdout
    assert SECRET not in done.stdout
    assert "Traceback" not in done.stdout
    assert "src/seakeep" not in done.stdout


@pytest.mark.parametrize("selection", [("-m", "health"), ("-k", "health"), ("-m", "not home")])
def test_only_selected_checks_are_sent(project: Project, selection: tuple[str, str]) -> None:
    project.platform(*PASSING)
    assert project.pytest("probes", "--platform", "p", *selection).returncode == 0
    assert [observation.name for observation in project.seen()] == ["health"]


def test_collecting_alone_sends_nothing(project: Project) -> None:
    project.platform(*PASSING)
    done = project.pytest("probes", "--platform", "p", "--collect-only", "-q")
    assert done.returncode == 0
    assert not (project.folder / "home").exists()


def test_without_a_platform_it_says_what_to_set(project: Project) -> None:
    done = project.pytest("probes")
    assert done.returncode == 4
    assert done.stderr.strip() == (
        "ERROR: no platform: set SEAKEEP_PLATFORM or give --platform "
        "(a name under platforms/, or a path)"
    )


def test_all_problems_of_a_platform_are_told(project: Project) -> None:
    project.platform({"name": "Bad Name", "path": "nope"}, {"name": "fine", "path": "/"})
    for done in (
        project.pytest("probes", SEAKEEP_PLATFORM="p"),
        project.pytest("tests", "--platform", "p"),
    ):
        assert done.returncode == 4
        assert "checks[0].name" in done.stderr
        assert "checks[0].path" in done.stderr
        assert "Traceback" not in done.stdout + done.stderr


def test_other_tests_need_no_platform(project: Project) -> None:
    (project.folder / "tests").mkdir()
    (project.folder / "tests" / "test_a.py").write_text("def test_a(): pass\n")
    done = project.pytest(SEAKEEP_PLATFORM="does-not-exist")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "seakeep:" not in done.stdout
    assert not (project.folder / "home").exists()


def test_a_store_that_can_not_be_written_is_one_clear_line(project: Project) -> None:
    project.platform(*PASSING)
    (project.folder / "home").write_text("a file")
    done = project.pytest("probes", "--platform", "p")
    assert done.returncode == 4
    assert "ERROR: can't open the store" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_test_that_judges_nothing_does_not_pass(project: Project) -> None:
    project.platform({"name": "broken", "path": "/503"})
    (project.folder / "probes" / "test_health.py").write_text("def test_x(declared_check): pass\n")
    done = project.pytest("probes/test_health.py", "--platform", "p")
    assert done.returncode == 1
    assert "the test never calls hold()" in done.stdout


def test_an_unfit_observer_is_an_error_and_no_failure(project: Project) -> None:
    project.platform({"name": "bad-header", "path": "/200", "headers": {"X": "a\nb"}})
    done = project.pytest("probes", "--platform", "p")
    assert done.returncode == 1
    assert "the observer was unfit" in done.stdout
    assert "1 error" in done.stdout


def test_what_had_ended_is_recorded_when_the_session_is_interrupted(project: Project) -> None:
    project.platform(*PASSING)
    (project.folder / "probes" / "test_zz.py").write_text(
        "def test_zz(declared_check):\n    declared_check.hold()\n    raise KeyboardInterrupt\n"
    )
    assert project.pytest("probes", "--platform", "p").returncode == 2
    assert len(project.seen()) == 2


HEAVY = ("playwright", "scipy", "jinja2", "prometheus_client", "locust")


def test_http_checks_import_nothing_heavy(project: Project) -> None:
    project.platform(*PASSING)
    (project.folder / "conftest.py").write_text(
        "import sys\n"
        "def pytest_unconfigure():\n"
        f"    print('HEAVY', sorted(set(sys.modules) & {set(HEAVY)}))\n"
    )
    done = project.pytest("probes", "--platform", "p", "-m", "not journey")
    assert "HEAVY []" in done.stdout


JOURNEY = {"name": "walk", "start": "/200", "steps": [{"see": {"text": "unhealthy"}}]}


def test_a_journey_runs_with_pytest_playwrights_options(project: Project) -> None:
    project.platform({"name": "health", "path": "/200"}, journeys=[JOURNEY])
    done = project.pytest("probes", "--platform", "p", "--tracing", "on", "--output", "traces")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    journey = project.seen()[-1]
    assert (journey.kind, journey.outcome) == ("journey", Outcome.GOOD)
    assert list((project.folder / "traces").rglob("trace.zip"))


def test_a_missing_browser_is_never_the_platforms_fault(project: Project) -> None:
    project.platform({"name": "health", "path": "/200"}, journeys=[JOURNEY])
    done = project.pytest("probes", "--platform", "p", SEAKEEP_CHROMIUM="/no/such/browser")
    assert done.returncode == 1
    assert "the observer was unfit: browser: wanted one that starts" in done.stdout
    assert "SEAKEEP_CHROMIUM is /no/such/browser" in " ".join(done.stdout.split())
    assert [(o.name, o.outcome) for o in project.seen()] == [
        ("health", Outcome.GOOD),
        ("walk", Outcome.INVALID),
    ]


def test_a_refusal_on_the_command_line_is_obeyed(project: Project) -> None:
    project.platform(*PASSING)
    done = project.pytest("probes", "--platform", "p", "-p", "no:playwright", "--headed")
    assert done.returncode == 4
    assert "unrecognized arguments: --headed" in done.stderr
