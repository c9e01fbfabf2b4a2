"""Checks in plain Python: one session of pytest on a file of them, seen from all sides."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

from seakeep.observation import Observation, Outcome
from tests.pytest_plugin.project import SECRET, Project, Site

TESTS = """
import pytest

@pytest.mark.api
def test_orders(check):
    orders = check.get("/200", headers={"X-A": "b"}).expect(
        status=200, json={"length(services)": {"at_least": 1}})
    service = orders.json()["services"][0]["service"]
    check.get(f"/200?{service}").expect(status="2xx", max_duration="5s")

def test_plain(check):
    first, second = check.get("/200"), check.get("/503")
    print("printed", "s3cret-t0ken")
    assert first.status == 200
    assert second.status == 200, "wanted a second " + "s3cret-t0ken"

def test_wrong_status(check):
    check.post("/200", body={"json": {"a": 1}}).expect(status=200, json={"a": 1})
    check.get("/503").expect(status=200)

def test_echo(check):
    sent = {"Authorization": "Bearer sent-" + "away"}
    check.post("/200", body=sent["Authorization"], headers=sent).expect(status=201)

def test_nothing(check):
    pass

def test_not_looked_at(check):
    check.get("/200")

def test_wrong_option(check):
    check.get("/200", timeout=5, headrs={})

def test_wrong_expectation(check):
    check.get("/200").expect(statuss=200)

def test_without_expectation(check):
    check.get("/200").expect()

def test_name_of_a_declared_check(check):
    check.get("/200", name="health").expect(status=200)

def test_refused(check):
    check.get("http://127.0.0.1:1/")

def test_unfit(check):
    check.get("/200", headers={"X": "a\\nb"})

@pytest.mark.lti
def test_defaults_of_the_suite(check):
    check.get("/200", name="of-lti").expect()

def test_no_json(check):
    check.get("/text").json()

def test_own_mistake(check):
    check.get("/200").json()["nope"]

def test_forgiven(check):
    assert check.get("/200", failure_threshold=2).status == 201

@pytest.fixture
def order(check):
    return check.get("/200", name="fixture").expect(status=200)

class TestOfAClass:
    @pytest.mark.parametrize("verb", ["get", "put"])
    def test_verbs(self, check, order, verb):
        for _ in range(2):
            assert getattr(check, verb)("/200").status == 200
