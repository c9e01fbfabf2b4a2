"""Objects that clients send: checked for what all kinds have in common."""

from __future__ import annotations

import copy
import random
import re

from seakeep.sandbox.kubernetes_resource import Json, Resource
from seakeep.sandbox.kubernetes_status import ApiError, bad_request, conflict, invalid

__all__ = ["check_version", "new_manifest", "replacing_manifest", "texts"]

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")  # RFC 1123 subdomain
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # Kubernetes' rand.String: no word can come out


def new_manifest(body: object, resource: Resource, namespace: str) -> Json:
    """The object of a creation, with a name that can be had.

    Raises:
        ApiError: 400, it is not one of that kind; 422, its metadata can't be had.
    """
    manifest = _of_kind(body, resource)
    metadata = manifest["metadata"]
    if "generateName" in metadata and not metadata.get("name"):
        drawn = "".join(random.choices(_LETTERS, k=5))  # noqa: S311 - no secret
        metadata["name"] = f"{metadata['generateName']}{drawn}"
    name = metadata.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        problem = f"found {name!r}; wanted lower case letters, digits, '-' and '.'"
        raise invalid(resource.kind, str(name), "metadata.name", problem)
    if metadata.get("resourceVersion"):
        raise bad_request("resourceVersion should not be set on objects to be created")
    _check_metadata(metadata, resource, name, namespace)
    return manifest


def replacing_manifest(body: object, resource: Resource, before: Json) -> Json:
    """The object of an update, which must be that of the path.

    Raises:
        ApiError: 400 and 422 as for a creation; 409, it is of an older version.
    """
    manifest = _of_kind(body, resource)
    name = before["metadata"]["name"]
    named = manifest["metadata"].get("name", name)
    if named != name:
        raise bad_request(
            f"the name of the object ({named}) does not match the name on the URL ({name})"
        )
    _check_metadata(
        manifest["metadata"], resource, name, str(before["metadata"].get("namespace", ""))
    )
    check_version(resource, before, manifest)
    return manifest


def check_version(resource: Resource, before: Json, after: Json) -> None:
    """Refuse an update that was made from an older version, or of another object.

    Raises:
        ApiError: 409.
    """
    for field in ("resourceVersion", "uid"):
        named = after["metadata"].get(field)
        if named and str(named) != before["metadata"][field]:
            why = (
                "the object has been modified; please apply your changes to the latest version "
                "and try again"
            )
            raise conflict(resource.qualified, before["metadata"]["name"], why)


def texts(found: object, error: ApiError) -> dict[str, str]:
    """A mapping of texts to texts; empty when there is none.

    Raises:
        ApiError: The given one, it is no such mapping.
    """
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(
        isinstance(text, str) for text in (*found.keys(), *found.values())
    ):
        raise error
    return dict(found)


def _of_kind(body: object, resource: Resource) -> Json:
    if not isinstance(body, dict):
        raise bad_request("wanted an object in the body")
    named = (body.get("apiVersion"), body.get("kind"))
    # Typed clients leave both out at times, since the path says it all.
    if named not in {(resource.api_version, resource.kind), (None, None), ("", "")}:
        found = f"{named[0]} {named[1]}"
        wanted = f"{resource.api_version} {resource.kind}"
        raise bad_request(f"found an object of {found}; wanted {wanted}")
    manifest = copy.deepcopy(body)
    if not isinstance(manifest.setdefault("metadata", {}), dict):
        raise bad_request("metadata: wanted an object")
    return manifest | {"apiVersion": resource.api_version, "kind": resource.kind}


def _check_metadata(metadata: Json, resource: Resource, name: str, namespace: str) -> None:
    given = metadata.get("namespace") or namespace
    if given != namespace:
        raise bad_request(
            f"the namespace of the object ({given}) does not match the path's ({namespace})"
        )
    for field in ("labels", "annotations"):
        problem = f"found {metadata.get(field)!r}; wanted texts"
        error = invalid(resource.kind, name, f"metadata.{field}", problem)
        if metadata.get(field) is not None:
            metadata[field] = texts(metadata[field], error)
