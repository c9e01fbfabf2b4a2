"""The record of a run that could not write its own: it was killed, or it hung."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.run_note import RunNote, RunNotes
from seakeep.experiment_result import Cause, ExperimentResult, FaultImpact, Status
from seakeep.observation import Kind
from seakeep.store import Condition, open_store

__all__ = ["record_end"]


def record_end(home: Path, note: RunNote, why: str) -> ExperimentResult | None:
    """Record how a run ended whose harness can't, and forget its note.

    Args:
        home: The folder of the store and the ledger.
        note: The run.
        why: What became of the harness, for people.

    Returns:
        What was recorded; ``None`` when the harness, or somebody else, had got to that before.

    Raises:
        StoreError: It could not be recorded; the note stays for `seakeep recover`.
    """
    with RunNotes(home).held(note) as mine:
        return _recorded(home, note, why) if mine else None


def _recorded(home: Path, note: RunNote, why: str) -> ExperimentResult | None:
    result = _result(home, note, why)
    with open_store(home) as store:
        mine = (
            Condition("kind = ?", (Kind.CHAOS,)),
            Condition("run_id = ?", (note.run_id,)),
            Condition("name = ?", (note.experiment,)),
        )
        began_at = datetime.fromisoformat(note.began_at)
        told = any(seen.at >= began_at for seen in store.observations(*mine))
        if not told:
            at = datetime.fromisoformat(result.injected_at) if result.injected_at else began_at
            store.record(
                result.observation(note.platform, at=at, location=note.location, run_id=note.run_id)
            )
    RunNotes(home).remove(note)
    return None if told else result


def _result(home: Path, note: RunNote, why: str) -> ExperimentResult:
    """Return what is known: which faults there were, and whether they are proven gone."""
    entries = Ledger(home).entries_of(Origin(note.experiment, note.run_id), note.began_at)
    left = [entry.fault for entry, closed in entries if not closed]
    now = datetime.now(UTC)
    faults = tuple(
        FaultImpact(
            fault=entry.fault,
            injected_at=entry.opened_at,
            window_s=_since_s(entry.opened_at, now) if closed else None,
        )
        for entry, closed in entries
    )
    ending = f"its fault may still be in place: {'; '.join(left)}" if left else ""
    if entries and not left:
        ending = "its faults are proven gone; nobody saw the steady state come back"
    first_at = entries[0][0].opened_at if entries else ""
    return ExperimentResult(
        experiment=note.experiment,
        status=Status.FAILED,
        cause=Cause.NOT_RECOVERED if left else Cause.INTERRUPTED,
        message="; ".join(filter(None, (why, ending or "nothing had been injected"))),
        fault="; ".join(entry.fault for entry, _ in entries),
        injected_at=first_at,
        window_s=_since_s(first_at, now) if first_at else 0.0,
        faults=faults,
    )


def _since_s(opened_at: str, now: datetime) -> float:
    seconds = (now - datetime.fromisoformat(opened_at)).total_seconds()
    return max(0.0, round(seconds, 4))  # the clock may have been set back
