"""The verbs of every kind of objects: list, watch, get, create, update, patch, delete."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from seakeep.sandbox.cluster import NAMESPACE
from seakeep.sandbox.kubernetes_history import History
from seakeep.sandbox.kubernetes_manifest import check_version, new_manifest, replacing_manifest
from seakeep.sandbox.kubernetes_pages import Pages
from seakeep.sandbox.kubernetes_patch import PATCH_TYPES, patched
from seakeep.sandbox.kubernetes_query import (
    ListOptions,
    delete_options,
    json_body,
    refuse_unsupported,
)
from seakeep.sandbox.kubernetes_resource import Collection, DeleteOptions, Json
from seakeep.sandbox.kubernetes_status import already_exists, conflict, not_found, success
from seakeep.sandbox.kubernetes_table import table, wants_table
from seakeep.sandbox.kubernetes_watch import Watches

__all__ = ["Rest", "check_preconditions"]


class Rest:
    """Serves collections, each with the verbs its resource names."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._watches = Watches(history)
        self._pages = Pages()

    def serve(self, app: web.Application, collection: Collection) -> None:
        """Add the paths of a collection."""
        self._history.add(collection)
        verbs = _Verbs(collection, self._history, self._watches, self._pages)
        resource, router = collection.resource, app.router
        within = "/namespaces/{namespace}" if resource.namespaced else ""
        place = f"{resource.root}{within}/{resource.plural}"
        router.add_get(place, verbs.list_or_watch)
        if within:
            router.add_get(f"{resource.root}/{resource.plural}", verbs.list_or_watch)
        router.add_get(f"{place}/{{name}}", verbs.get)
        if "create" in resource.verbs:
            router.add_post(place, verbs.create)
        if "update" in resource.verbs:
            router.add_put(f"{place}/{{name}}", verbs.update)
        if "patch" in resource.verbs:
            router.add_patch(f"{place}/{{name}}", verbs.patch)
        if "delete" in resource.verbs:
            router.add_delete(f"{place}/{{name}}", verbs.delete)
        if "deletecollection" in resource.verbs:
            router.add_delete(place, verbs.delete_collection)


class _Verbs:
    """What can be done with one collection."""

    def __init__(
        self, collection: Collection, history: History, watches: Watches, pages: Pages
    ) -> None:
        self._collection = collection
        self._resource = collection.resource
        self._history = history
        self._watches = watches
        self._pages = pages

    async def list_or_watch(self, request: web.Request) -> web.StreamResponse:
        options = ListOptions.read(request, self._resource)
        self._history.refresh(self._resource)
        here = request.match_info.get("namespace", NAMESPACE) == NAMESPACE
        if options.watch:
            return await self._watches.serve(request, self._resource, options, here)
        found = self._history.objects(self._resource) if here else ()
        chosen = [each for each in found if options.wanted(each)]
        page, metadata = self._pages.page(
            chosen, self._history.revision, options.limit, options.token
        )
        if options.narrowed:
            metadata.pop("remainingItemCount", None)
        return self._answer_list(request, list(page), metadata)

    async def get(self, request: web.Request) -> web.Response:
        return self._answer(request, self._find(request))

    async def create(self, request: web.Request) -> web.Response:
        refuse_unsupported(request)
        namespace = request.match_info["namespace"]
        if namespace != NAMESPACE:
            raise not_found("namespaces", namespace)
        manifest = new_manifest(await json_body(request), self._resource, namespace)
        name = manifest["metadata"]["name"]
        self._history.refresh(self._resource)
        if self._history.find(self._resource, namespace, name) is not None:
            raise already_exists(self._resource.qualified, name)
        self._collection.create(manifest)
        return self._answer(request, self._now(namespace, name), status=201)

    async def update(self, request: web.Request) -> web.Response:
        refuse_unsupported(request)
        body = await json_body(request)
        before = self._find(request)
        after = replacing_manifest(body, self._resource, before)
        return self._answer(request, self._change(before, after))

    async def patch(self, request: web.Request) -> web.Response:
        refuse_unsupported(request)
        patch = await json_body(request, PATCH_TYPES)
        before = self._find(request)
        after = patched(before, request.content_type, patch)
        check_version(self._resource, before, after)
        after = replacing_manifest(after, self._resource, before)
        return self._answer(request, self._change(before, after))

    async def delete(self, request: web.Request) -> web.Response:
        options = await delete_options(request)
        found = self._find(request)
        check_preconditions(self._collection, found, options)
        return self._answer(request, self._delete(found, options))

    async def delete_collection(self, request: web.Request) -> web.Response:
        options = await delete_options(request)
        wanted = ListOptions.read(request, self._resource).wanted
        self._history.refresh(self._resource)
        here = request.match_info["namespace"] == NAMESPACE
        found = self._history.objects(self._resource) if here else ()
        gone = [each for each in found if wanted(each)]
        for each in gone:
            self._delete(each, options)
        return self._answer_list(request, gone, {"resourceVersion": str(self._history.revision)})

    def _find(self, request: web.Request) -> Json:
        name = request.match_info["name"]
        namespace = request.match_info.get("namespace", "")
        self._history.refresh(self._resource)
        found = self._history.find(self._resource, namespace, name)
        if found is None:
            raise not_found(self._resource.qualified, name)
        return found

    def _now(self, namespace: str, name: str) -> Json:
        self._history.refresh(self._resource)
        found = self._history.find(self._resource, namespace, name)
        if found is None:  # it was over as soon as it was there
            raise not_found(self._resource.qualified, name)
        return found

    def _change(self, before: Json, after: Json) -> Json:
        self._collection.change(before, after)
        metadata = before["metadata"]
        return self._now(metadata.get("namespace", ""), metadata["name"])

    def _delete(self, found: Json, options: DeleteOptions) -> Json:
        """Delete an object: as it is while it goes, or that it has gone."""
        self._collection.delete(found, options)
        self._history.refresh(self._resource)
        metadata = found["metadata"]
        left = self._history.find(self._resource, metadata.get("namespace", ""), metadata["name"])
        if left is not None and left["metadata"]["uid"] == metadata["uid"]:
            return left
        resource = self._resource
        return success(resource.plural, metadata["name"], metadata["uid"], resource.group)

    def _answer(self, request: web.Request, found: Json, status: int = 200) -> web.Response:
        version = wants_table(request)
        if version and found.get("kind") == self._resource.kind:
            found = table(request, version, self._resource, [found])
        return web.json_response(found, status=status)

    def _answer_list(self, request: web.Request, found: list[Json], metadata: Json) -> web.Response:
        version = wants_table(request)
        body: dict[str, Any]
        if version:
            body = table(request, version, self._resource, found) | {"metadata": metadata}
        else:
            body = {
                "kind": f"{self._resource.kind}List",
                "apiVersion": self._resource.api_version,
                "metadata": metadata,
                "items": found,
            }
        return web.json_response(body)


def check_preconditions(collection: Collection, found: Json, options: DeleteOptions) -> None:
    """Refuse to delete an object that is not the one the client means.

    Raises:
        ApiError: 409.
    """
    metadata = found["metadata"]
    for field, wanted in (("uid", options.uid), ("resourceVersion", options.resource_version)):
        if wanted and wanted != metadata[field]:
            why = (
                f"Precondition failed: {field} in precondition: {wanted}, in object meta: "
                f"{metadata[field]}"
            )
            raise conflict(collection.resource.qualified, metadata["name"], why)
