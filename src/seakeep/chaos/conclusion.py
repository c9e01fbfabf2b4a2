"""From what a session saw to what the experiment came to. The worst news comes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seakeep.chaos.evidence import Evidence
from seakeep.chaos.faults.fault import Injection
from seakeep.chaos.impact import fault_impact, rounded, seconds
from seakeep.chaos.session import Session
from seakeep.errors import RefusedError, SeakeepError
from seakeep.experiment_result import Cause, ExperimentResult, ObjectiveImpact, Status
from seakeep.plain import plain

__all__ = ["conclude", "turned_down"]

_Finding = tuple[Status, Cause, str]

_OUR_ACTIONS = "seakeep.chaos.actions"


def conclude(
    session: Session,
    journal: Mapping[str, Any],
    *,
    recovered: bool,
    objectives: tuple[ObjectiveImpact, ...] = (),
) -> ExperimentResult:
    """Return the result of a session that has been closed.

    Args:
        session: The session.
        journal: The Chaos Toolkit's own journal of it.
        recovered: Whether the steady state was seen again.
        objectives: What became of the guarded objectives.
    """
    status, cause, message = _finding(session, journal, recovered=recovered)
    evidence, injected = session.evidence, session.injections
    result = {
        "experiment": session.plan.origin.experiment,
        "status": status,
        "cause": cause,
        "message": plain(message),
        "baseline_p50_s": rounded(evidence.baseline_p50_s),
        "objectives": objectives,
    }
    if evidence.injected_at is None:
        return ExperimentResult(**result)  # type: ignore[arg-type]
    heals = all(made.injection.undo.ends_by_itself for made in injected)
    breach_at = evidence.breach.at if evidence.breach else None
    depth = evidence.worst(evidence.injected_at, evidence.gone_at)
    steady_from = evidence.injected_at if heals else evidence.gone_at
    return ExperimentResult(
        **result,  # type: ignore[arg-type]
        fault="; ".join(made.injection.text for made in injected),
        injected_at=evidence.injected_at.isoformat(),
        window_s=seconds(evidence.injected_at, evidence.gone_at) or 0.0,
        detect_s=seconds(evidence.injected_at, breach_at),
        removed_s=seconds(breach_at, evidence.gone_at),
        recover_s=seconds(steady_from, session.recovered_at()),
        worst_error_ratio=rounded(depth.error_ratio),
        worst_duration_s=rounded(depth.duration_s),
        during_p50_s=rounded(evidence.during_p50_s),
        faults=tuple(fault_impact(made, evidence) for made in injected),
    )


def turned_down(error: Exception, otherwise: Cause = Cause.ERROR) -> tuple[Status, Cause]:
    """Return how a run ends whose first fault was not even tried.

    An error of ours keeps its exit code: 3 for a refusal, 2 for what the user can set right.

    Args:
        error: Why not.
        otherwise: The cause when it is neither of these.
    """
    if isinstance(error, RefusedError):
        return Status.REFUSED, Cause.REFUSED
    if isinstance(error, SeakeepError) and error.exit_code == SeakeepError.exit_code:
        return Status.FAILED, Cause.CONFIGURATION
    return Status.FAILED, otherwise


def _finding(session: Session, journal: Mapping[str, Any], *, recovered: bool) -> _Finding:
    return (
        _of_the_fault(session)
        or _of_the_rollbacks(journal)
        or _of_the_platform(session, recovered=recovered)
        or _of_the_run(session)
        or _of_the_journal(journal)
        or _proof_of_effect(session)
        or (Status.HELD, Cause.NONE, "")
    )


def _of_the_fault(session: Session) -> _Finding | None:
    if session.rollback_error is not None:
        return Status.FAILED, Cause.NOT_RECOVERED, str(session.rollback_error)
    if session.fault_error is None or session.interrupted_by:
        return None
    if not session.injections:
        status, cause = turned_down(session.fault_error, Cause.NOT_INJECTED)
        return status, cause, str(session.fault_error)
    return Status.FAILED, Cause.NOT_INJECTED, str(session.fault_error)


def _of_the_rollbacks(journal: Mapping[str, Any]) -> _Finding | None:
    """Return which rollback of the user's own failed; ours are proven by the session."""
    for run in journal.get("rollbacks") or ():
        activity = run.get("activity", {})
        ours = activity.get("provider", {}).get("module") == _OUR_ACTIONS
        if run.get("status") == "failed" and not ours:
            message = f"the rollback {activity.get('name')} failed: what it undoes may be in place"
            return Status.FAILED, Cause.NOT_RECOVERED, message
    return None


