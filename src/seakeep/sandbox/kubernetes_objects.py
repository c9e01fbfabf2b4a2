"""What the objects of all kinds have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from seakeep.sandbox.kubernetes_resource import Json
from seakeep.sandbox.pods import Owner, Pod

__all__ = ["IMAGE", "controlled_by", "metadata", "object_list", "owned_by", "timestamp"]

IMAGE = "seakeep/sandbox"


def timestamp(moment: datetime) -> str:
    """A moment as Kubernetes writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def metadata(name: str, namespace: str, uid: str, created_at: datetime) -> Json:
    """What names an object."""
    place = {"namespace": namespace} if namespace else {}
    return {"name": name, **place, "uid": uid, "creationTimestamp": timestamp(created_at)}


def owned_by(version: str, owner: Owner) -> list[Json]:
    """The `ownerReferences` of what a controller made."""
    return [
        {
            "apiVersion": version,
            "kind": owner.kind,
            "name": owner.name,
            "uid": owner.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]


def controlled_by(pods: Sequence[Pod], owner_name: str) -> list[Pod]:
    """The pods of one controller that are not being deleted."""
    return [pod for pod in pods if pod.owner.name == owner_name and pod.deleting_since is None]


def object_list(kind: str, version: str, items: list[Json], revision: int) -> Json:
    """A list of objects, each of that kind."""
    listed = {"resourceVersion": str(revision)}
    return {"kind": f"{kind}List", "apiVersion": version, "metadata": listed, "items": items}
