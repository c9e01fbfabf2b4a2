"""Chaos objects in the Kubernetes API: changed, paused, deleted one by one and together."""

from __future__ import annotations

import json
from typing import Any

import httpx
import kubernetes
import pytest

from .conftest import NAMESPACE, Platform
from .polling import eventually

PLACE = ("chaos-mesh.org", "v1alpha1", NAMESPACE, "networkchaos")
PAUSE = "experiment.chaos-mesh.org/pause"
FAILS = {"sandbox.seakeep.dev/recovery": "fails"}
FORCED = {"chaos-mesh.chaos-mesh.org/cleanFinalizer": "forced"}


def delay(name: str, **metadata: Any) -> dict[str, Any]:  # noqa: ANN401 - the client has no types
    return {
        "apiVersion": "chaos-mesh.org/v1alpha1",
        "kind": "NetworkChaos",
        "metadata": {"name": name, **metadata},
        "spec": {
            "mode": "one",
            "selector": {"labelSelectors": {"app": "sandbox-app"}},
            "action": "delay",
            "delay": {"latency": "1ms"},
        },
    }


class Chaos:
    """The objects of one kind, through the official client."""

    def __init__(self, platform: Platform) -> None:
        self.api = platform.custom
        self.url = (
            f"{platform.environment.api_url}/apis/chaos-mesh.org/v1alpha1"
            f"/namespaces/{NAMESPACE}/networkchaos"
        )

    def create(self, name: str, **metadata: Any) -> dict[str, Any]:  # noqa: ANN401
        found: dict[str, Any] = self.api.create_namespaced_custom_object(
            *PLACE, delay(name, **metadata)
        )
        eventually(lambda: self.conditions(name)["AllInjected"] == "True")
        return found

    def get(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get_namespaced_custom_object(*PLACE, name)
        return found

    def conditions(self, name: str) -> dict[str, str]:
        found = self.get(name)["status"]["conditions"]
        return {entry["type"]: entry["status"] for entry in found}

    def annotate(self, name: str, annotations: dict[str, str | None]) -> dict[str, Any]:
        found: dict[str, Any] = self.api.patch_namespaced_custom_object(
            *PLACE, name, {"metadata": {"annotations": annotations}}
        )
        return found

    def delete(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.delete_namespaced_custom_object(*PLACE, name)
        return found

    def is_gone(self, name: str) -> bool:
        return httpx.get(f"{self.url}/{name}", trust_env=False).status_code == 404


@pytest.fixture
def chaos(platform: Platform) -> Chaos:
    return Chaos(platform)


def test_an_annotation_pauses_it_and_takes_it_up_again(chaos: Chaos) -> None:
    escaped = PAUSE.replace("/", "~1")  # as RFC 6901 has it
    chaos.create("halting")
    chaos.annotate("halting", {PAUSE: "true"})
    eventually(lambda: chaos.conditions("halting")["AllRecovered"] == "True")
    assert chaos.conditions("halting")["Paused"] == "True"
    answer = httpx.patch(
        f"{chaos.url}/halting",
        content=json.dumps([{"op": "remove", "path": f"/metadata/annotations/{escaped}"}]),
        headers={"Content-Type": "application/json-patch+json"},
        trust_env=False,
    )
    assert answer.status_code == 200
    eventually(lambda: chaos.conditions("halting")["AllInjected"] == "True")
    assert chaos.conditions("halting")["Paused"] == "False"
    (record,) = chaos.get("halting")["status"]["experiment"]["containerRecords"]
    assert (record["injectedCount"], record["recoveredCount"]) == (2, 1)


def test_an_update_of_an_old_version_is_a_conflict(chaos: Chaos) -> None:
    chaos.create("stale")
    old = chaos.get("stale")
    chaos.annotate("stale", {"a": "b"})
    answer = httpx.put(f"{chaos.url}/stale", json=old, trust_env=False)
    assert (answer.status_code, answer.json()["reason"]) == (409, "Conflict")
    new = chaos.get("stale")
    assert int(new["metadata"]["resourceVersion"]) > int(old["metadata"]["resourceVersion"])
    new["metadata"]["labels"] = {"run": "7"}
    answer = httpx.put(f"{chaos.url}/stale", json=new, trust_env=False)
    assert (answer.status_code, answer.json()["metadata"]["labels"]) == (200, {"run": "7"})


def test_what_it_asks_for_never_changes(chaos: Chaos) -> None:
    chaos.create("fixed")
    with pytest.raises(kubernetes.client.ApiException) as caught:
        chaos.api.patch_namespaced_custom_object(
            *PLACE, "fixed", {"spec": {"delay": {"latency": "9s"}}}
        )
    assert caught.value.status == 403
    assert "Cannot update chaos spec" in str(caught.value.body)
    assert chaos.get("fixed")["spec"]["delay"]["latency"] == "1ms"


def test_a_finalizer_keeps_it_until_it_is_recovered(chaos: Chaos) -> None:
    created = chaos.create("kept", annotations=FAILS)
    assert created["metadata"]["finalizers"] == ["chaos-mesh/records"]
    left = chaos.delete("kept")
    assert left["metadata"]["deletionTimestamp"]
    chaos.delete("kept")  # again: nothing new
    events = chaos.get("kept")["status"]["experiment"]["containerRecords"][0]["events"]
    assert (events[-1]["operation"], events[-1]["type"]) == ("Recover", "Failed")
    assert chaos.conditions("kept")["AllRecovered"] == "False"
    chaos.annotate("kept", dict.fromkeys(FAILS))
    eventually(lambda: chaos.is_gone("kept"))


def test_force_removes_what_hangs(chaos: Chaos) -> None:
    chaos.create("hanging", annotations=FAILS)
    chaos.delete("hanging")
    assert not chaos.is_gone("hanging")
    chaos.annotate("hanging", dict(FORCED))
    eventually(lambda: chaos.is_gone("hanging"))


def test_a_label_selects_what_is_listed_and_deleted(chaos: Chaos) -> None:
    chaos.create("ours", labels={"run": "a"})
    chaos.create("theirs", labels={"run": "b"})
    listed = chaos.api.list_namespaced_custom_object(*PLACE, label_selector="run=a")
    assert [found["metadata"]["name"] for found in listed["items"]] == ["ours"]
    answer = httpx.delete(chaos.url, params={"labelSelector": "run=a"}, trust_env=False)
    assert answer.status_code == 200
    eventually(lambda: chaos.is_gone("ours"))
    assert not chaos.is_gone("theirs")
