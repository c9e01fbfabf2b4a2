from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from seakeep.chaos import guarded_run
from seakeep.chaos.conclusion import conclude, turned_down
from seakeep.chaos.evidence import Breach
from seakeep.chaos.guarded_run import GuardedRun
from seakeep.chaos.kubernetes.fault_calls import FaultCalls
from seakeep.chaos.session import Session
from seakeep.chaos.signals import noted
from seakeep.chaos.undo.injections import Injected
from seakeep.errors import FaultError, RefusedError, StoreError, UsageError
from seakeep.experiment import Experiment
from seakeep.experiment_result import Cause, ExperimentResult, Status
from seakeep.observation import Outcome

from .test_evidence import at, seen


def session() -> Session:
    plan: Any = SimpleNamespace(
        origin=SimpleNamespace(experiment="e"),
        objectives=(),
        checks=(),
        declared=Experiment(name="e"),
        recovery_timeout_s=1.0,
    )
    nothing: Any = None
    made = Session(plan, nothing, nothing, nothing)
    made.observer.stop()
    return made


def injected() -> Injected:
    injection: Any = SimpleNamespace(
        text="latency", undo=SimpleNamespace(ends_by_itself=False), least_rise_s=0.0, share=1.0
    )
    nothing: Any = None
    return Injected(injection, nothing, at(10), at(10), at(20))


def test_an_end_that_was_cut_short_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made, tries = session(), []

    def remove() -> None:
        tries.append("remove")
        if len(tries) == 1:
            raise OSError("out of file handles")
        raise StoreError("no space left")

    monkeypatch.setattr(made, "remove_faults", remove)
    guard = GuardedRun()
    guard.session = made
    with pytest.raises(OSError, match="out of file handles"):
        made.close()

    guard.release()

    assert tries == ["remove", "remove"]
    assert made.closed


def test_a_closed_terminal_ends_a_run_like_a_request_to_terminate() -> None:
    made, passed_on = session(), []
    before = signal.signal(signal.SIGTERM, lambda number, _: passed_on.append(number))
    try:
        with noted(made):
            signal.raise_signal(signal.SIGHUP)
            assert made.interrupted_by == "SIGHUP"
            made.closing = True
            signal.raise_signal(signal.SIGHUP)
            assert made.hurried
    finally:
        signal.signal(signal.SIGTERM, before)
    assert passed_on == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


def test_a_signal_while_the_last_is_put_away_changes_no_exit_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, guard = session(), GuardedRun()
    made.closing = made.closed = True
    plan: Any = SimpleNamespace(
        origin=SimpleNamespace(run_id="r1"), platform=SimpleNamespace(folder=Path())
    )
    guard.session, guard._plan = made, plan
    guard.result = ExperimentResult(experiment="e", status=Status.HELD, cause=Cause.NONE)

    def push(*_: object) -> str:
        signal.raise_signal(signal.SIGINT)
        return ""

    monkeypatch.setattr(guarded_run, "push_run", push)
    guard._signals.enter_context(noted(made))
    guard.release()
    assert made.hurried
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_run_under_nohup_lives_on() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with noted(session()):
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (StoreError("no space left"), 2),
        (UsageError("no platform"), 2),
        (RefusedError("not steady"), 3),
        (FaultError("the cluster does not answer"), 4),
        (ZeroDivisionError(), 4),
    ],
)
def test_an_error_before_any_fault_keeps_its_exit_code(error: Exception, exit_code: int) -> None:
    status, cause = turned_down(error)
    result = ExperimentResult(experiment="e", status=status, cause=cause)
    assert result.exit_code == exit_code


def test_a_fault_that_a_breach_kept_from_being_injected_is_no_failure_of_the_tool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = session()
    nothing: Any = None

    def inject(*_: object) -> str:
        made.evidence.breach = Breach("speed", datetime.now(UTC), 9, 10)
        raise RefusedError(f"nothing is injected any more: {made.stop_reason}")

    monkeypatch.setattr(made._injections, "inject", inject)
    monkeypatch.setattr(made, "remove_faults", lambda: None)
    with pytest.raises(RefusedError):
        made.inject(nothing)
    result = conclude(made, {}, recovered=True)
    assert (result.status, result.exit_code) == ("deviated", 1)


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.INVALID, "failed"), (Outcome.GOOD, "held")]
)
def test_what_nobody_was_fit_to_see_has_not_held(outcome: Outcome, status: str) -> None:
    made = session()
    made._injections._injected.append(injected())
    made.evidence.injected_at, made.evidence.gone_at = at(10), at(20)
    for number in range(40):
        made.evidence.take(seen(10 + number / 20, outcome))
    result = conclude(made, {"status": "completed"}, recovered=True)
    assert result.status == status, result.message


def test_no_secret_nor_escape_of_a_clusters_answer_gets_into_the_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLUSTER_TOKEN", "s3cr3t-s3cr3t")

    def refuse() -> None:
        raise RuntimeError("no: s3cr3t-s3cr3t \x1b[2J " + "x" * 10_000)

    made = session()
    with pytest.raises(FaultError) as told:
        FaultCalls().run(refuse, 5)
    made.fault_error = told.value
    assert len(str(told.value)) < 500
    assert str(told.value).startswith("the cluster did not take the fault: no: *** [2J x")
    made.fault_error = FaultError("s3cr3t-s3cr3t \x1b[2J")
    assert conclude(made, {}, recovered=True).message == "*** \N{REPLACEMENT CHARACTER}[2J"


def test_an_observer_that_is_lost_is_not_blamed_on_the_platform(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = session()
    monkeypatch.setattr(made, "remove_faults", lambda: None)
    made._injections._injected.append(injected())
    made.evidence.injected_at, made.evidence.gone_at = at(10), at(20)
    made.observer._stopping = False
    made.observer.error = RuntimeError("can't start new thread")
    assert made.observer.blind

    result = conclude(made, {"status": "completed"}, recovered=made.close())

    assert (result.cause, result.exit_code, result.outcome) == ("error", 4, "invalid")
    assert result.message == "the observer failed: can't start new thread"


def test_a_ledger_that_cannot_be_written_is_an_error_of_the_store() -> None:
    made = session()
    made.fault_error = StoreError("no space left")
    result = conclude(made, {}, recovered=True)
    assert (result.exit_code, result.message) == (2, "no space left")
