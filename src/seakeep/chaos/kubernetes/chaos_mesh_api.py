"""The objects of Chaos Mesh in a cluster's API: found, listed and deleted, each within a time."""

from __future__ import annotations

from functools import partial
from typing import Any

from kubernetes import client

from seakeep.chaos.kubernetes.answer import asked, asked_unless_forbidden
from seakeep.chaos.kubernetes.chaos_object import ChaosObject, ObjectRef
from seakeep.errors import FaultError

__all__ = ["GROUP", "OURS", "VERSION", "ChaosMeshApi"]

GROUP = "chaos-mesh.org"
VERSION = "v1alpha1"

OURS = ("networkchaos", "podchaos", "stresschaos")
"""The kinds that Seakeep makes, or deletes."""

_INNER = frozenset({"podnetworkchaos", "podiochaos", "podhttpchaos"})
"""What Chaos Mesh keeps for each pod to do its own work with, and leaves there for good."""

_TIMEOUT_S = 5.0


class ChaosMeshApi:
    """Reads and deletes; whoever makes an object goes through chaosk8s."""

    def __init__(self, api: Any) -> None:  # noqa: ANN401 - the client is untyped
        """Take the client that leads to the cluster."""
        self._custom = client.CustomObjectsApi(api)
        self._server = api.configuration.host

    def get(self, ref: ObjectRef) -> ChaosObject | None:
        """Return an object as it is now; ``None`` when it is gone.

        Raises:
            FaultError: The cluster does not answer, or refuses, or knows no such objects at all.
        """
        body = asked(
            lambda: self._custom.get_namespaced_custom_object(
                GROUP, VERSION, ref.namespace, ref.plural, ref.name, _request_timeout=_TIMEOUT_S
            )
        )
        if body is not None:
            return ChaosObject.read(ref.plural, ref.namespace, body)
        if self._listed(ref.namespace, ref.plural) is None:
            raise FaultError(f"{self._server} knows no {ref.plural}.{GROUP}: {ref}?")
        return None

    def labelled(self, namespace: str, label: str) -> tuple[ChaosObject, ...]:
        """Return the objects of our kinds that carry a label.

        Raises:
            FaultError: The cluster does not answer, or refuses.
        """
        return tuple(
            ChaosObject.read(plural, namespace, item)
            for plural in OURS
            for item in self._listed(namespace, plural, label) or ()
        )

    def all(self, namespace: str) -> tuple[ChaosObject, ...]:
        """Return every object of chaos in a namespace, whoever made it.

        Kinds that we may not list are left out, unless we make them ourselves.

        Raises:
            FaultError: The cluster does not answer, or refuses.
        """
        return tuple(
            ChaosObject.read(plural, namespace, item)
            for plural in self._kinds()
            for item in self._seen(namespace, plural)
        )

    def delete(self, ref: ObjectRef) -> None:
        """Ask for an object's deletion; no error when it is not there.

        Raises:
            FaultError: The cluster does not answer, or refuses.
        """
        asked(
            lambda: self._custom.delete_namespaced_custom_object(
                GROUP, VERSION, ref.namespace, ref.plural, ref.name, _request_timeout=_TIMEOUT_S
            )
        )

    def _seen(self, namespace: str, plural: str) -> list[Any]:
        listed = partial(self._listed, namespace, plural)
        return (listed() if plural in OURS else asked_unless_forbidden(listed)) or []

    def _listed(self, namespace: str, plural: str, label: str | None = None) -> list[Any] | None:
        """Return the objects of a kind, as they came; ``None`` where the kind is not known."""
        body = asked(
            lambda: self._custom.list_namespaced_custom_object(
                GROUP,
                VERSION,
                namespace,
                plural,
                label_selector=label,
                _request_timeout=_TIMEOUT_S,
            )
        )
        if body is None:
            return None
        items = body.get("items") if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise FaultError(f"{self._server}: wanted a list of {plural}, got {str(body)[:200]}")
        return items

    def _kinds(self) -> tuple[str, ...]:
        """Return the plurals of the kinds of chaos that there are, and in any case of ours."""
        found = asked_unless_forbidden(
            lambda: self._custom.get_api_resources(GROUP, VERSION, _request_timeout=_TIMEOUT_S)
        )
        others = {
            resource.name
            for resource in (found.resources if found else ())
            if resource.namespaced and resource.name.endswith("chaos")
        }
        return (*OURS, *sorted(others - _INNER - set(OURS)))
