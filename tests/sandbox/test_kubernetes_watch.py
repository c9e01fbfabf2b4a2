from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from typing import Any

import aiohttp
import kubernetes
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from chaosk8s.deployment.probes import (  # type: ignore[import-untyped]
    deployment_available_and_healthy,
    deployment_fully_available,
    deployment_not_fully_available,
    deployment_partially_available,
)
from chaosk8s.statefulset.probes import (  # type: ignore[import-untyped]
    statefulset_fully_available,
)

from seakeep.sandbox.kubernetes_history import History
from seakeep.sandbox.kubernetes_query import ListOptions
from seakeep.sandbox.kubernetes_resource import Collection, Json, Resource
from seakeep.sandbox.kubernetes_status import ApiError
from seakeep.sandbox.kubernetes_watch import Watches

from .conftest import NAMESPACE, Platform
from .polling import eventually


def watched(platform: Platform, **options: Any) -> Iterator[Any]:  # noqa: ANN401
    stream = kubernetes.watch.Watch().stream(  # type: ignore[no-untyped-call]
        platform.core.list_namespaced_pod, NAMESPACE, **options
    )
    yield from stream


def test_a_watch_tells_of_a_pod_from_its_start_to_its_end(platform: Platform) -> None:
    before = platform.core.list_namespaced_pod(NAMESPACE).metadata.resource_version
    victim = platform.pods()[0].metadata.name
    platform.core.delete_namespaced_pod(victim, NAMESPACE, grace_period_seconds=0)
    told: list[tuple[str, str, bool]] = []
    revisions = []
    for event in watched(platform, resource_version=before, timeout_seconds=10):
        pod = event["object"]
        revisions.append(int(pod.metadata.resource_version))
        told.append((event["type"], pod.metadata.name, pod.status.container_statuses[0].ready))
        newcomers = {name for kind, name, _ in told if kind == "ADDED"}
        if ("DELETED", victim, False) in told and any(
            ready and name in newcomers for _, name, ready in told
        ):
            break
    assert told[0][0] in {"MODIFIED", "ADDED"}
    assert len(newcomers) == 1
    assert victim not in newcomers
    assert revisions == sorted(set(revisions))


def test_a_watch_without_a_version_begins_with_what_is_there(platform: Platform) -> None:
    label = "app=sandbox-store"
    (event,) = islice(watched(platform, label_selector=label, timeout_seconds=5), 1)
    assert (event["type"], event["object"].metadata.name) == ("ADDED", "sandbox-store-0")


def test_a_watch_ends_in_time_with_a_bookmark_to_go_on_from(platform: Platform) -> None:
    listed = platform.core.list_namespaced_pod(NAMESPACE).metadata.resource_version
    events = list(
        watched(platform, resource_version=listed, timeout_seconds=1, allow_watch_bookmarks=True)
    )
    assert [event["type"] for event in events] == ["BOOKMARK"]
    assert int(events[0]["raw_object"]["metadata"]["resourceVersion"]) >= int(listed)


def test_a_version_of_an_earlier_sandbox_is_gone(platform: Platform) -> None:
    with pytest.raises(kubernetes.client.ApiException) as refused:
        list(watched(platform, resource_version="7", timeout_seconds=5))
    assert refused.value.status == 410


def test_a_list_is_read_page_by_page_and_all_are_of_one_moment(platform: Platform) -> None:
    page = platform.core.list_namespaced_pod(NAMESPACE, limit=3)
    assert page.metadata.remaining_item_count == 1
    victim = page.items[0].metadata.name
    platform.core.delete_namespaced_pod(victim, NAMESPACE, grace_period_seconds=0)
    eventually(lambda: victim not in {pod.metadata.name for pod in platform.pods()})
    rest = platform.core.list_namespaced_pod(NAMESPACE, limit=3, _continue=page.metadata._continue)
    assert [pod.metadata.name for pod in rest.items] == ["sandbox-store-0"]
    assert rest.metadata.resource_version == page.metadata.resource_version
    assert rest.metadata._continue is None