def _of_the_platform(session: Session, *, recovered: bool) -> _Finding | None:
    unseen = session.hurried or session.blinded  # which says nothing of the platform
    if session.injections and not recovered and not unseen:
        limit_s = session.plan.recovery_timeout_s
        message = f"no steady state within {limit_s:g} s after the fault was gone"
        return Status.FAILED, Cause.NOT_RECOVERED, message
    if session.evidence.breach is not None:
        return Status.DEVIATED, Cause.DEVIATED, str(session.evidence.breach)
    return None


def _of_the_run(session: Session) -> _Finding | None:
    if session.interrupted_by:
        return Status.FAILED, Cause.INTERRUPTED, f"{session.interrupted_by} ended the experiment"
    if session.overdue:
        limit_s = session.plan.declared.timeout_s
        message = f"not done within {limit_s:g} s: an activity may hang; it was ended"
        return Status.FAILED, Cause.OVERDUE, message
    if session.unwatched:
        return Status.FAILED, Cause.ERROR, session.unwatched
    if session.observer.error is not None:
        return Status.FAILED, Cause.ERROR, f"the observer failed: {session.observer.error}"
    return None


def _of_the_journal(journal: Mapping[str, Any]) -> _Finding | None:
    before = (journal.get("steady_states") or {}).get("before")
    if before and not before["steady_state_met"]:
        return Status.REFUSED, Cause.REFUSED, "the steady-state hypothesis does not hold before"
    if journal.get("deviated"):
        return Status.DEVIATED, Cause.DEVIATED, "the steady-state hypothesis does not hold"
    failed = [run for run in journal.get("run") or () if run.get("status") == "failed"]
    if failed:
        name = failed[0]["activity"].get("name")
        return Status.FAILED, Cause.ERROR, f"the activity {name} failed"
    if journal.get("status") == "interrupted":
        return Status.FAILED, Cause.INTERRUPTED, "something interrupted the Chaos Toolkit"
    if journal.get("status") != "completed":
        return Status.FAILED, Cause.ERROR, f"the Chaos Toolkit ended {journal.get('status')}"
    return None


def _proof_of_effect(session: Session) -> _Finding | None:
    """Return why the fault can't be trusted to have been one, if it can't."""
    if not session.injections:
        return Status.FAILED, Cause.NOT_INJECTED, "the method ended without injecting a fault"
    if not session.evidence.judged_during:
        return Status.FAILED, Cause.ERROR, "no answer was judged while the fault was in place"
    messages = (_no_effect(session.evidence, made.injection) for made in session.injections)
    message = next(filter(None, messages), "")
    return (Status.FAILED, Cause.NOT_INJECTED, message) if message else None


def _no_effect(evidence: Evidence, injection: Injection) -> str:
    """Return why one fault's effect is not seen; empty when it is, or can't be."""
    wanted_s, share = injection.least_rise_s, injection.share
    if not wanted_s:
        return ""
    rise = evidence.rise(share)
    if rise is None:
        return "too few answers to measure the fault's effect"
    before_s, during_s = rise
    if during_s - before_s >= wanted_s:
        return ""
    what = "median duration" if share >= 1 else f"{1 - share / 2:.0%} quantile of the durations"
    return (
        f"wanted the {what} to rise by {wanted_s * 1000:.0f} ms at least, "
        f"got {before_s * 1000:.0f} ms before and {during_s * 1000:.0f} ms during the fault"
    )
