from __future__ import annotations

import stat
from typing import Any

import httpx
import kubernetes
import pytest

from .conftest import NAMESPACE, Platform


def names(found: Any) -> list[str]:  # noqa: ANN401 - the client has no types
    return [item.metadata.name for item in found.items]


def test_the_official_client_discovers_it(platform: Platform) -> None:
    api = platform.core.api_client
    assert kubernetes.client.VersionApi(api).get_code().major == "1"
    assert kubernetes.client.CoreApi(api).get_api_versions().versions == ["v1"]
    groups = {group.name for group in kubernetes.client.ApisApi(api).get_api_versions().groups}
    assert groups == {"apps", "chaos-mesh.org"}
    assert "pods" in {r.name for r in platform.core.get_api_resources().resources}
    listed = platform.custom.get_api_resources("chaos-mesh.org", "v1alpha1").resources
    assert {resource.name for resource in listed} == {"networkchaos", "podchaos"}


def test_namespaces_pods_and_deployments_are_listed_and_read(platform: Platform) -> None:
    assert names(platform.core.list_namespace()) == [NAMESPACE]
    assert platform.core.read_namespace(NAMESPACE).status.phase == "Active"
    assert len(names(platform.core.list_pod_for_all_namespaces())) == 4
    assert names(platform.apps.list_deployment_for_all_namespaces()) == ["sandbox-app"]
    assert names(platform.core.list_namespaced_pod("elsewhere")) == []
    pod = platform.pods()[0]
    assert pod.metadata.uid
    assert int(pod.metadata.resource_version) > 0
    assert pod.metadata.creation_timestamp is not None


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
    ],
)
def test_pods_are_selected_by_labels_and_fields(
    platform: Platform, labels: str, fields: str, count: int
) -> None:
    found = platform.core.list_namespaced_pod(
        NAMESPACE, label_selector=labels, field_selector=fields
    )
    assert len(found.items) == count


@pytest.mark.parametrize(
    ("method", "path", "code", "reason"),
    [
        ("GET", "/api/v1/namespaces/seakeep-sandbox/pods/nobody", 404, "NotFound"),
        ("DELETE", "/api/v1/namespaces/seakeep-sandbox/pods/nobody", 404, "NotFound"),
        ("GET", "/apis/batch/v1/jobs", 404, "NotFound"),
        ("GET", "/api/v1/pods?watch=true", 400, "BadRequest"),
        ("GET", "/api/v1/pods?labelSelector=a%3D%3D%3Db", 400, "BadRequest"),
        ("GET", "/api/v1/pods?fieldSelector=spec.colour%3Dred", 400, "BadRequest"),
        ("POST", "/api/v1/namespaces/seakeep-sandbox/pods", 405, "MethodNotAllowed"),
    ],
)
def test_every_refusal_is_a_status_object(
    platform: Platform, method: str, path: str, code: int, reason: str
) -> None:
    answer = httpx.request(method, platform.environment.api_url + path, trust_env=False)
    body = answer.json()
    assert (answer.status_code, body["code"], body["kind"]) == (code, code, "Status")
    assert body["reason"] == reason


def test_a_page_under_another_name_cannot_use_it(platform: Platform) -> None:
    url = f"{platform.environment.api_url}/api/v1/pods"
    answer = httpx.get(url, headers={"Host": "rebound.example"}, trust_env=False)
    assert answer.status_code == 403


def test_the_kubeconfig_is_for_its_owner_only(platform: Platform) -> None:
    mode = platform.environment.kubeconfig.stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
