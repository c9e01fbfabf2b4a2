"""Actions on the network of pods, by Chaos Mesh's NetworkChaos."""

from __future__ import annotations

from seakeep.chaos.faults.fault import Fault
from seakeep.chaos.faults.injecting import injects, number, pods_of, scaled_s, whole
from seakeep.chaos.faults.network_bandwidth import network_bandwidth
from seakeep.chaos.faults.network_delay import network_delay
from seakeep.chaos.faults.network_loss import network_loss
from seakeep.chaos.faults.network_partition import network_partition
from seakeep.chaos.faults.pod_choice import Pods

__all__ = [
    "delay_dependency",
    "delay_network",
    "limit_bandwidth",
    "lose_packets",
    "partition_network",
]


@injects
def delay_network(  # noqa: PLR0913 - an experiment names them one by one
    namespace: str,
    label_selector: str,
    latency_ms: float,
    duration_s: float,
    *,
    share_percent: float = 100.0,
    jitter_ms: float = 0.0,
    correlation_percent: float = 0.0,
) -> Fault:
    """Add latency to all that the pods send, until it is removed.

    Args:
        namespace: Where the pods are.
        label_selector: Their labels, such as ``app=web``.
        latency_ms: The delay, in milliseconds.
        duration_s: How long it is planned to last. The cluster itself ends it half a minute
            later, should nothing else.
        share_percent: How many of the pods are hit, rounded down, but one at least.
        jitter_ms: By how much each packet may be earlier or later, in milliseconds.
        correlation_percent: How much each packet's jitter takes after that of the one before it.
    """
    return network_delay(
        pods_of(namespace, label_selector, share_percent),
        number(latency_ms, "latency_ms"),
        scaled_s(duration_s),
        jitter_ms=number(jitter_ms, "jitter_ms"),
        correlation_percent=number(correlation_percent, "correlation_percent"),
    )


@injects
def delay_dependency(  # noqa: PLR0913 - an experiment names them one by one
    namespace: str,
    label_selector: str,
    dependency_selector: str,
    latency_ms: float,
    duration_s: float,
    *,
    share_percent: float = 100.0,
    jitter_ms: float = 0.0,
    correlation_percent: float = 0.0,
    dependency_namespace: str = "",
) -> Fault:
    """Add latency to all that the pods send to one of their dependencies, and to nothing else.

    Args:
        namespace: Where the pods are.
        label_selector: Their labels, such as ``app=web``.
        dependency_selector: The labels of the dependency's pods, such as ``app=database``.
        latency_ms: The delay, in milliseconds.
        duration_s: How long it is planned to last.
        share_percent: How many of the pods are hit, rounded down, but one at least.
        jitter_ms: By how much each packet may be earlier or later, in milliseconds.
        correlation_percent: How much each packet's jitter takes after that of the one before it.
        dependency_namespace: Where the dependency's pods are; by default where the others are.
    """
    return network_delay(
        pods_of(namespace, label_selector, share_percent),
        number(latency_ms, "latency_ms"),
        scaled_s(duration_s),
        jitter_ms=number(jitter_ms, "jitter_ms"),
        correlation_percent=number(correlation_percent, "correlation_percent"),
        target=Pods(dependency_namespace or namespace, dependency_selector),
    )


@injects
def lose_packets(
    namespace: str,
    label_selector: str,
    loss_percent: float,
    duration_s: float,
    *,
    share_percent: float = 100.0,
    correlation_percent: float = 0.0,
) -> Fault:
    """Lose some of all the packets that the pods send.

    Args:
        namespace: Where the pods are.
        label_selector: Their labels, such as ``app=web``.
        loss_percent: How many of the packets.
        duration_s: How long it is planned to last.
        share_percent: How many of the pods are hit, rounded down, but one at least.
        correlation_percent: How much the fate of each packet takes after that of the one before.
    """
    return network_loss(
        pods_of(namespace, label_selector, share_percent),
        number(loss_percent, "loss_percent"),
        scaled_s(duration_s),
        correlation_percent=number(correlation_percent, "correlation_percent"),
    )


@injects
def partition_network(
    namespace: str,
    label_selector: str,
    dependency_selector: str,
    duration_s: float,
    *,
    share_percent: float = 100.0,
    dependency_namespace: str = "",
) -> Fault:
    """Let nothing pass between the pods and one of their dependencies, such as their database.

    Args:
        namespace: Where the pods are.
        label_selector: Their labels, such as ``app=web``.
        dependency_selector: The labels of the dependency's pods, such as ``app=database``.
        duration_s: How long it is planned to last.
        share_percent: How many of the pods are cut off, rounded down, but one at least.
        dependency_namespace: Where the dependency's pods are; by default where the others are.
    """
    return network_partition(
        pods_of(namespace, label_selector, share_percent),
        Pods(dependency_namespace or namespace, dependency_selector),
        scaled_s(duration_s),
    )


@injects
def limit_bandwidth(  # noqa: PLR0913 - an experiment names them one by one
    namespace: str,
    label_selector: str,
    rate_kbit_per_s: float,
    duration_s: float,
    *,
    share_percent: float = 100.0,
    limit_bytes: int = 20_971_520,
    buffer_bytes: int = 10_000,
) -> Fault:
    """Let the pods send so much a second and no more.

    Args:
        namespace: Where the pods are.
        label_selector: Their labels, such as ``app=web``.
        rate_kbit_per_s: The rate of each pod, in thousands of bits a second.
        duration_s: How long it is planned to last.
        share_percent: How many of the pods are hit, rounded down, but one at least.
        limit_bytes: How much may wait for its turn; what comes on top of it is lost.
        buffer_bytes: How much passes at once after a pause.
    """
    return network_bandwidth(
        pods_of(namespace, label_selector, share_percent),
        number(rate_kbit_per_s, "rate_kbit_per_s"),
        scaled_s(duration_s),
        limit_bytes=whole(limit_bytes, "limit_bytes"),
        buffer_bytes=whole(buffer_bytes, "buffer_bytes"),
    )
