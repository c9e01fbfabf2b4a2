"""How long the steps of a run may take."""

from __future__ import annotations

from seakeep.run.steps import longest_load_s
from seakeep.scenario import Scenario


def test_a_load_step_may_wait_for_answers_as_long_as_its_patience() -> None:
    told = {"name": "browse", "rate": 1, "duration": "30s", "patience": "5m"}
    assert longest_load_s(Scenario.model_validate(told)) >= 30.0 + 300.0 + 60.0
