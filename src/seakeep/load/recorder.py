"""Turns Locust's requests into observations: one for all of a second that went the same way.

Requests of the same second, name, status and cause are counted in histograms, so that memory and
store grow with time and not with requests. They are parted at the objectives' limits on durations:
whether a request was within a limit is counted one by one, and only its percentile is near.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from seakeep import environment
from seakeep.causes import Cause
from seakeep.histogram import Histogram, bucket
from seakeep.load.causes import cause_of, failure_of, message_of, trace_id_of
from seakeep.observation import Attribute, Batch, Kind, Observation, Outcome

if TYPE_CHECKING:
    from typing_extensions import TypeIs

__all__ = ["INTENDED_AT", "LATE_S", "MOST_NAMES", "OTHER_NAMES", "Recorder", "Unfit"]

LATE_S = "seakeep_late_s"
"""The key of a request's ``context`` for how long after its intended start it began, in seconds."""
INTENDED_AT = "seakeep_intended_at"
"""That for when it was meant to start (Unix, s)."""

MOST_NAMES = 1000
"""Names with ids in them would make every second as long as its requests are many."""
OTHER_NAMES = "(more names)"
_LONGEST_NAME = 200

_DAY_S = 86400.0
_AHEAD_S = 60.0  # the clock may be set while a request is on its way
_LEAST_S = 1e-9  # a bucket wants more than nothing

# second of the intended start, method, name, status, cause, class of duration
_Key = tuple[int, str, str, int, str, int]


@dataclass(frozen=True, slots=True)
class Unfit:
    """A second in which the generator could not keep up.

    Attributes:
        why: What was wrong.
        lag_s: The longest time by which it was late, in seconds.
    """

    why: str
    lag_s: float


_ALWAYS_FIT: Mapping[int, Unfit] = MappingProxyType({})


@dataclass(slots=True)
class _Alike:
    """Requests that went the same way, while they are counted."""

    at: float
    until: float
    shortest_s: float
    longest_s: float
    message: str
    trace_id: str = ""
    count: int = 0
    durations: dict[int, int] = field(default_factory=dict)
    service: dict[int, int] = field(default_factory=dict)