"""


OK = {"status": 200}
PROPERTY = "property"


@dataclass(frozen=True)
class Seen:
    code: int
    text: str
    observations: dict[str, Observation]
    properties: dict[str, dict[str, str]]
    junit: str

    def about(self, test: str) -> str:
        """What the report tells of one test."""
        return self.text.split(f" {test} __", 1)[1].split("\n__", 1)[0].split("\n==", 1)[0]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Seen:
    folder: Path = tmp_path_factory.mktemp("project") / "p"
    project = Project(folder, site.base_url)
    project.platform({"name": "health"} | {"path": "/200"}, defaults={"lti": {"expect": OK}})
    (folder / "probes" / "test_own.py").write_text(TESTS)
    done = project.pytest(
        "probes", "--platform", "p", "--tb=long", "--junitxml=j.xml", "-rx", APP_TOKEN=SECRET
    )
    cases = ET.parse(folder / "j.xml").getroot().iter("testcase")
    return Seen(
        done.returncode,
        done.stdout + done.stderr,
        {one.name: one for one in project.seen()},
        {
            case.attrib["name"]: {
                p.attrib["name"]: p.attrib["value"] for p in case.iter("property")
            }
            for case in cases
        },
        (folder / "j.xml").read_text(),
    )


def test_each_request_is_one_observation_named_after_its_test(seen: Seen) -> None:
    outcomes = {name: one.outcome.value for name, one in seen.observations.items()}
    assert outcomes == {
        "health": "good",
        "test-orders": "good",
        "test-orders-2": "good",
        "test-plain": "good",
        "test-plain-2": "bad",
        "test-wrong-status": "good",
        "test-wrong-status-2": "bad",
        "test-echo": "bad",
        "test-refused": "bad",
        "test-unfit": "invalid",
        "of-lti": "good",
        "test-no-json": "bad",
        "test-forgiven": "bad",
        "fixture": "good",
        "test-verbs-get-2": "good",
        "test-verbs-get-3": "good",
        "test-verbs-put-2": "good",
        "test-verbs-put-3": "good",
    }
    assert len({one.run_id for one in seen.observations.values()}) == 1
    attributes = seen.observations["test-orders"].attributes
    assert attributes["kind"] == "http"
    assert attributes["suite"] == "api"
    assert attributes["status"] == 200
    assert seen.observations["of-lti"].attributes["suite"] == "lti"


def test_what_asserts_nothing_or_is_written_wrongly_is_an_error_and_no_pass(seen: Seen) -> None:
    assert seen.code == 1
    assert "6 failed, 5 passed, 1 xfailed, 7 errors" in seen.text
    assert "sends no request" in seen.about("test_nothing")
    assert "asserts nothing of the answer" in seen.about("test_not_looked_at")
    assert "timeout: found 5; wanted a duration" in seen.about("test_wrong_option")
    assert "unknown key 'headrs'; wanted 'headers'" in seen.about("test_wrong_option")
    assert "unknown key 'statuss'; wanted 'status'" in seen.about("test_wrong_expectation")
    assert "wanted at least one expectation" in seen.about("test_without_expectation")
    assert "a check of platform.yaml" in seen.about("test_name_of_a_declared_check")
    assert "the observer was unfit" in seen.about("test_unfit")
    assert "ERROR at call of test_unfit" in seen.text


def test_a_failure_is_short_and_without_frames_of_seakeep(seen: Seen) -> None:
    about = seen.about("test_wrong_status")
    assert "status: wanted 200, got 503" in about
    assert "  cause    status\n" in about
    assert "  phases   connect" in about
    assert "  at       probes/test_own.py:19\n" in about
    assert "  repeat   curl -sS -i" in about
    assert "  trace    " in about
    assert len(about.splitlines()) < 10
    assert "connect: wanted a connection" in seen.about("test_refused")
    for text in ("Traceback", "src/seakeep", "/pytest_plugin/"):
        assert text not in seen.text


def test_what_a_test_sends_as_a_secret_is_masked_in_what_comes_back(seen: Seen) -> None:
    assert "got 200 | Bearer ***" in seen.about("test_echo")
    assert "sent-away" not in seen.text
    assert "sent-away" not in str(seen.observations)


def test_what_pytest_itself_tells_of_a_failed_assertion_is_masked_too(seen: Seen) -> None:
    assert "AssertionError: wanted a second ***" in seen.about("test_plain")
    assert "printed ***" in seen.about("test_plain")
    assert SECRET not in seen.text
    assert SECRET not in seen.junit


def test_a_failed_assertion_of_the_tests_own_is_the_cause_of_what_it_looked_at(seen: Seen) -> None:
    bad = seen.observations["test-plain-2"]
    assert (bad.cause, bad.message) == ("assertion", "wanted a second ***")
    about = seen.about("test_plain")
    assert ">       assert second.status == 200" in about
    assert "<GET /503>.status" in about
    assert f"  trace    {bad.attributes['trace_id']}" in about
    assert seen.observations["test-no-json"].cause == "json"
    assert "KeyError: 'nope'" in seen.about("test_own_mistake")


def test_a_failure_below_its_threshold_is_an_expected_one(seen: Seen) -> None:
    assert "test_forgiven - 1 of 2 failures in a row: assert 200 == 201" in seen.text
    assert seen.observations["test-forgiven"].attributes["consecutive_failures"] == 1


def test_the_junit_report_tells_cause_trace_and_duration(seen: Seen) -> None:
    told = seen.properties["test_wrong_status"]
    assert told["cause"] == "status"
    trace = seen.observations["test-wrong-status-2"].attributes["trace_id"]
    assert told["trace_id"] == trace
    assert float(told["duration_s"]) > 0
    assert seen.properties["test_health[health]"].keys() == {"trace_id", "duration_s"}


def test_the_summary_has_a_line_for_each_and_says_what_went_wrong(seen: Seen) -> None:
    section = seen.text.split("seakeep: p", 1)[1]
    assert f"{'bad':<7}  test-refused" in section
    assert section.count("\ngood ") == 12
    for name, one in seen.observations.items():
        assert name in section
        assert one.outcome is not Outcome.BAD or one.cause in section
    section_lines = section.split("no verdicts")[0].splitlines()[1:]
    assert max(len(line) for line in section_lines) <= 100
