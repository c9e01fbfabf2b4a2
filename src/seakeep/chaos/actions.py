"""Actions for the method and the rollbacks of an experiment. They work under the guard only.

Durations are in seconds, and are multiplied by ``SEAKEEP_DURATION_SCALE``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seakeep import environment
from seakeep.chaos.faults import Fault
from seakeep.chaos.mesh_object import Pods
from seakeep.chaos.network_delay import network_delay
from seakeep.chaos.pod_kill import PodKill
from seakeep.chaos.session import current

__all__ = ["FAULTS", "delay_network", "kill_pods", "remove_faults"]


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


def _scaled_s(duration_s: float) -> float:
    return float(duration_s) * environment.duration_scale()


FAULTS: Mapping[str, Callable[..., Fault]] = {
    delay_network.__name__: _network_delay,
    kill_pods.__name__: _pod_kill,
}
"""The actions that inject, by name, and what makes their fault from the same arguments."""
