from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from .conftest import NAMESPACE, Platform

USER = f"system:serviceaccount:{NAMESPACE}:sailor"
HERE = f"/api/v1/namespaces/{NAMESPACE}"
DEPLOY = Path(__file__).parents[2] / "deploy" / "chaos"


class Crew:
    """The owner's clients, and the same API for a service account of no other rights than given."""

    def __init__(self, platform: Platform) -> None:
        api = platform.core.api_client
        rbac: Any = client.RbacAuthorizationV1Api(api)
        self.rbac = rbac
        self.core: Any = platform.core
        self.http = httpx.Client(base_url=platform.environment.api_url, trust_env=False)
        self.core.create_namespaced_service_account(NAMESPACE, {"metadata": {"name": "sailor"}})
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deck"}
        subject = {"kind": "ServiceAccount", "name": "sailor", "namespace": NAMESPACE}
        self.binding: dict[str, Any] = {
            "metadata": {"name": "deck"},
            "roleRef": reference,
            "subjects": [subject],
        }
        rbac.create_namespaced_role_binding(NAMESPACE, self.binding)

    def may(self, resource: str, *verbs: str, group: str = "", **more: object) -> None:
        rule = {"apiGroups": [group], "resources": [resource], "verbs": list(verbs), **more}
        role = {"metadata": {"name": "deck"}, "rules": [rule]}
        self.rbac.create_namespaced_role(NAMESPACE, role)

    def ask(self, method: str, path: str, token: str = "sandbox:sailor") -> httpx.Response:
        return self.http.request(method, path, headers={"Authorization": f"Bearer {token}"})

    def review(self, **attributes: str) -> bool:
        place = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        body = {"spec": {"resourceAttributes": {"namespace": NAMESPACE, **attributes}}}
        headers = {"Authorization": "Bearer sandbox:sailor"}
        answer = self.http.post(place, json=body, headers=headers)
        assert answer.status_code == 201
        return bool(answer.json()["status"]["allowed"])

    def end(self) -> None:
        self.core.delete_namespaced_service_account("sailor", NAMESPACE)
        self.rbac.delete_collection_namespaced_role(NAMESPACE)
        self.rbac.delete_collection_namespaced_role_binding(NAMESPACE)
        self.http.close()


@pytest.fixture
def crew(shared: Platform) -> Iterator[Crew]:
    made = Crew(shared)
    yield made
    made.end()


def test_the_owner_may_ask_as_an_account_and_nobody_else_may(crew: Crew) -> None:
    def asked(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return crew.http.get(f"{HERE}/pods", headers=named).status_code

    assert asked(Impersonate_User=USER) == 403
    crew.may("pods", "list")
    assert asked(Impersonate_User=USER) == 200
    assert asked(Impersonate_User=USER, Authorization="Bearer sandbox:sailor") == 403
    assert asked(Impersonate_User=USER, Impersonate_Group="crew") == 403
    assert asked(Impersonate_User="system:admin") == 403


def test_an_account_may_nothing_until_a_role_says_so(crew: Crew) -> None:
    refused = crew.ask("GET", f"{HERE}/pods").json()
    assert refused["message"] == (
        f'pods is forbidden: User "{USER}" cannot list resource "pods" in API group "" '
        f'in the namespace "{NAMESPACE}"'
    )
    assert (refused["code"], refused["reason"]) == (403, "Forbidden")
    crew.may("pods", "list")
    assert len(crew.ask("GET", f"{HERE}/pods").json()["items"]) == 4
    assert crew.ask("DELETE", f"{HERE}/pods/nobody").json()["message"] == (
        f'pods "nobody" is forbidden: User "{USER}" cannot delete resource "pods" in API group "" '
        f'in the namespace "{NAMESPACE}"'
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/pods"),  # of all namespaces, for which a Role is not enough
        ("GET", "/api/v1/namespaces/elsewhere/pods"),
        ("GET", f"{HERE}/pods/x"),
        ("GET", f"{HERE}/pods?watch=true"),
        ("GET", f"{HERE}/pods/x/log"),
        ("DELETE", f"{HERE}/pods"),
        ("GET", f"/apis/chaos-mesh.org/v1alpha1/namespaces/{NAMESPACE}/networkchaos"),
        ("GET", "/api/v1/namespaces"),
        ("POST", f"{HERE}/serviceaccounts/sailor/token"),
        ("GET", "/sandbox/requests/sailor"),
    ],
)
def test_a_right_is_for_its_verb_resource_and_namespace_alone(
    crew: Crew, method: str, path: str
) -> None:
    crew.may("pods", "list", "delete")
    assert crew.ask(method, path).status_code == 403


def test_rules_may_name_everything_or_one_object_or_a_part_of_it(crew: Crew) -> None:
    crew.may("pods/log", "get")
    assert crew.ask("GET", f"{HERE}/pods/nobody/log").status_code == 404
    assert crew.ask("GET", f"{HERE}/pods/nobody").status_code == 403
    crew.rbac.delete_namespaced_role("deck", NAMESPACE)
    crew.may("pods", "get", resourceNames=["one"])
    assert crew.ask("GET", f"{HERE}/pods/one").status_code == 404
    assert crew.ask("GET", f"{HERE}/pods/two").status_code == 403
    assert crew.review(verb="get", resource="pods", name="one")
    assert not crew.review(verb="get", resource="pods")
    crew.rbac.delete_namespaced_role("deck", NAMESPACE)
    crew.may("*", "*", group="*")
    assert crew.ask("GET", f"{HERE}/pods/two").status_code == 404


