"""Faults as toxics on a proxy of a Toxiproxy, for platforms that are on no cluster.

https://github.com/Shopify/toxiproxy#toxics. A toxic has no duration of its own: it stays until it
is removed, which the supervisor does when the harness can't.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from seakeep.chaos.faults.fault import Origin, percent
from seakeep.chaos.toxiproxy.server import PREFIX, Proxy, Toxic, Toxiproxy, is_name
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.undo import RemoveToxic, wait_until
from seakeep.errors import FaultError, RefusedError, UsageError

__all__ = [
    "Scope",
    "ToxicFault",
    "bandwidth",
    "latency",
    "limit_data",
    "reset_peer",
    "slow_close",
    "timeout",
]

_CONFIRM_DEADLINE_S = 5.0
_LEAST_SHARE_OF_LATENCY = 0.5  # of the injected latency that must be seen from outside
_MOST = 2**31 - 1  # an int of every Toxiproxy, whatever it was built for


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a toxic is put, on how much of what passes there, and for how long.

    Attributes:
        proxy: The name of the proxy.
        duration_s: How long it is planned to last, in seconds; nothing but the harness ends it.
        stream: ``downstream`` for what goes to the clients, ``upstream`` for what comes from them.
        toxicity_percent: How many of the connections it is on, each drawn when it begins.
        url: Where the API is; by default that of ``$SEAKEEP_TOXIPROXY_URL``.
    """

    proxy: str
    duration_s: float
    stream: str = "downstream"
    toxicity_percent: float = 100.0
    url: str | None = None

    def __post_init__(self) -> None:
        """Refuse values that are out of range.

        Raises:
            UsageError: One of them is out of range.
        """
        if not is_name(self.proxy):
            raise UsageError(
                f"found the proxy {self.proxy!r}; wanted a name without slash and blank"
            )
        if self.stream not in {"downstream", "upstream"}:
            raise UsageError(f"found the stream {self.stream!r}; wanted downstream or upstream")
        if not 0 < self.duration_s < math.inf:
            raise UsageError(f"a toxic for {self.duration_s:g} s: wanted a duration above 0")
        percent(self.toxicity_percent, "toxicity")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToxicFault:
    """A type of toxic with its attributes, in one scope.

    Attributes:
        scope: Where, and for how long.
        type: The type, such as ``latency``.
        attributes: Its settings.
        what: What it does, for people, such as ``100 ms latency``.
        least_rise_s: See `Injection.least_rise_s`.
    """

    scope: Scope
    type: str
    attributes: Mapping[str, int]
    what: str
    least_rise_s: float = 0.0

    @property
    def duration_s(self) -> float:
        """How long it is planned to last, in seconds."""
        return self.scope.duration_s

    def prepare(self, reach: Reach, origin: Origin) -> _ToxicInjection:  # noqa: ARG002 - no cluster
        """Find the proxy, and name the toxic after the experiment and its run."""
        server = Toxiproxy(self.scope.url)
        server.version()
        proxy = self._proxy(server)
        share = self.scope.toxicity_percent / 100
        run = _part(origin.run_id)
        _refuse_leftovers(proxy, run)
        name = f"{_part(origin.object_name())}.{run}"
        some = "" if share == 1 else f", {self.scope.toxicity_percent:g}% of the connections"
        where = f"{self.scope.stream} on proxy {proxy.name}{some}"
        return _ToxicInjection(
            text=f"{self.what} {where}, for {self.scope.duration_s:g} s",
            undo=RemoveToxic(server.url, proxy.name, name),
            toxic=Toxic(name, self.type, self.scope.stream, share, self.attributes),
            least_rise_s=self.least_rise_s,
            share=share,
        )

    def _proxy(self, server: Toxiproxy) -> Proxy:
        proxy = server.proxy(self.scope.proxy)
        if proxy is None:
            there = ", ".join(sorted(found.name for found in server.proxies())) or "none"
            raise RefusedError(
                f"no proxy {self.scope.proxy} at {server.url} (it has {there}): nothing to break"
            )
        if not proxy.enabled:
            raise RefusedError(
                f"the proxy {proxy.name} at {server.url} is disabled: nothing goes through it"
            )
        return proxy


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToxicInjection:
    text: str
    undo: RemoveToxic
    toxic: Toxic
    least_rise_s: float
    share: float

    def apply(self, reach: Reach) -> None:  # noqa: ARG002 - it is in no cluster
        Toxiproxy(self.undo.url).add(self.undo.proxy, self.toxic)

    def confirm(self, reach: Reach, stopping: Callable[[], bool]) -> None:  # noqa: ARG002
        if not wait_until(lambda: stopping() or not self._missing(), _CONFIRM_DEADLINE_S):
            raise FaultError(f"{self.undo.url}: found {self._missing()}; wanted {self.text}")

    def _missing(self) -> str:
        """Return what is not as it was asked for; empty when all is."""
        proxy = Toxiproxy(self.undo.url).proxy(self.undo.proxy)
        if proxy is None:
            return f"no proxy {self.undo.proxy}"
        if not proxy.enabled:
            return f"the proxy {proxy.name} disabled"
        found = proxy.toxic(self.toxic.name)
        if found is None:
            return f"no toxic {self.toxic.name}"
        return "" if self.toxic.is_like(found) else f"the toxic {found}"


