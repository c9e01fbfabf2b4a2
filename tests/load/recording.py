"""Requests for a recorder, and what it tells of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from seakeep.causes import Cause
from seakeep.load.recorder import LATE_S, Recorder
from seakeep.observation import Observation
from seakeep.store_rows import from_row, to_row

__all__ = [
    "FAILURES",
    "LIMITS_S",
    "START",
    "Answer",
    "Request",
    "only",
    "recorder",
    "stored",
    "with_trace",
]

LIMITS_S = (0.3, 0.1, 1.0, 0.3)
START = 1_767_225_600.0


class LocustBadStatusCode(Exception):  # noqa: N818
    """As Locust's is called, which must not be imported here."""


@dataclass(frozen=True)
class Answer:
    status_code: object


FAILURES: dict[str, BaseException | None] = {
    "": None,
    Cause.PROTOCOL: ValueError("not understood"),
    Cause.REFUSED: ConnectionRefusedError(111, "refused"),
    Cause.STATUS: LocustBadStatusCode("503"),
}


@dataclass(frozen=True)
class Request:
    """A line of the raw log."""

    at: float
    response_ms: float
    late_s: float
    name: str
    status: int
    cause: str

    @property
    def duration_s(self) -> float:
        return self.response_ms / 1000

    @property
    def service_s(self) -> float:
        return max(1e-9, self.duration_s - self.late_s)

    def fire(self, recorder: Recorder) -> None:
        recorder.on_request(
            request_type="GET",
            name=self.name,
            response_time=self.response_ms,
            response_length=2,
            start_time=self.at,
            exception=FAILURES[self.cause],
            response=Answer(self.status),
            context={LATE_S: self.late_s},
        )


def recorder(limits_s: Iterable[float] = LIMITS_S) -> Recorder:
    return Recorder("shop", "browse", limits_s)


def stored(observations: Iterable[Observation]) -> list[Observation]:
    return [from_row(to_row(each)) for each in observations]


def only(recorder: Recorder) -> Observation:
    (found,) = stored(recorder.take())
    return found


def with_trace(message: str, trace_id: str) -> Exception:
    error: Any = ValueError(message)
    error.request = type("Sent", (), {"headers": {"traceparent": f"00-{trace_id}-{'b' * 16}-01"}})
    return error  # type: ignore[no-any-return]
