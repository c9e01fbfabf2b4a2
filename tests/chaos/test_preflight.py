"""What the pre-flight asks of the platform's files and the store; no cluster has a part in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from seakeep.chaos.faults.pod_kill import PodKill
from seakeep.chaos.plan import make_plan
from seakeep.chaos.preflight.preconditions.objectives import objectives_met_with_budget
from seakeep.chaos.preflight.preconditions.place_and_time import (
    environment_allowed,
    nothing_planned,
    over_in_time,
)
from seakeep.chaos.preflight.preconditions.situation import Situation
from seakeep.chaos.preflight.preflight import refuse_unless_safe
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.errors import RefusedError
from seakeep.experiment_result import (
    Cause,
    ExperimentResult,
    ObjectiveImpact,
    PhaseVerdict,
    Status,
)
from seakeep.observation import Kind, Observation, Outcome
from seakeep.store import Store, open_store

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NAME = "network-latency"
QUERY = {"metricSource": {"type": "Prometheus", "spec": {"query": "good"}}}


class Quay:
    """A platform's folder and its store, about to be experimented on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store: Store = open_store(folder / "home")
        self.experiment: dict[str, object] = {"name": NAME, "timeout": "5m"}
        self.platform: dict[str, object] = {}
        self.objectives = [objective("speed")]

    def situation(self) -> Situation:
        body = {
            "name": "harbour",
            "environment": "sandbox",
            "base_url": "http://127.0.0.1:1",
            "checks": [{"name": "home", "suite": "home", "path": "/", "expect": {"status": 200}}],
            "experiments": [self.experiment],
            **self.platform,
        }
        (self.folder / "platform.yaml").write_text(yaml.safe_dump(body))
        (self.folder / "slos.yaml").write_text(yaml.safe_dump_all(self.objectives))
        plan, ledger = make_plan(NAME), Ledger(self.folder / "home")
        return Situation(plan, Reach(), ledger, self.store, (), (), NOW)

    def saw(self, *, good: int, bad: int, ago: timedelta, phase: str = "") -> None:
        marks = {"experiment": NAME, "phase": phase} if phase else {}
        self.store.record_many(
            Observation(
                at=NOW - ago - timedelta(seconds=number),
                platform="harbour",
                kind=Kind.PROBE,
                name="home",
                location="here",
                run_id="r0",
                outcome=Outcome.GOOD if number < good else Outcome.BAD,
                duration_s=0.01,
                attributes=marks,
            )
            for number in range(good + bad)
        )

    def ran(self, spent: float | None, *, cause: Cause = Cause.NONE) -> None:
        phase = PhaseVerdict(state="met", good=1, valid=1)
        impact = ObjectiveImpact(
            objective="speed", before=phase, during=phase, after=phase, budget_spent=spent
        )
        status = Status.REFUSED if cause is Cause.REFUSED else Status.HELD
        result = ExperimentResult(experiment=NAME, status=status, cause=cause, objectives=(impact,))
        run = result.observation(
            "harbour", at=NOW - timedelta(days=1), location="here", run_id="r0"
        )
        self.store.record(run)


def objective(name: str, target: float = 0.9, *, query: bool = False) -> dict[str, object]:
    ours = {"metricSource": {"type": "seakeep", "spec": {"outcome": "good"}}}
    total = {"metricSource": {"type": "seakeep", "spec": {"kind": "probe"}}}
    ratio = (
        {"counter": True, "good": QUERY, "total": QUERY}
        if query
        else {"counter": True, "good": ours, "total": total}
    )
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": name},
        "spec": {
            "service": "harbour",
            "indicator": {"metadata": {"name": f"{name}-i"}, "spec": {"ratioMetric": ratio}},
            "timeWindow": [{"duration": "30d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"target": target}],
        },
    }


@pytest.fixture
def quay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Quay]:
    monkeypatch.setenv("SEAKEEP_PLATFORM", str(tmp_path))
    monkeypatch.setenv("SEAKEEP_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SEAKEEP_PROMETHEUS", raising=False)
    made = Quay(tmp_path)
    yield made
    made.store.close()


def test_an_experiment_stays_where_it_was_declared_for(quay: Quay) -> None:
    assert list(environment_allowed(quay.situation())) == []
    quay.experiment["environments"] = ["staging", "development"]
    (reason,) = environment_allowed(quay.situation())
    assert reason.startswith("harbour is a sandbox platform, where network-latency may not run")
    assert reason.endswith("its environments in platform.yaml: staging, development")


@pytest.mark.parametrize("key", ["maintenance", "exams"])
@pytest.mark.parametrize(
    ("starts_in_s", "ends_in_s", "refused"),
    [
        (-60, 60, "is on (upgrade); wanted to wait until 2026-03-02T12:01:00Z"),
        (0, 60, "is on (upgrade)"),
        (
            329,
            3600,
            "begins at 2026-03-02T12:05:29Z (upgrade), and this experiment may take 5m 30s",
        ),
        (330, 3600, ""),  # 5 minutes, and 30 seconds to recover
        (-60, 0, ""),
        (-7200, -3600, ""),
    ],
)
def test_nothing_is_broken_while_others_need_the_platform_whole(
    quay: Quay, key: str, starts_in_s: int, ends_in_s: int, refused: str
) -> None:
    start, end = (NOW + timedelta(seconds=s) for s in (starts_in_s, ends_in_s))
    period = {"from": start.isoformat(), "to": end.isoformat(), "reason": "upgrade"}
    quay.platform[key] = [period]
    reasons = list(nothing_planned(quay.situation()))
    assert len(reasons) == bool(refused)
    assert refused in "".join(reasons)


