"""What faults are made and undone through. A platform without Kubernetes needs no kubeconfig."""

from __future__ import annotations

from seakeep.chaos.kubernetes.cluster import Cluster
from seakeep.chaos.kubernetes.connection import Place
from seakeep.chaos.toxiproxy import exchange

__all__ = ["Reach"]

_TOXIC_DEADLINE_S = 10.0  # the request itself has half of it


class Reach:
    """The way to a cluster, connected to when a fault first needs it."""

    def __init__(self, place: Place | None = None, cluster: Cluster | None = None) -> None:
        """Get ready; nothing is asked yet.

        Args:
            place: The cluster as it was written down; by default the environment's.
            cluster: One that is connected to already.
        """
        self._place = place
        self._cluster = cluster

    @property
    def cluster(self) -> Cluster:
        """The cluster.

        Raises:
            FaultError: The way there is gone, makes no sense, or leads elsewhere by now.
        """
        if self._cluster is None:
            self._cluster = Cluster() if self._place is None else Cluster.at(self._place)
        return self._cluster

    @property
    def place(self) -> Place:
        """Which cluster it is; an empty place when none was needed."""
        if self._cluster is None:
            return self._place or Place()
        return self._cluster.place

    def settle(self) -> None:
        """Wait until no call that makes a fault is on its way: none may arrive after its undo.

        Raises:
            FaultError: One still is, so that no absence proves anything yet.
        """
        exchange.settle(_TOXIC_DEADLINE_S)
        if self._cluster is not None:
            self._cluster.settle()
