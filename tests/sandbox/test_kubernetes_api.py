from __future__ import annotations

import stat
from typing import Any

import httpx
import kubernetes
import pytest

from .conftest import NAMESPACE, Platform

PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/sandbox-app"
BUDGETS = f"/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets"


def names(found: Any) -> list[str]:  # noqa: ANN401 - the client has no types
    return [item.metadata.name for item in found.items]


def ask(platform: Platform, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401
    url = platform.environment.api_url + path
    return platform.http.request(method, url, **more)


def test_the_official_client_discovers_it(platform: Platform) -> None:
    api = platform.core.api_client
    assert kubernetes.client.VersionApi(api).get_code().major == "1"
    assert kubernetes.client.CoreApi(api).get_api_versions().versions == ["v1"]
    groups = {group.name for group in kubernetes.client.ApisApi(api).get_api_versions().groups}
    assert groups >= {"apps", "chaos-mesh.org", "events.k8s.io", "networking.k8s.io", "policy"}
    resources = {r.name: r for r in platform.core.get_api_resources().resources}
    assert resources["pods"].short_names == ["po"]
    assert set(resources) >= {"pods/log", "pods/exec", "pods/eviction", "services", "endpoints"}
    listed = platform.custom.get_api_resources("chaos-mesh.org", "v1alpha1").resources
    assert {resource.name for resource in listed} >= {"networkchaos", "podchaos"}


def test_every_verb_it_tells_of_is_there_and_no_other(platform: Platform) -> None:
    methods = {"create": "POST", "update": "PUT", "patch": "PATCH", "deletecollection": "DELETE"}
    for root in ("/api/v1", "/apis/apps/v1", "/apis/policy/v1", "/apis/networking.k8s.io/v1"):
        for resource in ask(platform, "GET", root).json()["resources"]:
            if "/" in resource["name"] or not resource["namespaced"]:
                continue
            place = f"{root}/namespaces/elsewhere/{resource['name']}"
            for verb, method in methods.items():
                path = place if verb in {"create", "deletecollection"} else f"{place}/nobody"
                status = ask(platform, method, path).status_code
                assert (status == 405) is (verb not in resource["verbs"]), (resource, verb)


def test_everything_there_is_is_listed_and_read(platform: Platform) -> None:
    core, apps = platform.core, platform.apps
    assert names(core.list_namespace()) == [NAMESPACE]
    assert core.read_namespace(NAMESPACE).status.phase == "Active"
    assert len(names(core.list_pod_for_all_namespaces())) == 4
    assert names(apps.list_deployment_for_all_namespaces()) == ["sandbox-app"]
    assert names(core.list_namespaced_pod("elsewhere")) == []
    assert names(core.list_namespaced_service(NAMESPACE)) == ["sandbox-app", "sandbox-store"]
    assert apps.read_namespaced_stateful_set("sandbox-store", NAMESPACE).status.ready_replicas == 1
    pod = platform.pods()[0]
    assert pod.metadata.uid
    assert int(pod.metadata.resource_version) > 0
    assert pod.metadata.creation_timestamp is not None
    version = apps.read_namespaced_replica_set(pod.metadata.owner_references[0].name, NAMESPACE)
    assert version.metadata.owner_references[0].kind == "Deployment"
    assert version.spec.selector.match_labels.items() <= pod.metadata.labels.items()


def test_endpoints_are_where_the_ready_pods_answer(platform: Platform) -> None:
    found = platform.core.read_namespaced_endpoints("sandbox-app", NAMESPACE)
    ready = {pod.metadata.name for pod in platform.pods()}
    answered = {}
    for subset in found.subsets:
        (address,) = subset.addresses
        url = f"http://{address.ip}:{subset.ports[0].port}/live"
        answered[address.target_ref.name] = httpx.get(url, trust_env=False).json()["pod"]
    assert answered == {name: name for name in ready}


@pytest.mark.parametrize(
    ("labels", "fields", "count"),
    [
        ("app=sandbox-app", "", 3),
        ("app!=sandbox-app", "", 1),
        ("app in (sandbox-app,sandbox-store)", "", 4),
        ("app notin (sandbox-app)", "", 1),
        ("!app", "", 0),
        ("", "metadata.name=sandbox-store-0", 1),
        ("", "status.phase=Running", 4),
        ("app", "status.phase!=Running", 0),
        ("", "spec.restartPolicy==Never,spec.nodeName=loopback", 1),
    ],
)
def test_pods_are_selected_by_labels_and_fields(
    platform: Platform, labels: str, fields: str, count: int
) -> None:
    found = platform.core.list_namespaced_pod(
        NAMESPACE, label_selector=labels, field_selector=fields
    )
    assert len(found.items) == count


BUDGET = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"}}


@pytest.mark.parametrize(
    ("method", "path", "more", "code", "reason"),
    [
        ("GET", f"{PODS}/nobody", {}, 404, "NotFound"),
        ("DELETE", f"{PODS}/nobody", {}, 404, "NotFound"),
        ("GET", "/apis/batch/v1/jobs", {}, 404, "NotFound"),
        ("GET", "/api/v1/pods?labelSelector=a%3D%3D%3Db", {}, 400, "BadRequest"),
        ("GET", "/api/v1/pods?fieldSelector=spec.colour%3Dred", {}, 400, "BadRequest"),
        ("GET", "/api/v1/pods?limit=-1", {}, 400, "BadRequest"),
        ("GET", "/api/v1/pods?continue=nonsense", {}, 400, "BadRequest"),
        ("GET", "/api/v1/pods?watch=perhaps", {}, 400, "BadRequest"),
        ("GET", "/api/v1/pods?watch=1&resourceVersion=x", {}, 400, "BadRequest"),
        ("GET", "/api/v1/pods?watch=1&resourceVersion=99999999999", {}, 504, "Timeout"),
        ("GET", "/api/v1/pods", {"headers": {"Accept": "text/html"}}, 406, "NotAcceptable"),
        ("GET", f"{PODS}/sandbox-store-0/log?tailLines=x", {}, 400, "BadRequest"),
        ("GET", f"{PODS}/sandbox-store-0/log?container=x", {}, 400, "BadRequest"),
        ("GET", f"{PODS}/sandbox-store-0/log?previous=true", {}, 400, "BadRequest"),
        ("GET", f"{PODS}/sandbox-store-0/exec?command=id&stdout=1", {}, 400, "BadRequest"),
        ("DELETE", f"{PODS}/sandbox-store-0?dryRun=All", {}, 400, "BadRequest"),
        ("DELETE", f"{PODS}/sandbox-store-0", {"json": {"gracePeriodSeconds": "x"}}, 400, ""),
        ("DELETE", f"{PODS}/sandbox-store-0", {"json": {"propagationPolicy": "x"}}, 400, ""),
        ("POST", PODS, {}, 405, "MethodNotAllowed"),
        ("POST", BUDGETS, {"json": {"kind": "Pod"}}, 400, "BadRequest"),
        ("POST", BUDGETS, {"json": BUDGET}, 422, "Invalid"),
        ("POST", BUDGETS, {"content": "kind: Pod", "headers": {"Content-Type": "a/b"}}, 415, ""),
        ("POST", BUDGETS, {"content": "{" * 100_000}, 400, "BadRequest"),
        ("POST", BUDGETS, {"content": '{"a":' * 900 + "1" + "}" * 900}, 400, "BadRequest"),
        ("POST", BUDGETS, {"content": "x" * 2_000_000}, 413, ""),
        ("PATCH", DEPLOYMENT, {"json": {"spec": {}}}, 415, "UnsupportedMediaType"),
    ],
)
def test_every_refusal_is_a_status_object(
    platform: Platform, method: str, path: str, more: dict[str, Any], code: int, reason: str
) -> None:
    answer = ask(platform, method, path, **more)
    body = answer.json()
    assert (answer.status_code, body["code"], body["kind"]) == (code, code, "Status")
    assert body["reason"] == reason or not reason


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_no_web_page_can_use_it(platform: Platform, headers: dict[str, str]) -> None:
    assert ask(platform, "GET", "/api/v1/pods", headers=headers).status_code == 403
    exec_path = f"{PODS}/sandbox-store-0/exec?command=id&stdout=1"
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
    assert ask(platform, "GET", exec_path, headers=headers | upgrade).status_code == 403


def test_the_kubeconfig_is_for_its_owner_only(platform: Platform) -> None:
    mode = platform.environment.kubeconfig.stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
