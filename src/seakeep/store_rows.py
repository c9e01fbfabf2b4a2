"""An observation as a row of the store's table, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from seakeep.observation import Attribute, Batch, Kind, Observation, Outcome, Phases

__all__ = ["COLUMNS", "Row", "from_row", "to_row", "to_us"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

COLUMNS = (
    "at_us, platform, kind, name, location, run_id, outcome, duration_s, "
    "resolve_s, connect_s, tls_s, processing_s, transfer_s, cause, message, attributes, "
    "events, shortest_s, durations, service"
)
"""The columns of `Row`, in their order."""

_Seconds = float | None
Row = tuple[
    *tuple[int, str, str, str, str, str, str, float],
    *tuple[_Seconds, _Seconds, _Seconds, _Seconds, _Seconds],
    *tuple[str, str, str | None],
    *tuple[int, _Seconds, bytes | None, bytes | None],
]
_NO_PHASES = Phases()
_encode = json.JSONEncoder(separators=(",", ":")).encode


def to_us(at: datetime) -> int:
    """Return microseconds since 1970, exactly: floats would lose some."""
    return (at - _EPOCH) // _MICROSECOND


def to_row(observation: Observation) -> Row:
    """Return the row of an observation."""
    phases = observation.phases or _NO_PHASES
    attributes = observation.attributes
    return (
        to_us(observation.at),
        observation.platform,
        observation.kind,
        observation.name,
        observation.location,
        observation.run_id,
        observation.outcome,
        observation.duration_s,
        phases.resolve_s,
        phases.connect_s,
        phases.tls_s,
        phases.processing_s,
        phases.transfer_s,
        observation.cause,
        observation.message,
        _encode(dict(attributes)) if attributes else None,
        *_batch_columns(observation.batch),
    )


def from_row(row: Row) -> Observation:
    """Return the observation of a row."""
    at_us, platform, kind, name, location, run_id, outcome, duration_s = row[:8]
    resolve_s, connect_s, tls_s, processing_s, transfer_s = row[8:13]
    cause, message, attributes = row[13:16]
    phases = Phases(
        resolve_s=resolve_s,
        connect_s=connect_s,
        tls_s=tls_s,
        processing_s=processing_s,
        transfer_s=transfer_s,
    )
    known: Mapping[str, Attribute] = json.loads(attributes) if attributes else {}
    return Observation(
        at=_EPOCH + at_us * _MICROSECOND,
        platform=platform,
        kind=Kind(kind),
        name=name,
        location=location,
        run_id=run_id,
        outcome=Outcome(outcome),
        duration_s=duration_s,
        phases=None if phases == _NO_PHASES else phases,
        cause=cause,
        message=message,
        attributes=known,
        batch=_batch(*row[16:]),
    )


def _batch_columns(batch: Batch | None) -> tuple[int, _Seconds, bytes | None, bytes | None]:
    if batch is None:
        return 1, None, None, None
    return batch.count, batch.shortest_s, bytes(batch.durations), bytes(batch.service)


def _batch(
    events: int, shortest_s: _Seconds, durations: bytes | None, service: bytes | None
) -> Batch | None:
    if shortest_s is None or durations is None or service is None:
        return None
    from seakeep.histogram import Histogram  # noqa: PLC0415 - seldom needed

    return Batch(
        count=events,
        shortest_s=shortest_s,
        durations=Histogram.from_bytes(durations),
        service=Histogram.from_bytes(service),
    )
