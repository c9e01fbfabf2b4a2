"""Actions on pods themselves: they are killed, or short of processor time or memory."""

from __future__ import annotations

from seakeep.chaos.faults.fault import Fault
from seakeep.chaos.faults.injecting import injects, number, pods_of, scaled_s, whole
from seakeep.chaos.faults.pod_kill import PodKill
from seakeep.chaos.faults.pod_outage import pod_outage
from seakeep.chaos.faults.stress import cpu_stress, memory_stress

__all__ = ["fail_pods", "kill_pods", "stress_cpu", "stress_memory"]


@injects
def kill_pods(
    namespace: str,
    label_selector: str,
    share_percent: float = 25.0,
    duration_s: float = 60.0,
    staying: int = 1,
) -> Fault:
    """Kill some of the ready pods at random.

    Args:
        namespace: Where the pods are.
        label_selector: Their labels, such as ``app=web``.
        share_percent: How many, rounded down, but to one at least.
        duration_s: For how long the platform is watched afterwards. The kill is over at once; but
            a mistake in it is found before.
        staying: How many must stay; with fewer, nothing is killed.
    """
    share = number(share_percent, "share_percent")
    stay = whole(staying, "staying")
    return PodKill(namespace, label_selector, share, scaled_s(duration_s), stay)


@injects
def fail_pods(
    namespace: str,
    label_selector: str,
    duration_s: float,
    share_percent: float = 25.0,
    staying: int = 1,
) -> Fault:
    """Take some of the pods down, and keep them down: nothing replaces or restarts them.

    Args:
        namespace: Where the pods are.
        label_selector: Their labels, such as ``app=web``.
        duration_s: How long it is planned to last.
        share_percent: How many of the pods are hit, rounded down, but one at least.
        staying: How many must stay; with fewer, nothing is taken down.
    """
    pods = pods_of(namespace, label_selector, share_percent, staying)
    return pod_outage(pods, scaled_s(duration_s))


@injects
def stress_cpu(
    namespace: str,
    label_selector: str,
    load_percent: int,
    duration_s: float,
    share_percent: float = 25.0,
    workers: int = 1,
) -> Fault:
    """Keep the processors of some pods busy.

    Args:
        namespace: Where the pods are.
        label_selector: Their labels, such as ``app=web``.
        load_percent: How busy each worker keeps one core.
        duration_s: How long it is planned to last.
        share_percent: How many of the pods are hit, rounded down, but one at least.
        workers: How many there are in each pod.
    """
    pods = pods_of(namespace, label_selector, share_percent)
    load = whole(load_percent, "load_percent")
    return cpu_stress(pods, load, scaled_s(duration_s), workers=whole(workers, "workers"))


@injects
def stress_memory(
    namespace: str,
    label_selector: str,
    size_mb: int,
    duration_s: float,
    share_percent: float = 25.0,
) -> Fault:
    """Take memory of some pods.

    Args:
        namespace: Where the pods are.
        label_selector: Their labels, such as ``app=web``.
        size_mb: How much of each, in millions of bytes.
        duration_s: How long it is planned to last.
        share_percent: How many of the pods are hit, rounded down, but one at least.
    """
    pods = pods_of(namespace, label_selector, share_percent)
    return memory_stress(pods, whole(size_mb, "size_mb"), scaled_s(duration_s))
