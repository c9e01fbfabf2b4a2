"""The platforms that come with Seakeep are sound, and Prometheus understands their queries."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from seakeep.platform_file import read_platform
from seakeep.run.validate import validate_platform
from seakeep.slo.objective import (
    Objective,
    ObservedRatio,
    PrometheusRatio,
    PrometheusRaw,
    PrometheusThreshold,
)
from seakeep.slo.openslo import load_objectives
from seakeep.slo.promql import increase_over, with_window

PLATFORMS = Path(__file__).parents[2] / "platforms"
NAMES = sorted(file.parent.name for file in PLATFORMS.glob("*/platform.yaml"))
DOCUMENTED = {
    # Pathfinity, monitoring strategy, section 8.2
    "pathfinity": {
        "api-availability": (0.999, 30),
        "api-latency": (0.95, 30),
        "career-selection-success": (0.995, 7),
        "flow-state-achievement": (0.70, 7),
    },
    # DriveMaster, "Service Level Objectives": the shares that it states, over its month; and the
    # "system health" of "Experiment Conditions", which states none
    "drivemaster": {
        "health": (0.99, 30),
        "availability": (0.999, 30),
        "latency": (0.95, 30),
        "error-rate": (0.999, 30),
        "learning-effectiveness": (0.99, 30),
        "user-engagement": (0.99, 30),
    },
    # Klear Karma, slo-definitions.yml
    "klear-karma": {
        "availability": (0.999, 30),
        "latency": (0.95, 7),
        "error-rate": (0.99, 7),
        "booking-success-rate": (0.99, 1),
        "payment-success-rate": (0.98, 1),
    },
}


@pytest.fixture(autouse=True)
def base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAKEEP_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.delenv("SEAKEEP_PROMETHEUS", raising=False)


def objectives_of(name: str) -> tuple[Objective, ...]:
    platform, problems = read_platform(PLATFORMS / name)
    assert platform is not None, problems
    return load_objectives(platform)


def queries(objective: Objective) -> list[str]:
    match objective.indicator:
        case ObservedRatio():
            return []
        case PrometheusRatio(counter=True) as ratio:
            parts = (ratio.total, ratio.good, ratio.bad)
            return [increase_over(query, 3600.0) for query in parts if query is not None]
        case PrometheusRatio() as ratio:
            return [query for query in (ratio.total, ratio.good, ratio.bad) if query is not None]
        case PrometheusRaw(query=query) | PrometheusThreshold(query=query):
            return [with_window(query, 3600.0)]


@pytest.mark.parametrize("name", NAMES)
def test_every_platform_is_sound(name: str) -> None:
    assert validate_platform(str(PLATFORMS / name)).endswith("all sound")


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_a_platform_has_the_objectives_that_its_owners_documented(name: str) -> None:
    found = {o.name: (o.target, o.window.duration_s / 86400) for o in objectives_of(name)}
    assert found == DOCUMENTED[name]


@pytest.mark.parametrize("name", ["atomic-guide", "pathfinity"])
def test_a_documented_host_is_the_default(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEAKEEP_BASE_URL")
    assert validate_platform(str(PLATFORMS / name))


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_understands_every_query(tmp_path: Path) -> None:
    every = [query for name in NAMES for o in objectives_of(name) for query in queries(o)]
    assert len(every) > 30
    rules = [{"record": f"seakeep:query:{n}", "expr": query} for n, query in enumerate(every)]
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    ended = subprocess.run(
        ["promtool", "check", "rules", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
