"""Actions on what passes a proxy of the Toxiproxy at ``SEAKEEP_TOXIPROXY_URL``."""

from __future__ import annotations

from seakeep.chaos.faults import toxic
from seakeep.chaos.faults.fault import Fault
from seakeep.chaos.faults.injecting import injects, number, scaled_s

__all__ = ["cut_edge", "slow_edge"]


@injects
def slow_edge(
    proxy: str,
    latency_ms: float,
    jitter_ms: float,
    duration_s: float,
    stream: str = "downstream",
    toxicity_percent: float = 100.0,
) -> Fault:
    """Add latency to all that passes a proxy of the Toxiproxy at ``SEAKEEP_TOXIPROXY_URL``.

    Args:
        proxy: The name of the proxy.
        latency_ms: The delay, in milliseconds.
        jitter_ms: By how much each piece may come sooner or later, in milliseconds.
        duration_s: How long it is planned to last. A toxic does not end by itself.
        stream: ``downstream`` for what goes to the clients, ``upstream`` for what comes from them.
        toxicity_percent: How many of the connections are hit.
    """
    scope = _scope(proxy, duration_s, stream, toxicity_percent)
    return toxic.latency(scope, number(latency_ms, "latency_ms"), number(jitter_ms, "jitter_ms"))


@injects
def cut_edge(
    proxy: str, duration_s: float, stream: str = "downstream", toxicity_percent: float = 100.0
) -> Fault:
    """Let nothing pass a proxy of the Toxiproxy at ``SEAKEEP_TOXIPROXY_URL``; no connection ends.

    Args:
        proxy: The name of the proxy.
        duration_s: How long it is planned to last. A toxic does not end by itself.
        stream: ``downstream`` for what goes to the clients, ``upstream`` for what comes from them.
        toxicity_percent: How many of the connections are hit.
    """
    return toxic.timeout(_scope(proxy, duration_s, stream, toxicity_percent))


def _scope(proxy: str, duration_s: float, stream: str, toxicity_percent: float) -> toxic.Scope:
    toxicity = number(toxicity_percent, "toxicity_percent")
    return toxic.Scope(proxy, scaled_s(duration_s), stream, toxicity)
