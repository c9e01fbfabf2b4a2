"""Mistakes in an experiment's file: found before anything is broken, each with its cure."""

from __future__ import annotations

from typing import Any

import pytest
from chaoslib.hypothesis import within_tolerance  # type: ignore[import-untyped]
from chaoslib.types import Dry  # type: ignore[import-untyped]

from seakeep.chaos.preflight.preflight import planned_faults
from seakeep.errors import UsageError

KILL: dict[str, Any] = {
    "type": "action",
    "name": "kill",
    "provider": {
        "type": "python",
        "module": "seakeep.chaos.actions",
        "func": "kill_pods",
        "arguments": {"namespace": "ns", "label_selector": "app=web", "share_percent": "${share}"},
    },
}
REMOVE = {**KILL, "name": "remove", "provider": {**KILL["provider"], "func": "remove_faults"}}


def hypothesis(tolerance: object) -> dict[str, Any]:
    probe = {"type": "probe", "name": "ratio", "tolerance": tolerance, "provider": {}}
    return {"steady-state-hypothesis": {"probes": [probe]}, "method": [KILL]}


def test_the_chaos_toolkit_never_meets_a_tolerance_with_a_fraction() -> None:
    assert not within_tolerance(0.5, 0.5)
    assert within_tolerance([0.4, 0.6], 0.5)


@pytest.mark.parametrize("tolerance", [0.5, "${fraction}", None])
def test_a_tolerance_that_is_never_met_is_told_with_its_cure(tolerance: object) -> None:
    wrong = r"probes\[0\] \(ratio\): .* never meets .* wanted a range such as \[0.4, 0.6\]"
    with pytest.raises(UsageError, match=wrong):
        planned_faults(hypothesis(tolerance), {"share": 25.0, "fraction": 0.5})


@pytest.mark.parametrize(
    "tolerance", [True, 200, "up", [0.4, 0.6], {"type": "range", "range": [0.4, 0.6]}]
)
def test_any_other_tolerance_may_stand(tolerance: object) -> None:
    (fault,) = planned_faults(hypothesis(tolerance), {"share": 30.0})
    assert fault.share_percent == 30.0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("experiment", "wrong"),
    [
        ({"method": [{**KILL, "background": True}]}, "in the background nobody waits"),
        ({"method": [{**KILL, "dry": "actions"}]}, "does not heed dry here"),
        ({"method": [{**KILL, "type": "probe"}]}, "found the type 'probe'; wanted action"),
        (
            {"method": [KILL], "rollbacks": [KILL]},
            r"rollbacks\[0\] \(kill\): a rollback must break",
        ),
        ({"method": [KILL], "rollbacks": [{**REMOVE, "background": True}]}, "in the background"),
        (
            {
                "method": [KILL],
                "steady-state-hypothesis": {"probes": [{**KILL, "tolerance": True}]},
            },
            "no place in the hypothesis",
        ),
        ({"method": [KILL], "dry": Dry.ACTIONS}, "--dry actions: the guard proves a fault"),
        ({"method": [KILL], "dry": Dry.PROBES}, "--dry probes"),
    ],
)
def test_what_goes_wrong_in_silence_is_told(experiment: dict[str, Any], wrong: str) -> None:
    with pytest.raises(UsageError, match=wrong):
        planned_faults(experiment, {"share": 25.0})


def test_every_mistake_is_told() -> None:
    experiment = {"method": [{**KILL, "background": True, "dry": "pause", "type": "probe"}]}
    with pytest.raises(UsageError) as wrong:
        planned_faults(experiment, {})
    assert str(wrong.value).count("method[0] (kill): ") == 3


@pytest.mark.parametrize(
    "experiment",
    [
        {"method": [KILL], "rollbacks": [REMOVE], "dry": None},
        {"method": [KILL], "dry": Dry.PAUSE},
        {"method": [KILL, {"type": "probe", "background": True, "provider": {"module": "other"}}]},
        {"method": [KILL], "steady-state-hypothesis": None, "rollbacks": None},
    ],
)
def test_what_does_as_it_says_may_start(experiment: dict[str, Any]) -> None:
    assert len(planned_faults(experiment, {"share": 25.0})) == 1


def test_arguments_that_make_no_fault_are_a_mistake_of_the_file() -> None:
    provider = {**KILL["provider"], "arguments": {"namespace": "ns", "labels": "app=web"}}
    with pytest.raises(UsageError, match=r"method: kill_pods: .*unexpected keyword argument"):
        planned_faults({"method": [{**KILL, "provider": provider}]}, {})