def test_chaosk8s_waits_for_deployments_and_stateful_sets(platform: Platform) -> None:
    place = {"name": "sandbox-app", "ns": NAMESPACE}
    assert deployment_available_and_healthy(**place)
    assert deployment_partially_available(**place)
    platform.core.delete_namespaced_pod(
        platform.pods()[0].metadata.name, NAMESPACE, grace_period_seconds=0
    )
    assert deployment_not_fully_available(**place, timeout=8)
    assert deployment_fully_available(**place, timeout=8)
    assert statefulset_fully_available("sandbox-store", ns=NAMESPACE, timeout=8)


class Buoys(Collection):
    resource = Resource("", "v1", "buoys", "Buoy")

    def __init__(self) -> None:
        self.colours = {"north": "green"}

    def objects(self) -> Iterator[Json]:
        for name, colour in self.colours.items():
            yield {"metadata": {"name": name, "uid": name, "labels": {"colour": colour}}}


def test_history_numbers_what_changed_and_forgets_in_the_end() -> None:
    buoys, history = Buoys(), History(length=3)
    history.add(buoys)
    start = history.revision
    history.refresh()
    history.refresh()
    assert history.revision == start + 1
    buoys.colours |= {"north": "red", "south": "red"}
    history.refresh()
    del buoys.colours["north"]
    history.refresh()
    changes = list(history.since(buoys.resource, start + 1))
    assert [change.type for change in changes] == ["MODIFIED", "ADDED", "DELETED"]
    assert [change.revision for change in changes] == [start + 2, start + 3, start + 4]
    assert changes[-1].object["metadata"]["resourceVersion"] == str(start + 4)
    assert [found["metadata"]["name"] for found in history.objects(buoys.resource)] == ["south"]
    with pytest.raises(ApiError) as refused:
        history.since(buoys.resource, start)
    assert refused.value.code == 410


def test_an_object_that_comes_back_is_another_one() -> None:
    class Renewed(Buoys):
        uid = "first"

        def objects(self) -> Iterator[Json]:
            yield {"metadata": {"name": "north", "uid": self.uid}}

    buoys, history = Renewed(), History()
    history.add(buoys)
    history.refresh()
    before = history.revision
    buoys.uid = "second"
    history.refresh()
    assert [c.type for c in history.since(buoys.resource, before)] == ["DELETED", "ADDED"]


async def _status(http: aiohttp.ClientSession) -> int:
    async with http.get("/") as answer:
        return answer.status


async def _serve_watches() -> None:
    buoys, history = Buoys(), History()
    history.add(buoys)
    history.refresh()
    watches = Watches(history, limit=1)

    async def watch(request: web.Request) -> web.StreamResponse:
        options = ListOptions.read(request, buoys.resource)
        try:
            return await watches.serve(request, buoys.resource, options, here=True)
        except ApiError as error:
            return web.json_response(error.body, status=error.code)

    app = web.Application()
    app.router.add_get("/", watch)
    async with (
        TestServer(app, handler_cancellation=True) as server,
        aiohttp.ClientSession(server.make_url("/")) as http,
    ):
        red = {"labelSelector": "colour=red"}
        first = await http.get("/", params=red)
        buoys.colours["north"] = "red"
        history.touch()
        told = [(await first.content.readline()).split(b",")[0]]
        buoys.colours["north"] = "green"
        history.touch()
        told.append((await first.content.readline()).split(b",")[0])
        assert told == [b'{"type":"ADDED"', b'{"type":"DELETED"']
        assert await _status(http) == 429
        first.close()
        async with asyncio.timeout(5):
            while await _status(http) == 429:  # noqa: ASYNC110 - the server can not be awaited
                await asyncio.sleep(0.01)  # a client asks again
        history.close()


def test_selectors_turn_changes_into_comings_and_goings_and_watches_are_few() -> None:
    asyncio.run(_serve_watches())