def test_what_is_there_may_be_discovered_by_every_account(crew: Crew) -> None:
    for path in ("/version", "/api", "/apis", "/api/v1", "/apis/chaos-mesh.org/v1alpha1"):
        assert crew.ask("GET", path).status_code == 200, path


def test_a_review_says_what_would_be_allowed_and_does_nothing(crew: Crew) -> None:
    crew.may("networkchaos", "create", group="chaos-mesh.org")
    assert crew.review(verb="create", resource="networkchaos", group="chaos-mesh.org")
    assert not crew.review(verb="create", resource="networkchaos")
    assert not crew.review(verb="delete", resource="networkchaos", group="chaos-mesh.org")
    assert not crew.review(
        verb="create", resource="networkchaos", group="chaos-mesh.org", namespace="elsewhere"
    )


@pytest.mark.parametrize("body", [None, [], {"spec": None}, {"spec": {"resourceAttributes": [1]}}])
def test_a_review_of_nothing_is_refused(crew: Crew, body: object) -> None:
    place = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    assert crew.http.post(place, json=body).status_code == 400


@pytest.mark.parametrize("token", ["sandbox:", "sandbox:nobody", "sailor", "Sandbox:sailor"])
def test_a_token_of_nobody_opens_nothing(crew: Crew, token: str) -> None:
    answer = crew.ask("GET", "/api", token)
    assert (answer.status_code, answer.json()["reason"]) == (401, "Unauthorized")


def test_a_token_is_asked_for_as_of_any_cluster(crew: Crew) -> None:
    request = client.AuthenticationV1TokenRequest(spec={"audiences": []})
    found = crew.core.create_namespaced_service_account_token("sailor", NAMESPACE, request)
    assert found.status.token == "sandbox:sailor"
    with pytest.raises(ApiException, match="404"):
        crew.core.create_namespaced_service_account_token("nobody", NAMESPACE, request)


def test_what_an_account_did_is_noted_as_the_rights_it_takes(crew: Crew) -> None:
    crew.may("pods", "*")
    crew.ask("GET", f"{HERE}/pods?limit=1")
    crew.ask("DELETE", f"{HERE}/pods/nobody")
    crew.ask("GET", f"{HERE}/services")  # refused
    noted = crew.http.get("/sandbox/requests/sailor").json()["requests"]
    assert {"verb": "list", "group": "", "resource": "pods"} in noted
    assert {"verb": "delete", "group": "", "resource": "pods"} in noted
    assert not any(one["resource"] == "services" for one in noted)


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"apiGroups": [""], "resources": ["pods"]}, r"rules\[0\].verbs: Required value"),
        ({"apiGroups": [""], "resources": "pods", "verbs": ["get"]}, r"rules\[0\].resources"),
        (
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], "names": ["x"]},
            r"rules\[0\].names: a Role has no such field",
        ),
        ("pods", r"rules\[0\]: found"),
    ],
)
def test_a_rule_that_makes_no_sense_is_invalid(crew: Crew, rule: object, field: str) -> None:
    place = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}/roles"
    answer = crew.http.post(place, json={"metadata": {"name": "r"}, "rules": [rule]})
    assert answer.status_code == 422
    assert re.search(field, answer.json()["message"])


def test_a_binding_is_for_a_role_of_the_namespace_and_stays_that(crew: Crew) -> None:
    cluster = {**crew.binding["roleRef"], "kind": "ClusterRole"}
    body = {**crew.binding, "metadata": {"name": "other"}, "roleRef": cluster}
    with pytest.raises(ApiException, match="wanted a Role"):
        crew.rbac.create_namespaced_role_binding(NAMESPACE, body)
    other = {**crew.binding, "roleRef": {**crew.binding["roleRef"], "name": "bridge"}}
    with pytest.raises(ApiException, match="cannot change roleRef"):
        crew.rbac.replace_namespaced_role_binding("deck", NAMESPACE, other)
    homeless = {**crew.binding, "metadata": {"name": "other"}}
    homeless["subjects"] = [{"kind": "ServiceAccount", "name": "sailor"}]
    with pytest.raises(ApiException, match=r"subjects\[0\].namespace: Required value"):
        crew.rbac.create_namespaced_role_binding(NAMESPACE, homeless)


@pytest.mark.skipif(not shutil.which("kubectl"), reason="there is no kubectl here")
def test_kubectl_applies_the_manifests_of_deploy(crew: Crew, shared: Platform) -> None:
    files = [f"--filename={DEPLOY / name}.yaml" for name in ("account", "role", "binding")]
    env = {**os.environ, "KUBECONFIG": str(shared.environment.kubeconfig)}
    for said in ("created", "unchanged"):
        done = subprocess.run(
            ["kubectl", "apply", *files], env=env, capture_output=True, text=True, check=False
        )
        assert done.stdout.count(said) == 3, done.stderr
    crew.core.delete_namespaced_service_account("seakeep-chaos", NAMESPACE)