def test_faults_that_outlast_the_experiment_are_told_before_they_are_made(quay: Quay) -> None:
    quay.experiment["timeout"] = "90s"
    situation = replace(quay.situation(), faults=(PodKill("ns", "app=web", duration_s=120),))
    (reason,) = over_in_time(situation)
    assert "the faults are planned for 2m, and the experiment's timeout is 1m 30s" in reason
    assert list(over_in_time(replace(situation, faults=(PodKill("ns", "app=web"),)))) == []


def test_without_observations_nothing_speaks_against_it(quay: Quay) -> None:
    assert list(objectives_met_with_budget(quay.situation())) == []


def test_a_platform_that_is_not_well_in_its_window_is_left_alone(quay: Quay) -> None:
    quay.saw(good=100, bad=400, ago=timedelta(days=2))
    breached, *others = objectives_met_with_budget(quay.situation())
    assert breached.startswith("objective speed is breached over the last 30d (")
    assert breached.endswith("wanted it met before anything is broken")
    assert others == []


def test_a_platform_that_was_not_well_within_the_hour_is_left_alone(quay: Quay) -> None:
    quay.saw(good=2000, bad=0, ago=timedelta(days=2))
    quay.saw(good=0, bad=40, ago=timedelta(minutes=30))
    (reason,) = objectives_met_with_budget(quay.situation())
    assert reason.startswith("objective speed is breached over the last 1h (")


def test_what_earlier_experiments_broke_counts_against_the_budget_alone(quay: Quay) -> None:
    quay.saw(good=200, bad=0, ago=timedelta(minutes=40))
    quay.saw(good=0, bad=400, ago=timedelta(minutes=20), phase="during")
    assert list(objectives_met_with_budget(quay.situation())) == []

    quay.saw(good=0, bad=1, ago=timedelta(days=29, hours=23))  # so that all of the window is known
    (reason,) = objectives_met_with_budget(quay.situation())
    assert reason.startswith("objective speed has no error budget left (-")


@pytest.mark.parametrize(
    ("declared", "spent", "wanted"),
    [
        ("0%", (), ""),
        ("40%", (), ""),
        ("60%", (), "60.0%, its expected_spend"),
        ("0%", (0.2, 0.7, 0.3), "70.0%, the most that its last 3 runs took"),
        ("60%", (0.2,), "60.0%, its expected_spend"),
        ("10%", (0.4,), ""),
        ("10%", (None,), ""),
        ("0%", (0.7, *[0.1] * 10), ""),  # the expensive one is too long ago
    ],
)
def test_as_much_error_budget_must_be_left_as_the_experiment_may_take(
    quay: Quay, declared: str, spent: tuple[float | None, ...], wanted: str
) -> None:
    quay.saw(good=950, bad=25, ago=timedelta(minutes=1))
    quay.saw(good=950, bad=75, ago=timedelta(days=29))  # 5% bad of the 10% that may be
    quay.experiment["expected_spend"] = declared
    for one in spent:
        quay.ran(one)
        quay.ran(0.99, cause=Cause.REFUSED)
    reasons = list(objectives_met_with_budget(quay.situation()))
    assert len(reasons) == bool(wanted)
    for reason in reasons:
        assert reason.startswith("objective speed has 5")
        assert reason.endswith(wanted)


def test_an_objective_without_error_budget_pays_for_no_experiment(quay: Quay) -> None:
    quay.objectives = [objective("always", target=1.0)]
    (reason,) = objectives_met_with_budget(quay.situation())
    assert reason.startswith("objective always allows no errors at all, so it has no error budget")


def test_a_source_that_gives_no_answer_is_a_refusal(quay: Quay) -> None:
    quay.objectives.append(objective("queried", query=True))
    assert [o.name for o in quay.situation().plan.objectives] == ["speed"]
    (reason,) = objectives_met_with_budget(quay.situation())
    assert reason.startswith("objective queried can't be judged: the source gave no usable answer")

    quay.experiment["guarded"] = ["speed"]
    assert list(objectives_met_with_budget(quay.situation())) == []


def test_all_reasons_are_told_at_once(quay: Quay) -> None:
    quay.experiment |= {"environments": ["staging"], "expected_spend": "20%"}
    begin, end = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    period = {"from": begin.isoformat(), "to": end.isoformat(), "reason": "finals"}
    quay.platform["exams"] = [period]
    situation = quay.situation()
    (quay.folder / "home" / "ledger").mkdir()
    entry = {"id": "e", "opened_at": NOW.isoformat(), "run_id": "r0", "experiment": NAME}
    entry |= {"fault": "100 ms latency", "server": "", "kubeconfig": "", "context": ""}
    undo = {"kind": "delete-object", "plural": "networkchaos", "namespace": "ns", "name": "n"}
    (quay.folder / "home" / "ledger" / "e.json").write_text(json.dumps({**entry, "undo": undo}))
    with pytest.raises(RefusedError) as refusal:
        refuse_unless_safe(situation.plan, Reach(), situation.ledger, quay.store, ())
    text = str(refusal.value)
    assert "may not run" in text
    assert "an exam is on (finals)" in text
    assert "100 ms latency (run r0) was never undone" in text
