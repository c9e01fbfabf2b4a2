"""Actions for the method and the rollbacks of an experiment. They work under the guard only.

Durations are in seconds, and are multiplied by ``SEAKEEP_DURATION_SCALE``. What each does, and in
which experiment: docs/chaos-faults.md.
"""

from __future__ import annotations

from seakeep.chaos.faults.edge_actions import cut_edge, slow_edge
from seakeep.chaos.faults.injecting import FAULTS
from seakeep.chaos.faults.network_actions import (
    delay_dependency,
    delay_network,
    limit_bandwidth,
    lose_packets,
    partition_network,
)
from seakeep.chaos.faults.pod_actions import fail_pods, kill_pods, stress_cpu, stress_memory
from seakeep.chaos.session import current

__all__ = [
    "FAULTS",
    "cut_edge",
    "delay_dependency",
    "delay_network",
    "fail_pods",
    "kill_pods",
    "limit_bandwidth",
    "lose_packets",
    "partition_network",
    "remove_faults",
    "slow_edge",
    "stress_cpu",
    "stress_memory",
]


def remove_faults() -> None:
    """Take back every fault of this experiment, and return when that is proven."""
    current(remove_faults).remove_faults()