class Recorder:
    """Counts the requests of this process.

    Attributes:
        requests: How many were counted since `begin`.
    """

    def __init__(self, platform: str, scenario: str, limits_s: Iterable[float] = ()) -> None:
        """Record under the names of a platform and a scenario.

        Args:
            platform: The platform's name.
            scenario: The scenario's name.
            limits_s: The durations at which requests are parted, in seconds.
        """
        self.requests = 0
        self._platform = platform
        self._scenario = scenario
        self._limits_s = sorted(set(limits_s))
        self._counted: dict[_Key, _Alike] = {}
        self._names: set[tuple[str, str]] = set()

    def begin(self) -> None:
        """Forget an earlier run."""
        self.requests = 0
        self._counted = {}
        self._names = set()

    @property
    def out_of_sockets(self) -> int:
        """Return for how many of the requests not taken yet this machine had no socket."""
        mine = Cause.GENERATOR_SATURATED
        return sum(alike.count for key, alike in self._counted.items() if key[4] == mine)

    def on_request(  # noqa: PLR0913 - Locust's event
        self,
        *,
        request_type: str,
        name: str,
        response_time: float | None = None,
        start_time: float | None = None,
        exception: BaseException | None = None,
        response: object = None,
        context: Mapping[str, object] | None = None,
        **_: object,
    ) -> None:
        """Count a request, as Locust's ``request`` event describes it.

        Scenarios fire it for clients of their own, too, and may leave out either time.
        """
        if type(name) is not str or len(name) > _LONGEST_NAME:
            name = message_of(_text(name))
        if type(request_type) is not str or len(request_type) > _LONGEST_NAME:
            request_type = message_of(_text(request_type))
        late_s = context.get(LATE_S) if isinstance(context, dict) else None
        if isinstance(late_s, float) and start_time is not None and response_time is not None:
            at, duration_s = start_time, response_time / 1000
            service_s = duration_s - late_s
        else:
            at, duration_s = _times(start_time, response_time)
            service_s = duration_s
        if exception is not None:
            exception = failure_of(exception, response)
        cause = "" if exception is None else cause_of(exception)
        found = getattr(response, "status_code", 0)
        status = found if isinstance(found, int) else 0
        place = bisect_left(self._limits_s, duration_s)
        key = (int(at), request_type, name, status, cause, place)
        alike = self._counted.get(key)
        if alike is None:
            alike = self._begun(key, at, duration_s, exception, response)
        alike.count += 1
        if duration_s > alike.longest_s:
            alike.longest_s = duration_s
        elif duration_s < alike.shortest_s:
            alike.shortest_s = duration_s
        if at > alike.until:
            alike.until = at
        elif at < alike.at:
            alike.at = at
        nth = bucket(max(_LEAST_S, duration_s))
        alike.durations[nth] = alike.durations.get(nth, 0) + 1
        nth = bucket(max(_LEAST_S, service_s))
        alike.service[nth] = alike.service.get(nth, 0) + 1
        self.requests += 1

    def take(self, unfit: Mapping[int, Unfit] = _ALWAYS_FIT) -> list[Observation]:
        """Return what was counted since the last time.

        What was meant to start in a second in which the generator was not fit is invalid, however
        long it took. What began before, and was on its way then, is invalid only where the
        generator's delay alone may have brought it above a limit: to drop every request that such
        a second touches would drop the slow ones first, and make a slow platform look good.

        Args:
            unfit: The seconds (Unix) in which the generator was not fit.
        """
        counted, self._counted = self._counted, {}
        return [
            self._observation(key, alike, self._excuse(key, alike, unfit))
            for key, alike in counted.items()
        ]

    def _excuse(self, key: _Key, alike: _Alike, unfit: Mapping[int, Unfit]) -> str:
        """Return why requests that went alike say nothing of the platform; empty if they do."""
        second, place = key[0], key[5]
        if second in unfit:
            return unfit[second].why
        if not unfit or key[4] or place == 0:
            return ""  # what failed, and what was fast enough, would have done so anyway
        lag_s, why = max((one.lag_s, one.why) for one in unfit.values())
        is_later = max(unfit) > second
        return why if is_later and alike.longest_s <= self._limits_s[place - 1] + lag_s else ""

    def _begun(
        self,
        key: _Key,
        at: float,
        duration_s: float,
        exception: BaseException | None,
        response: object,
    ) -> _Alike:
        """Begin to count requests that go this way; the first of them serves as the example."""
        key = self._with_known_name(key)
        known = self._counted.get(key)
        if known is not None:
            return known
        fresh = _Alike(at, at, duration_s, duration_s, "")
        if exception is not None:
            fresh.message = message_of(_text(exception))
            fresh.trace_id = trace_id_of(exception, response)
        self._counted[key] = fresh
        return fresh

    def _with_known_name(self, key: _Key) -> _Key:
        """Return the key, with one name for all that are too many."""
        _, method, name, _, _, _ = key
        if (method, name) not in self._names:
            if len(self._names) >= MOST_NAMES:
                return (key[0], method, OTHER_NAMES, *key[3:])
            self._names.add((method, name))
        return key

    def _observation(self, key: _Key, alike: _Alike, unfit: str) -> Observation:
        _, method, name, status, cause, _ = key
        attributes: dict[str, Attribute] = {"scenario": self._scenario}
        if alike.count > 1:
            attributes["spread_s"] = round(alike.until - alike.at, 6)
        if status:
            attributes["status"] = status
        if alike.trace_id:
            attributes["trace_id"] = alike.trace_id
        message = f"answered {status}" if cause == Cause.STATUS and status else alike.message
        outcome = _outcome(cause)
        if unfit and outcome is not Outcome.INVALID:
            outcome, cause, message = Outcome.INVALID, Cause.GENERATOR_SATURATED, unfit
        return Observation(
            at=datetime.fromtimestamp(alike.at, UTC),
            platform=self._platform,
            kind=Kind.LOAD,
            name=message_of(f"{method} {name}"),
            location=environment.location(),
            run_id=environment.run_id(),
            outcome=outcome,
            duration_s=alike.longest_s,
            cause=cause,
            message=message,
            attributes=attributes,
            batch=Batch(
                count=alike.count,
                shortest_s=alike.shortest_s,
                durations=Histogram.of_positive(alike.durations),
                service=Histogram.of_positive(alike.service),
            ),
        )


def _text(found: object) -> str:
    """Return what a scenario's own object says of itself, whatever that is."""
    try:
        return str(found) or repr(found)
    except Exception:  # noqa: BLE001 - a scenario's own class: the request counts all the same
        return type(found).__name__


def _outcome(cause: str) -> Outcome:
    if cause in {Cause.FOREIGN_HOST, Cause.CUT_OFF, Cause.GENERATOR_SATURATED}:
        return Outcome.INVALID  # that was us, and not the platform
    return Outcome.BAD if cause else Outcome.GOOD


def _times(start_time: object, response_time: object) -> tuple[float, float]:
    """Return when a request began (Unix time, s) and how long it took (s).

    What is missing, or no time at all, follows from the other: the event is fired at the end.
    """
    now = time.time()
    duration_ms = response_time if _is_within(response_time, 0, _DAY_S * 1000) else None
    start = start_time if _is_within(start_time, now - _DAY_S, now + _AHEAD_S) else None
    if start is None:
        start = now - (duration_ms or 0.0) / 1000
    return start, max(0.0, now - start) if duration_ms is None else duration_ms / 1000


def _is_within(value: object, least: float, most: float) -> TypeIs[float]:
    return isinstance(value, int | float) and least <= value <= most
