"""The manifests of deploy/: what a cluster would refuse, or silently ignore, is found here.

Kubernetes drops fields that it does not know, unless it is asked not to. The official client's
models know every field: what does not come back from them as it went in is a mistake.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client
from kubernetes.utils import parse_quantity

import seakeep
from seakeep.platform_file import read_platform
from seakeep.slo.openslo import load_objectives

ROOT = Path(__file__).parents[1]
LOAD = ROOT / "deploy" / "load"
CHAOS = ROOT / "deploy" / "chaos"
MODELS = {
    ("v1", "Namespace"): "V1Namespace",
    ("v1", "ConfigMap"): "V1ConfigMap",
    ("v1", "Service"): "V1Service",
    ("v1", "PersistentVolumeClaim"): "V1PersistentVolumeClaim",
    ("batch/v1", "Job"): "V1Job",
    ("policy/v1", "PodDisruptionBudget"): "V1PodDisruptionBudget",
    ("networking.k8s.io/v1", "NetworkPolicy"): "V1NetworkPolicy",
    ("v1", "ServiceAccount"): "V1ServiceAccount",
    ("rbac.authorization.k8s.io/v1", "Role"): "V1Role",
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): "V1RoleBinding",
}
Document = dict[str, Any]


def quantity(text: str) -> Decimal:
    found: Decimal = parse_quantity(text)  # type: ignore[no-untyped-call]
    return found


def resources(folder: Path = LOAD) -> list[str]:
    named: list[str] = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    return named


def documents(folder: Path = LOAD) -> list[Document]:
    files = [folder / name for name in resources(folder)]
    return [one for file in files for one in yaml.safe_load_all(file.read_text())]


def lost(document: Document) -> list[str]:
    """Return the places of a manifest that the official model does not give back."""
    model = MODELS[document["apiVersion"], document["kind"]]
    with client.ApiClient() as api:
        typed = api.deserialize(json.dumps(document), model, "application/json")
        return list(differences(document, api.sanitize_for_serialization(typed)))


def differences(wanted: object, got: object, place: str = "") -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key, value in wanted.items():
            yield from differences(value, got.get(key), f"{place}.{key}")
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for number, (one, other) in enumerate(zip(wanted, got, strict=True)):
            yield from differences(one, other, f"{place}[{number}]")
    elif wanted != got or type(wanted) is not type(got):
        yield place


def of_kind(kind: str) -> list[Document]:
    return [one for one in documents() if one["kind"] == kind]


def job(component: str) -> Document:
    (found,) = [one for one in of_kind("Job") if one["metadata"]["name"].endswith(component)]
    return found


def pod(component: str) -> Document:
    return within(job(component), "spec.template.spec")


def container(component: str) -> Document:
    return within(pod(component), "containers.0")


def pods() -> list[Document]:
    return [one["spec"]["template"] for one in of_kind("Job")]


def selected(selector: dict[str, str]) -> list[Document]:
    return [one for one in pods() if selector.items() <= one["metadata"]["labels"].items()]


@pytest.mark.parametrize("folder", [LOAD, CHAOS], ids=lambda one: str(one.name))
def test_the_kustomization_names_every_manifest_there_is(folder: Path) -> None:
    assert {*resources(folder), "kustomization.yaml"} == {one.name for one in folder.iterdir()}


@pytest.mark.parametrize(
    "document", documents(), ids=lambda one: f"{one['kind']} {one['metadata']['name']}"
)
def test_every_field_of_a_manifest_is_one_that_kubernetes_knows(document: Document) -> None:
    assert lost(document) == []
    assert document["kind"] == "Namespace" or document["metadata"]["namespace"] == "seakeep-load"


def within(document: Document, path: str) -> Document:
    for key in path.split("."):
        document = document[int(key) if key.isdigit() else key]  # type: ignore[index]
    return document


@pytest.mark.parametrize(
    "path",
    [
        "spec.backoffLimit",
        "spec.template.spec.restartPolicy",
        "spec.template.spec.securityContext.runAsNonRoot",
        "spec.template.spec.containers.0.resources.limits",
        "spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem",
        "spec.template.spec.volumes.1.persistentVolumeClaim",
    ],
)
def test_a_mistyped_field_is_found(path: str) -> None:
    document = copy.deepcopy(job("master"))
    parent, _, name = path.rpartition(".")
    holder = within(document, parent)
    holder[f"{name}s"] = holder.pop(name)
    assert [place.rpartition(".")[2] for place in lost(document)] == [f"{name}s"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.template.spec.containers.0.resources.limits.cpu", 1),
        ("spec.backoffLimit", "0"),
        ("spec.template.spec.containers.0.args", "--headless"),
    ],
)
def test_a_value_of_another_type_is_found(path: str, value: object) -> None:
    document = copy.deepcopy(job("master"))
    within(document, path.rpartition(".")[0])[path.rpartition(".")[2]] = value
    with pytest.raises(ValueError, match=path.rpartition(".")[2]):
        lost(document)


def test_every_selector_finds_its_pods() -> None:
    for service in of_kind("Service"):
        assert len(selected(service["spec"]["selector"])) == 1
    for budget in of_kind("PodDisruptionBudget"):
        (found,) = selected(budget["spec"]["selector"]["matchLabels"])
        assert (
            found["metadata"]["labels"]["app.kubernetes.io/component"]
            in (budget["metadata"]["name"])
        )
    (spread,) = pod("worker")["topologySpreadConstraints"]
    assert selected(spread["labelSelector"]["matchLabels"]) == [job("worker")["spec"]["template"]]


def test_the_ports_agree_everywhere() -> None:
    (service,) = of_kind("Service")
    (port,) = service["spec"]["ports"]
    (opened,) = container("master")["ports"]
    assert opened["name"] == port["targetPort"]
    assert f"--master-bind-port={opened['containerPort']}" in container("master")["args"]
    assert f"--master-port={port['port']}" in container("worker")["args"]
    assert f"--master-host={service['metadata']['name']}" in container("worker")["args"]
    for probe in ("startupProbe", "readinessProbe"):
        assert container("master")[probe]["tcpSocket"]["port"] == opened["name"]
    for policy in of_kind("NetworkPolicy"):
        for rule in (*policy["spec"].get("ingress", ()), *policy["spec"].get("egress", ())):
            if any(
                "component" in str(peer) for peer in (*rule.get("from", ()), *rule.get("to", ()))
            ):
                assert [one["port"] for one in rule["ports"]] == [opened["containerPort"]]


def test_workers_reach_the_master_the_target_and_names_and_nothing_else_does_anything() -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind("NetworkPolicy")}
    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert selected(policies["master"]["podSelector"]["matchLabels"]) == [
        job("master")["spec"]["template"]
    ]
    assert "egress" not in policies["master"]
    ((peer,),) = [rule["from"] for rule in policies["master"]["ingress"]]
    assert selected(peer["podSelector"]["matchLabels"]) == [job("worker")["spec"]["template"]]
    to_master, to_target, to_names = policies["worker"]["egress"]
    assert selected(to_master["to"][0]["podSelector"]["matchLabels"]) == [
        job("master")["spec"]["template"]
    ]
    assert to_target["to"][0]["ipBlock"]["cidr"].endswith("/32")
    assert {one["port"] for one in to_names["ports"]} == {53}


@pytest.mark.parametrize("component", ["master", "worker"])
def test_a_pod_has_no_rights_to_lose(component: str) -> None:
    inside, outside = container(component)["securityContext"], pod(component)["securityContext"]
    assert inside == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert outside["runAsNonRoot"]
    assert outside["runAsUser"] > 0
    assert outside["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod(component)["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod(component).keys()
    assert not any("hostPath" in volume for volume in pod(component)["volumes"])


@pytest.mark.parametrize("component", ["master", "worker"])
def test_a_pod_asks_for_no_more_than_it_may_use(component: str) -> None:
    resources = container(component)["resources"]
    for name in ("cpu", "memory"):
        requested, most = (quantity(resources[kind][name]) for kind in ("requests", "limits"))
        assert 0 < requested <= most


@pytest.mark.parametrize("component", ["master", "worker"])
def test_what_a_pod_mounts_and_writes_to_is_there(component: str) -> None:
    volumes = {volume["name"]: volume for volume in pod(component)["volumes"]}
    mounts = {mount["name"]: mount for mount in container(component)["volumeMounts"]}
    assert mounts.keys() == volumes.keys()
    names = {(one["kind"], one["metadata"]["name"]) for one in documents()}
    assert ("ConfigMap", volumes["platform"]["configMap"]["name"]) in names
    if "store" in volumes:
        claim = volumes["store"]["persistentVolumeClaim"]["claimName"]
        assert ("PersistentVolumeClaim", claim) in names
    values = {one["name"]: one["value"] for one in container(component)["env"]}
    assert values["SEAKEEP_PLATFORM"] == mounts["platform"]["mountPath"]
    writable = [mount["mountPath"] for mount in mounts.values() if not mount.get("readOnly")]
    written = [values["SEAKEEP_HOME"]]
    written += [one.partition("=")[2] for one in container(component)["args"] if "--html" in one]
    assert all(any(path.startswith(folder) for folder in writable) for path in written)


def test_secrets_come_by_reference_alone() -> None:
    assert of_kind("Secret") == []
    for component in ("master", "worker"):
        assert all("value" in one for one in container(component)["env"])
        (source,) = container(component)["envFrom"]
        assert source["secretRef"]["optional"]


def test_images_are_of_this_version() -> None:
    wanted = f"seakeep:{seakeep.__version__}"
    assert {container(component)["image"] for component in ("master", "worker")} == {wanted}
    (image,) = yaml.safe_load((LOAD / "kustomization.yaml").read_text())["images"]
    assert f"{image['name']}:{image['newTag']}" == wanted


def test_the_platform_in_the_config_map_is_valid_and_its_run_ends_before_the_jobs_do(
    tmp_path: Path,
) -> None:
    (config,) = of_kind("ConfigMap")
    for name, text in config["data"].items():
        (tmp_path / name).write_text(text)
    platform, problems = read_platform(tmp_path)
    assert [str(problem) for problem in problems] == []
    assert platform is not None
    assert load_objectives(platform)
    files = {f"--locustfile={scenario.file}" for scenario in platform.scenarios}
    for component in ("master", "worker"):
        assert container(component)["args"][0] in files
        assert job(component)["spec"]["activeDeadlineSeconds"] > (
            platform.limits.max_load_duration_s
        )


def test_the_master_expects_the_workers_that_there_are() -> None:
    count = job("worker")["spec"]["parallelism"]
    assert job("worker")["spec"]["completions"] == count
    assert f"--expect-workers={count}" in container("master")["args"]
    (budget,) = [
        one
        for one in of_kind("PodDisruptionBudget")
        if one["metadata"]["name"] == job("worker")["metadata"]["name"]
    ]
    assert budget["spec"]["minAvailable"] == count


def test_locust_knows_every_option_of_the_commands() -> None:
    """Locust reads locustfiles only after its own options: none of these is one of ours."""
    program = (
        "import sys; from locust.argument_parser import get_parser;"
        "print(get_parser(default_config_files=[]).parse_known_args(sys.argv[1:])[1])"
    )
    for component in ("master", "worker"):
        ended = subprocess.run(
            [sys.executable, "-c", program, *container(component)["args"]],
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stdout.strip() == "[]", component


@pytest.mark.parametrize("document", documents(CHAOS), ids=lambda one: str(one["kind"]))
def test_every_field_of_a_role_is_one_that_kubernetes_knows(document: Document) -> None:
    assert lost(document) == []
    wanted = yaml.safe_load((CHAOS / "kustomization.yaml").read_text())["namespace"]
    assert document["metadata"]["namespace"] == wanted


def test_the_account_has_the_role_and_nobody_else_does() -> None:
    account, role, binding = documents(CHAOS)
    assert binding["roleRef"]["kind"] == role["kind"] == "Role"
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert binding["subjects"] == [
        {"kind": "ServiceAccount"}
        | {key: account["metadata"][key] for key in ("name", "namespace")}
    ]


def test_the_role_opens_nothing_that_leads_further() -> None:
    """Neither everything of a kind, nor secrets, nor a way into pods, nor more rights."""
    rules: list[dict[str, list[str]]] = documents(CHAOS)[1]["rules"]
    named = {word for rule in rules for words in rule.values() for word in words}
    assert not named & {"*", "secrets", "pods/exec", "escalate", "bind", "impersonate"}
    assert {group for rule in rules for group in rule["apiGroups"]} == {
        "",
        "apps",
        "policy",
        "chaos-mesh.org",
    }
