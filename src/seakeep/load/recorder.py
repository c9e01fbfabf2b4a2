"""Turns Locust's requests into observations, and writes them to the store once a second.

A request costs the loop one tuple; building and writing happen in gevent's thread pool, since a
commit waits for the disk. A killed run keeps all but the last second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]
from gevent.event import Event  # type: ignore[import-untyped]
from gevent.lock import RLock  # type: ignore[import-untyped]

from seakeep import environment
from seakeep.causes import Cause
from seakeep.errors import StoreError
from seakeep.load.causes import cause_of, message_of
from seakeep.observation import Attribute, Kind, Observation, Outcome
from seakeep.store import Store

if TYPE_CHECKING:
    from typing_extensions import TypeIs

__all__ = ["Recorder"]

FLUSH_INTERVAL_S = 1.0
_DAY_S = 86400.0

# start (Unix time, s), duration (ms), method, name, status, cause, message, trace id
_Raw = tuple[float, float, str, str, int, str, str, str]


class Recorder:
    """Records the requests of this process.

    Attributes:
        error: Why the latest write failed, or ``None``.
        recorded: How many requests of this run are in the store.
    """

    def __init__(
        self, store: Store, platform: str, scenario: str, on_error: Callable[[], None]
    ) -> None:
        """Record under the names of a platform and a scenario.

        Args:
            store: Where to; the recorder closes it.
            platform: The platform's name.
            scenario: The scenario's name.
            on_error: Called once when the store does not take any more.
        """
        self.error: StoreError | None = None
        self.recorded = 0
        self._store = store
        self._platform = platform
        self._scenario = scenario
        self._pending: list[_Raw] = []
        self._writing = RLock()
        self._closing = Event()
        self._on_error = on_error
        self._loop: Any = None

    def start(self) -> None:
        """Write what comes, every `FLUSH_INTERVAL_S`."""
        self._loop = gevent.spawn(self._flush_often)

    def begin(self) -> None:
        """Count from here on: a run starts."""
        self.recorded = 0

    def flush(self) -> None:
        """Write what has not been written; when that fails, keep it and set `error`."""
        with self._writing:
            batch, self._pending = self._pending, []
            if not batch:
                return
            self.error = gevent.get_hub().threadpool.apply(self._write, (batch,))
            if self.error is not None:
                self._pending = batch + self._pending
            else:
                self.recorded += len(batch)

    def close(self) -> None:
        """Write the rest and close the store. Later requests are not recorded."""
        if self._closing.is_set():
            return
        self._closing.set()
        if self._loop is not None:
            self._loop.join()
        self.flush()
        self._store.close()

    def _flush_often(self) -> None:
        while not self._closing.wait(FLUSH_INTERVAL_S):
            self.flush()
            if self.error is not None:
                gevent.spawn(self._on_error)
                return

    def on_request(
        self,
        *,
        request_type: str,
        name: str,
        response_time: float | None = None,
        start_time: float | None = None,
        exception: BaseException | None = None,
        response: object = None,
        **_: object,
    ) -> None:
        """Take a request, as Locust's ``request`` event describes it.

        Scenarios fire it for clients of their own, too, and may leave out either time.
        """
        start, duration_ms = _times(start_time, response_time)
        cause, message, trace_id = _failure(exception) if exception is not None else ("", "", "")
        found = getattr(response, "status_code", 0)
        status = found if isinstance(found, int) else 0
        self._pending.append(
            (start, duration_ms, str(request_type), str(name), status, cause, message, trace_id)
        )

    def _write(self, batch: Sequence[_Raw]) -> StoreError | None:
        """Runs in the thread pool, which would print a traceback of an error that is raised."""
        try:
            self._store.record_many(self._observations(batch))
        except StoreError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the flush goes on, and the batch is kept
            return StoreError(f"can't record {len(batch)} requests: {error!r}")
        return None

    def _observations(self, batch: Sequence[_Raw]) -> Iterator[Observation]:
        location, run_id = environment.location(), environment.run_id()
        for start, duration_ms, method, name, status, cause, message, trace_id in batch:
            attributes: dict[str, Attribute] = {"scenario": self._scenario}
            if status:
                attributes["status"] = status
            if trace_id:
                attributes["trace_id"] = trace_id
            yield Observation(
                at=datetime.fromtimestamp(start, UTC),
                platform=self._platform,
                kind=Kind.LOAD,
                name=f"{method} {name}",
                location=location,
                run_id=run_id,
                outcome=_outcome(cause),
                duration_s=duration_ms / 1000,
                cause=cause,
                message=_message(cause, status, message),
                attributes=attributes,
            )


def _times(start_time: object, response_time: object) -> tuple[float, float]:
    """Return when a request began (Unix time, s) and how long it took (ms).

    What is missing, or no time at all, follows from the other: the event is fired at the end.
    """
    now = time.time()
    duration_ms = response_time if _is_within(response_time, 0, _DAY_S * 1000) else None
    start = start_time if _is_within(start_time, now - _DAY_S, now + _DAY_S) else None
    if start is None:
        start = now - (duration_ms or 0.0) / 1000
    return start, max(0.0, (now - start) * 1000) if duration_ms is None else duration_ms


def _is_within(value: object, least: float, most: float) -> TypeIs[float]:
    return isinstance(value, int | float) and least <= value <= most


def _outcome(cause: str) -> Outcome:
    if cause == Cause.FOREIGN_HOST:
        return Outcome.INVALID  # we did not ask the platform
    return Outcome.BAD if cause else Outcome.GOOD


def _message(cause: str, status: int, message: str) -> str:
    if cause == Cause.STATUS and status:
        return f"answered {status}"
    return message_of(message) if message else ""


def _failure(error: BaseException) -> tuple[str, str, str]:
    """Return the cause, the message and the trace id of a failed request.

    Locust sets an exception for each request that failed, or that the scenario marked as failed.
    """
    request = getattr(error, "request", None) or getattr(
        getattr(error, "original", None), "request", None
    )
    headers = getattr(request, "headers", None) or {}
    traceparent = str(headers.get("traceparent", ""))
    return cause_of(error), str(error) or repr(error), traceparent[3:35]