def latency(scope: Scope, latency_ms: float, jitter_ms: float = 0.0) -> ToxicFault:
    """Return a fault that delays what passes, each piece by the latency plus or minus the jitter.

    Raises:
        UsageError: The latency is not above 0, or the jitter is not within it.
    """
    delay = _whole(latency_ms, "latency", "ms", 1)
    jitter = _whole(jitter_ms, "jitter", "ms", 0)
    if jitter > delay:
        raise UsageError(f"found a jitter of {jitter} ms; wanted {delay} ms, the latency, at most")
    return ToxicFault(
        scope=scope,
        type="latency",
        attributes={"latency": delay, "jitter": jitter},
        what=f"{delay} ms {f'± {jitter} ms ' if jitter else ''}latency",
        least_rise_s=delay / 1000 * _LEAST_SHARE_OF_LATENCY,
    )


def bandwidth(scope: Scope, rate_kb_per_s: float) -> ToxicFault:
    """Return a fault that lets so many kilobytes a second pass, on each connection."""
    rate = _whole(rate_kb_per_s, "rate", "KB/s", 1)
    return ToxicFault(
        scope=scope, type="bandwidth", attributes={"rate": rate}, what=f"at most {rate} KB/s"
    )


def slow_close(scope: Scope, delay_ms: float) -> ToxicFault:
    """Return a fault that lets connections close late."""
    delay = _whole(delay_ms, "delay", "ms", 1)
    return ToxicFault(
        scope=scope, type="slow_close", attributes={"delay": delay}, what=f"closing {delay} ms late"
    )


def timeout(scope: Scope, close_after_ms: float = 0.0) -> ToxicFault:
    """Return a fault that lets nothing pass, and closes connections after a while, or never.

    What was sent meanwhile is lost, so that connections are closed when it is removed.
    """
    after = _whole(close_after_ms, "time-out", "ms", 0)
    closing = f", closed after {after} ms," if after else ""
    return ToxicFault(
        scope=scope, type="timeout", attributes={"timeout": after}, what=f"nothing passes{closing}"
    )


def reset_peer(scope: Scope, after_ms: float = 0.0) -> ToxicFault:
    """Return a fault that resets connections, so long after the first bytes on them."""
    after = _whole(after_ms, "time-out", "ms", 0)
    return ToxicFault(
        scope=scope,
        type="reset_peer",
        attributes={"timeout": after},
        what=f"reset after {after} ms",
    )


def limit_data(scope: Scope, limit_bytes: float) -> ToxicFault:
    """Return a fault that closes connections after so many bytes."""
    limit = _whole(limit_bytes, "limit", "bytes", 0)
    return ToxicFault(
        scope=scope, type="limit_data", attributes={"bytes": limit}, what=f"cut after {limit} bytes"
    )


def _whole(value: float, name: str, unit: str, least: int) -> int:
    """Return a number as Toxiproxy wants it: whole.

    Raises:
        UsageError: It is out of range.
    """
    if not math.isfinite(value) or not least <= round(value) <= _MOST:
        raise UsageError(f"{name} {value:g} {unit}: wanted a whole number from {least} to {_MOST}")
    return round(value)


def _part(text: str) -> str:
    """Return a text as a part of a toxic's name, which is asked for by its path."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text)[:100]


def _refuse_leftovers(proxy: Proxy, run: str) -> None:
    """Refuse a proxy with a toxic of another run: its effect would be taken for this one's."""
    for toxic in proxy.toxics:
        if toxic.name.startswith(PREFIX) and not toxic.name.endswith(f".{run}"):
            raise RefusedError(
                f"the toxic {toxic.name} is on proxy {proxy.name}; run `seakeep recover` first"
            )
