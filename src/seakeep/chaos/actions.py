"""Actions for the method and the rollbacks of an experiment. They work under the guard only.

Durations are in seconds, and are multiplied by ``SEAKEEP_DURATION_SCALE``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seakeep import environment
from seakeep.chaos import toxic
from seakeep.chaos.faults import Fault
from seakeep.chaos.mesh_object import Pods
from seakeep.chaos.network_delay import network_delay
from seakeep.chaos.pod_kill import PodKill
from seakeep.chaos.session import current

__all__ = ["FAULTS", "cut_edge", "delay_network", "kill_pods", "remove_faults", "slow_edge"]


def delay_network(
    namespace: str,
    label_selector: str,
    latency_ms: float,
    duration_s: float,
    share_percent: float = 100.0,
) -> str:
    """Add latency to all that the pods send, until it is removed.

    Args:
        namespace: Where the pods are.
        label_selector: Their labels, such as ``app=web``.
        latency_ms: The delay, in milliseconds.
        duration_s: How long it is planned to last. The cluster itself ends it half a minute
            later, should nothing else.
        share_percent: How many of the pods are hit.
    """
    fault = _network_delay(namespace, label_selector, latency_ms, duration_s, share_percent)
    return current(delay_network).inject(fault)


def kill_pods(namespace: str, label_selector: str, share_percent: float = 25.0) -> str:
    """Kill some of the ready pods at random, never all.

    Args:
        namespace: Where the pods are.
        label_selector: Their labels, such as ``app=web``.
        share_percent: How many, rounded down, but to one at least.
    """
    return current(kill_pods).inject(_pod_kill(namespace, label_selector, share_percent))


def slow_edge(
    proxy: str,
    latency_ms: float,
    jitter_ms: float,
    duration_s: float,
    stream: str = "downstream",
    toxicity_percent: float = 100.0,
) -> str:
    """Add latency to all that passes a proxy of the Toxiproxy at ``SEAKEEP_TOXIPROXY_URL``.

    Args:
        proxy: The name of the proxy.
        latency_ms: The delay, in milliseconds.
        jitter_ms: By how much each piece may come sooner or later, in milliseconds.
        duration_s: How long it is planned to last. A toxic does not end by itself.
        stream: ``downstream`` for what goes to the clients, ``upstream`` for what comes from them.
        toxicity_percent: How many of the connections are hit.
    """
    fault = _slow_edge(proxy, latency_ms, jitter_ms, duration_s, stream, toxicity_percent)
    return current(slow_edge).inject(fault)


def cut_edge(
    proxy: str, duration_s: float, stream: str = "downstream", toxicity_percent: float = 100.0
) -> str:
    """Let nothing pass a proxy of the Toxiproxy at ``SEAKEEP_TOXIPROXY_URL``; no connection ends.

    Args:
        proxy: The name of the proxy.
        duration_s: How long it is planned to last. A toxic does not end by itself.
        stream: ``downstream`` for what goes to the clients, ``upstream`` for what comes from them.
        toxicity_percent: How many of the connections are hit.
    """
    return current(cut_edge).inject(_cut_edge(proxy, duration_s, stream, toxicity_percent))


def remove_faults() -> None:
    """Take back every fault of this experiment, and return when that is proven."""
    current(remove_faults).remove_faults()


def _network_delay(
    namespace: str,
    label_selector: str,
    latency_ms: float,
    duration_s: float,
    share_percent: float = 100.0,
) -> Fault:
    pods = Pods(namespace, label_selector, float(share_percent))
    return network_delay(pods, float(latency_ms), _scaled_s(duration_s))


def _pod_kill(namespace: str, label_selector: str, share_percent: float = 25.0) -> Fault:
    return PodKill(namespace, label_selector, float(share_percent))


def _slow_edge(
    proxy: str,
    latency_ms: float,
    jitter_ms: float,
    duration_s: float,
    stream: str = "downstream",
    toxicity_percent: float = 100.0,
) -> Fault:
    scope = toxic.Scope(proxy, _scaled_s(duration_s), stream, float(toxicity_percent))
    return toxic.latency(scope, float(latency_ms), float(jitter_ms))


def _cut_edge(
    proxy: str, duration_s: float, stream: str = "downstream", toxicity_percent: float = 100.0
) -> Fault:
    scope = toxic.Scope(proxy, _scaled_s(duration_s), stream, float(toxicity_percent))
    return toxic.timeout(scope)


def _scaled_s(duration_s: float) -> float:
    return float(duration_s) * environment.duration_scale()


FAULTS: Mapping[str, Callable[..., Fault]] = {
    delay_network.__name__: _network_delay,
    kill_pods.__name__: _pod_kill,
    slow_edge.__name__: _slow_edge,
    cut_edge.__name__: _cut_edge,
}
"""The actions that inject, by name, and what makes their fault from the same arguments."""
