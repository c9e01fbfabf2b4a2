"""The experiments in chaos/: valid wherever they are run, alike, and every number a setting."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from chaoslib.configuration import load_configuration  # type: ignore[import-untyped]
from chaoslib.experiment import ensure_experiment_is_valid  # type: ignore[import-untyped]
from chaoslib.loader import load_experiment  # type: ignore[import-untyped]

from seakeep.chaos import actions
from seakeep.chaos.faults.injecting import FAULTS
from seakeep.chaos.preflight.preflight import planned_faults
from seakeep.errors import UsageError

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "chaos").glob("*.yaml"))
NAMES = (
    "cpu-stress",
    "database-partition",
    "dependency-slow",
    "edge-latency",
    "memory-stress",
    "network-bandwidth",
    "network-latency",
    "network-loss",
    "pod-failure",
    "pod-outage",
)
GUARD = [{"name": "guard", "provider": {"type": "python", "module": "seakeep.chaos.guard"}}]


Document = dict[str, Any]


def read(file: Path) -> Document:
    return dict(yaml.safe_load(file.read_text()))


def settings(experiment: Document) -> dict[str, dict[str, Any]]:
    return {entry["key"]: entry for entry in experiment["configuration"].values()}


def test_the_experiments_are_those_that_are_promised() -> None:
    assert tuple(file.stem for file in FILES) == NAMES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_experiment_is_valid_for_the_chaos_toolkit_wherever_it_is_run(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ensure_experiment_is_valid(load_experiment(str(file)))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_experiment_is_guarded_by_one_line_and_asks_watches_and_rolls_back_as_all_do(
    file: Path,
) -> None:
    experiment, other = read(file), read(FILES[0])
    assert experiment["controls"] == GUARD
    assert "\ncontrols: [{name: guard, " in file.read_text()
    assert experiment["steady-state-hypothesis"] == other["steady-state-hypothesis"]
    inject, watch = experiment["method"]
    assert inject["provider"]["func"] in FAULTS
    assert watch == other["method"][1]
    (rollback,) = experiment["rollbacks"]
    assert rollback["provider"] == other["rollbacks"][0]["provider"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_argument_is_a_setting_and_every_setting_is_used(file: Path) -> None:
    experiment = read(file)
    provider = experiment["method"][0]["provider"]
    arguments = provider["arguments"]
    assert arguments == {name: f"${{{name}}}" for name in arguments}
    assert set(experiment["configuration"]) == set(arguments)
    for entry in settings(experiment).values():
        assert set(entry) >= {"type", "key", "default"}
        assert entry["type"] == "env"
        assert entry["key"].startswith("SEAKEEP_")
    if file.stem != "edge-latency":
        taken = inspect.signature(getattr(actions, provider["func"])).parameters
        assert set(arguments) == set(taken), "a number that no setting changes"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_as_they_stand_the_settings_make_a_fault(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = read(file)
    for key in settings(experiment):
        monkeypatch.delenv(key, raising=False)
    assert len(planned_faults(experiment, load_configuration(experiment["configuration"]))) == 1


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("network-latency", "SEAKEEP_LATENCY_MS"),
        ("network-loss", "SEAKEEP_LOSS_PERCENT"),
        ("cpu-stress", "SEAKEEP_CPU_LOAD_PERCENT"),
        ("memory-stress", "SEAKEEP_MEMORY_MB"),
        ("database-partition", "SEAKEEP_FAULT_DURATION_S"),
        ("pod-failure", "SEAKEEP_SHARE_PERCENT"),
        ("pod-failure", "SEAKEEP_FAULT_DURATION_S"),
    ],
)
def test_a_setting_that_is_no_number_is_told_before_anything_is_injected(
    name: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(key, "many")
    experiment = read(ROOT / "chaos" / f"{name}.yaml")
    with pytest.raises(UsageError, match="found 'many'; wanted a"):
        planned_faults(experiment, load_configuration(experiment["configuration"]))


def test_what_the_environment_says_reaches_the_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAKEEP_DEPENDENCY_SELECTOR", "app=pg,tier=db")
    monkeypatch.setenv("SEAKEEP_DEPENDENCY_NAMESPACE", "data")
    monkeypatch.setenv("SEAKEEP_NAMESPACE", "school")
    experiment = read(ROOT / "chaos" / "database-partition.yaml")
    configuration = load_configuration(experiment["configuration"])
    (fault,) = planned_faults(experiment, configuration)
    target: Any = fault.target  # type: ignore[attr-defined]
    assert (target.namespace, target.selector) == ("data", "app=pg,tier=db")
    assert fault.pods.namespace == "school"  # type: ignore[attr-defined]


def test_the_page_on_faults_names_every_experiment_with_its_settings_and_their_defaults() -> None:
    page = (ROOT / "docs" / "chaos-faults.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| .*? \| (.*) \|$", page, re.MULTILINE))
    assert set(rows) == set(NAMES) - {"edge-latency"}
    everywhere = {"SEAKEEP_NAMESPACE", "SEAKEEP_LABEL_SELECTOR"}
    for name, told in rows.items():
        found = dict(re.findall(r"`(SEAKEEP_\w+)` ([^,(\s]+|\(the application's\))", told))
        wanted = {
            key: str(entry["default"]) or "(the application's)"
            for key, entry in settings(read(ROOT / "chaos" / f"{name}.yaml")).items()
            if key not in everywhere
        }
        assert found == wanted, name
