"""What an experiment needs to be allowed to do in a cluster, and whether it is.

https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from kubernetes import client

from seakeep.chaos.faults.fault import Fault
from seakeep.chaos.faults.mesh_object import MeshFault
from seakeep.chaos.faults.pod_kill import PodKill
from seakeep.chaos.kubernetes.answer import ForbiddenError, asked
from seakeep.chaos.kubernetes.chaos_mesh_api import GROUP, OURS
from seakeep.chaos.kubernetes.cluster import Cluster
from seakeep.chaos.undo.undo import AwaitPods, DeleteObject, Undo
from seakeep.errors import FaultError

__all__ = ["Right", "missing", "rights_of_fault", "rights_of_undo"]

_TIMEOUT_S = 5.0
_CURE = "wanted what deploy/chaos gives"

_LOOKED_AT = (
    ("list", "", "pods"),
    ("list", "apps", "deployments"),
    ("list", "apps", "statefulsets"),
    # What `seakeep recover` looks for, whatever this experiment makes.
    *(("list", GROUP, plural) for plural in OURS),
)
_BUDGETS = ("list", "policy", "poddisruptionbudgets")
_KILL = (("delete", "", "pods"), _BUDGETS)
_OUTAGES = "podchaos"  # what takes pods down


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One thing that must be allowed.

    Attributes:
        namespace: Where.
        group: The API group; empty for the core.
        resource: The plural, such as ``pods``.
        verb: What is done to it, such as ``delete``.
    """

    namespace: str
    group: str
    resource: str
    verb: str

    @property
    def object(self) -> str:
        """The resource with its group, such as ``networkchaos.chaos-mesh.org``."""
        return f"{self.resource}.{self.group}" if self.group else self.resource

    def __str__(self) -> str:
        return f"{self.verb} {self.object} in {self.namespace}"


def rights_of_undo(undo: Undo) -> frozenset[Right]:
    """Return what a fault takes from its pre-flight to its recovery, by the way back from it.

    Nothing outside a cluster. An undo of a kind that is not ours says nothing of its own: then only
    what the guard itself looks at is known.
    """
    if isinstance(undo, DeleteObject):
        return _rights(undo.namespace, _LOOKED_AT, _object(undo.plural))
    if isinstance(undo, AwaitPods):
        return _rights(undo.namespace, _LOOKED_AT, _KILL)
    return _rights(undo.namespace, _LOOKED_AT)


def rights_of_fault(fault: Fault) -> frozenset[Right]:
    """Return the same for a fault that is not ready yet: to see what it would hit takes rights."""
    if isinstance(fault, MeshFault):
        # Chaos Mesh itself wants whoever makes an object to be allowed the same at either end:
        # https://chaos-mesh.org/blog/securing-tenant-namespaces-using-restrict-authorization-feature
        other_end = fault.target.namespace if fault.target else fault.pods.namespace
        made = _rights(fault.pods.namespace, _LOOKED_AT, _object(fault.plural))
        return made | _rights(other_end, _LOOKED_AT, [("create", GROUP, fault.plural)])
    if isinstance(fault, PodKill):
        return _rights(fault.namespace, _LOOKED_AT, _KILL)
    return frozenset()


def missing(cluster: Cluster, rights: Iterable[Right]) -> Iterator[str]:
    """Yield what the cluster does not allow, a sentence for each resource.

    Raises:
        FaultError: The cluster does not answer.
    """
    lacking: dict[tuple[str, str], list[str]] = {}
    try:
        for right in sorted(rights):
            if not _allowed(cluster, right):
                lacking.setdefault((right.object, right.namespace), []).append(right.verb)
    except ForbiddenError as error:
        yield f"nobody can tell what we may do: SelfSubjectAccessReview: {error}"
        return
    for (what, namespace), verbs in lacking.items():
        yield f"we may not {', '.join(verbs)} {what} in {namespace}; {_CURE}"


def _object(plural: str) -> tuple[tuple[str, str, str], ...]:
    needs = tuple((verb, GROUP, plural) for verb in ("create", "get", "list", "delete"))
    return (*needs, _BUDGETS) if plural == _OUTAGES else needs


def _rights(namespace: str, *needs: Iterable[tuple[str, str, str]]) -> frozenset[Right]:
    if not namespace:
        return frozenset()
    return frozenset(
        Right(namespace, group, resource, verb) for need in needs for verb, group, resource in need
    )


def _allowed(cluster: Cluster, right: Right) -> bool:
    attributes = client.V1ResourceAttributes(
        namespace=right.namespace, group=right.group, resource=right.resource, verb=right.verb
    )
    spec = client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
    review = client.AuthorizationV1Api(cluster.api).create_self_subject_access_review
    body = client.V1SelfSubjectAccessReview(spec=spec)
    answer = asked(partial(review, body, _request_timeout=_TIMEOUT_S))
    if answer is None:
        raise ForbiddenError(f"{cluster.place.server} does not know it (authorization.k8s.io/v1)")
    if answer.status is None:
        raise FaultError(f"{cluster.place.server} answered a SelfSubjectAccessReview with nothing")
    return bool(answer.status.allowed)
