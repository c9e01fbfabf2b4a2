"""The Chaos Mesh objects as the Kubernetes API serves them: one collection for each kind."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from seakeep.sandbox.chaos_experiment import KINDS, Experiment
from seakeep.sandbox.chaos_mesh import ChaosController
from seakeep.sandbox.chaos_spec import ChaosInvalidError
from seakeep.sandbox.cluster import NAMESPACE
from seakeep.sandbox.kubernetes_objects import timestamp
from seakeep.sandbox.kubernetes_resource import Collection, Column, DeleteOptions, Json, Resource
from seakeep.sandbox.kubernetes_status import forbidden, invalid, not_found

__all__ = ["ChaosCollection", "chaos_collections"]

_GROUP, _VERSION = "chaos-mesh.org", "v1alpha1"
_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class ChaosCollection(Collection):
    """All objects of one kind of chaos."""

    def __init__(self, controller: ChaosController, plural: str) -> None:
        self._controller = controller
        kind = KINDS[plural][0]
        # As the printer columns of Chaos Mesh's own definitions.
        columns = [_column("Action")] if kind != "StressChaos" else []
        self.resource = Resource(
            _GROUP, _VERSION, plural, kind, _VERBS, columns=(*columns, _column("Duration"))
        )

    def objects(self) -> Iterable[Json]:
        """Every object as it is just now."""
        return [self._object(found) for found in self._controller.experiments(self.resource.plural)]

    def create(self, manifest: Json) -> None:
        """Choose the targets of a new object and begin to break them.

        Raises:
            ApiError: 422, naming the field that can't be had.
        """
        name = manifest["metadata"]["name"]
        try:
            experiment = Experiment(self.resource.plural, manifest, NAMESPACE)
        except ChaosInvalidError as error:
            kind = f"{self.resource.kind}.{_GROUP}"
            raise invalid(kind, name, error.field, error.problem) from None
        self._controller.create(experiment)

    def change(self, before: Json, after: Json) -> None:
        """Take over labels, annotations and finalizers; nothing else of it may change.

        Raises:
            ApiError: 403, the spec would change: Chaos Mesh's webhook refuses that as well
                (`ErrCanNotUpdateChaos` in its api/v1alpha1).
        """
        experiment = self._find(before)
        if after.get("spec") != experiment.spec:
            webhook = f"v{self.resource.plural}.kb.io"
            why = f'admission webhook "{webhook}" denied the request: Cannot update chaos spec'
            raise forbidden(why, self.resource.qualified, experiment.name)
        metadata = after["metadata"]
        self._controller.annotate(
            experiment,
            dict(metadata.get("labels") or {}),
            dict(metadata.get("annotations") or {}),
            list(metadata.get("finalizers") or []),
        )

    def delete(self, found: Json, options: DeleteOptions) -> None:  # noqa: ARG002 - none matters here
        """Begin to recover it; it goes when that is done."""
        self._controller.delete(self._find(found))

    def _find(self, found: Json) -> Experiment:
        name = found["metadata"]["name"]
        experiment = self._controller.find(self.resource.plural, name)
        if experiment is None:
            raise not_found(self.resource.qualified, name)
        return experiment

    def _object(self, experiment: Experiment) -> Json:
        metadata: Json = {
            "name": experiment.name,
            "namespace": experiment.namespace,
            "uid": experiment.uid,
            "generation": experiment.generation,
            "creationTimestamp": timestamp(experiment.created_at),
            "finalizers": list(experiment.finalizers),
        }
        if experiment.labels:
            metadata["labels"] = dict(experiment.labels)
        if experiment.annotations:
            metadata["annotations"] = dict(experiment.annotations)
        if experiment.deleted_at is not None:
            metadata["deletionTimestamp"] = timestamp(experiment.deleted_at)
            metadata["deletionGracePeriodSeconds"] = 0
        return {
            "apiVersion": self.resource.api_version,
            "kind": self.resource.kind,
            "metadata": metadata,
            "spec": copy.deepcopy(experiment.spec),
            "status": experiment.status(),
        }


def chaos_collections(controller: ChaosController) -> tuple[ChaosCollection, ...]:
    """A collection for each kind of chaos there is."""
    return tuple(ChaosCollection(controller, plural) for plural in KINDS)


def _column(name: str) -> Column:
    return Column(name.lower(), lambda found: found["spec"].get(name.lower(), ""))
