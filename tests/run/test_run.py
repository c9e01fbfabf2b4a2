"""`seakeep run` does all it promises, for real, and says truly how it went."""

import json
import os
import signal
import urllib.request
import xml.etree.ElementTree as ET
from pathlib import Path

from seakeep.run.gateway import find_pushgateway, local_pushgateway
from tests.run.harness import Harness

OBJECTIVES = (
    "availability",
    "check-latency",
    "load-success",
    "load-latency",
    "journeys",
    "page-speed",
)


def only_run(harness: Harness) -> Path:
    (folder,) = (harness.root / "reports" / "out").iterdir()
    return folder


def test_a_whole_run_holds_and_reports_and_pushes(whole: Harness, tmp_path: Path) -> None:
    binary = find_pushgateway()
    assert binary, "the Pushgateway is not on PATH: set-up installs it"
    with local_pushgateway(binary, tmp_path / "gateway.log") as url:
        assert url is not None
        code, said = whole.seakeep("run", SEAKEEP_PUSHGATEWAY=url)
        pushed = urllib.request.urlopen(f"{url}/metrics", timeout=5).read().decode()
    assert code == 0, said
    folder = only_run(whole)

    result = json.loads((folder / "result.json").read_text())
    states = {verdict["objective"]: verdict["state"] for verdict in result["verdicts"]}
    assert tuple(states) == OBJECTIVES
    assert not {"breached", "no_data"} & set(states.values())
    assert {step["state"] for step in result["steps"]} == {"passed"}
    loads = [step["name"] for step in result["steps"] if step["name"].startswith("load ")]
    assert loads == ["load browse", "load work", "load class-start"]

    assert ET.parse(folder / "junit.xml").getroot().get("failures") == "0"
    assert "availability" in (folder / "summary.md").read_text().lower()
    page = (folder / "index.html").read_text()
    for piece in (
        "network-latency",
        "pod-failure",
        "LCP",
        "GET /health",
        "POST /api/answers",
        "lti-config",
    ):
        assert piece in page
    journals = {path.stem for path in (folder / "journals").glob("*.json")}
    assert journals == {"network-latency", "pod-failure"}

    for check in ("health", "lti-config", "home"):
        assert any(
            line.startswith("probe_success{") and f'check="{check}"' in line and line.endswith(" 1")
            for line in pushed.splitlines()
        ), f"no probe_success of {check}"
    for objective in OBJECTIVES:
        assert f'objective="{objective}"' in pushed
    assert whole.nothing_is_left()


def test_with_the_store_killed_it_says_which_objective_broke_and_why(harness: Harness) -> None:
    harness.drop("platforms/sandbox/platform.yaml", "journeys:", "scenarios:")
    code, said = harness.seakeep("sandbox", "up")
    assert code == 0, said
    store_pid = int(said.split("SEAKEEP_SANDBOX_STORE_PID=")[1].split()[0])
    try:
        os.kill(store_pid, signal.SIGKILL)
        code, said = harness.seakeep("run")
    finally:
        harness.seakeep("sandbox", "down")
    assert code == 1, said
    assert "Breached: Availability" in said
    assert "store" in said.split("availability: ", 1)[1], "why: the store is named"
    assert "refused" in said, "no fault is injected into a platform that is down"
    assert harness.nothing_is_left()


def test_a_gateway_that_is_down_is_told_once_and_changes_no_verdict(harness: Harness) -> None:
    harness.change("platforms/sandbox/platform.yaml", ("duration: 3s", "duration: 1s"))
    harness.drop("platforms/sandbox/platform.yaml", "experiments:")
    gone = "http://127.0.0.1:9"
    code, said = harness.seakeep("run", SEAKEEP_PUSHGATEWAY=gone)
    assert code == 0, said
    assert said.count("refused") + said.count("connect") >= 1, said
    assert said.count("'seakeep push' sends it again") == 1

    binary = find_pushgateway()
    assert binary
    environ = {"SEAKEEP_BASE_URL": "http://127.0.0.1:1"}
    with local_pushgateway(binary, harness.root / "gateway.log") as url:
        assert url is not None
        code, said = harness.seakeep("push", SEAKEEP_PUSHGATEWAY=url, **environ)
        pushed = urllib.request.urlopen(f"{url}/metrics", timeout=5).read().decode()
    assert code == 0, said
    assert 'objective="availability"' in pushed
    assert "probe_success{" in pushed


def test_a_gateway_that_is_no_url_is_told_before_anything_is_sent(harness: Harness) -> None:
    code, said = harness.seakeep("run", SEAKEEP_PUSHGATEWAY="nonsense")
    assert code == 2
    assert "wanted an http:// or https:// URL with a host" in said
    assert "probes" not in said.split("sandbox", 1)[1], "the first step never began"
