"""deploy/chaos gives what an experiment takes, and no more; the pre-flight knows what it takes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from kubernetes import client
from kubernetes.config import kube_config

from seakeep.chaos.actions import FAULTS
from seakeep.chaos.faults.fault import Fault, Origin
from seakeep.chaos.plan import make_plan
from seakeep.chaos.preflight.access import rights_of_fault, rights_of_undo
from seakeep.chaos.preflight.preflight import refuse_unless_safe
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.recovery import recover
from seakeep.errors import RefusedError
from seakeep.store import open_store

from .conftest import ROOT, Harness

DEPLOY = ROOT / "deploy" / "chaos"
NAME = "seakeep-chaos"
NAMESPACE = "seakeep-sandbox"
ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "delay_network": {"latency_ms": 5, "duration_s": 5},
    "delay_dependency": {
        "latency_ms": 5,
        "duration_s": 5,
        "dependency_selector": "app=sandbox-store",
    },
    "lose_packets": {"loss_percent": 1, "duration_s": 5},
    "partition_network": {"duration_s": 5, "dependency_selector": "app=sandbox-store"},
    "limit_bandwidth": {"rate_kbit_per_s": 8000, "duration_s": 5},
    "stress_cpu": {"load_percent": 5, "duration_s": 5},
    "stress_memory": {"size_mb": 1, "duration_s": 5},
    "kill_pods": {},
    "fail_pods": {"duration_s": 5},
}
IN_NO_CLUSTER = {"slow_edge", "cut_edge"}


def fault(name: str) -> Fault:
    pods = {"namespace": NAMESPACE, "label_selector": "app=sandbox-app"}
    return FAULTS[name](**pods, **ARGUMENTS[name])


def manifest(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / f"{name}.yaml").read_text())
    return found


def granted(role: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (verb, group, resource)
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def without(right: tuple[str, str, str]) -> dict[str, Any]:
    """The role, but for one right."""
    role = copy.deepcopy(manifest("role"))
    role["rules"] = [
        {"verbs": [verb], "apiGroups": [group], "resources": [resource]}
        for verb, group, resource in sorted(granted(role) - {right})
    ]
    return role


@dataclass(frozen=True)
class Account:
    """The service account of deploy/chaos on the sandbox; the environment is set to it."""

    harness: Harness
    rbac: Any

    def set_role(self, role: dict[str, Any]) -> None:
        self.rbac.replace_namespaced_role(NAME, NAMESPACE, role)

    def preflight(self, *names: str) -> None:
        faults = [fault(name) for name in names]
        with open_store(self.harness.home) as store:
            plan, ledger = make_plan("network-latency"), Ledger(self.harness.home)
            refuse_unless_safe(plan, Reach(), ledger, store, faults)

    def used(self) -> set[tuple[str, str, str]]:
        url = f"{self.harness.sandbox.api_url}/sandbox/requests/{NAME}"
        found = httpx.get(url, trust_env=False).json()["requests"]
        return {(one["verb"], one["group"], one["resource"]) for one in found}


@pytest.fixture
def account(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    api = harness.cluster.api
    core: Any = client.CoreV1Api(api)
    rbac: Any = client.RbacAuthorizationV1Api(api)
    core.create_namespaced_service_account(NAMESPACE, manifest("account"))
    rbac.create_namespaced_role(NAMESPACE, manifest("role"))
    rbac.create_namespaced_role_binding(NAMESPACE, manifest("binding"))
    token = core.create_namespaced_service_account_token(
        NAME, NAMESPACE, client.AuthenticationV1TokenRequest(spec={"audiences": []})
    ).status.token
    config = yaml.safe_load(harness.sandbox.kubeconfig.read_text())
    config["users"] = [{"name": each["name"], "user": {"token": token}} for each in config["users"]]
    file = harness.folder / "kubeconfig"
    file.write_text(json.dumps(config))
    for name, value in {**harness.env(), "KUBECONFIG": str(file)}.items():
        monkeypatch.setenv(name, value)
    # The client reads the variable once, when it is imported.
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))
    yield Account(harness, rbac)
    core.delete_namespaced_service_account(NAME, NAMESPACE)
    rbac.delete_namespaced_role(NAME, NAMESPACE)
    rbac.delete_namespaced_role_binding(NAME, NAMESPACE)


def test_the_role_is_enough_for_experiments_and_nothing_in_it_is_unneeded(
    account: Account, tmp_path: Path
) -> None:
    names = ("delay_network", "stress_cpu", "fail_pods", "kill_pods")
    account.preflight(*names)
    reach = Reach()
    for name in names:
        injection = fault(name).prepare(reach, Origin("network-latency", "r1"))
        injection.apply(reach)
        injection.confirm(reach, lambda: False)
        injection.undo.carry_out(reach, 20)
    recover(tmp_path)
    assert account.used() == granted(manifest("role"))


@pytest.mark.parametrize("right", sorted(granted(manifest("role"))), ids=" ".join)
def test_a_right_that_is_missing_is_told_before_anything_is_broken(
    account: Account, right: tuple[str, str, str]
) -> None:
    verb, group, resource = right
    account.set_role(without(right))
    what = f"{resource}.{group}" if group else resource
    with pytest.raises(RefusedError) as refusal:
        account.preflight("delay_network", "stress_cpu", "fail_pods", "kill_pods")
    wanted = f"we may not {verb} {what} in {NAMESPACE}; wanted what deploy/chaos gives"
    assert wanted in str(refusal.value)


def test_an_account_without_any_role_is_told_all_that_it_lacks(account: Account) -> None:
    account.set_role({**manifest("role"), "rules": []})
    with pytest.raises(RefusedError) as refusal:
        account.preflight("delay_network")
    for lack in (
        f"create, delete, get, list networkchaos.chaos-mesh.org in {NAMESPACE}",
        f"list pods in {NAMESPACE}",
        f"list deployments.apps in {NAMESPACE}",
    ):
        assert f"we may not {lack}; wanted what deploy/chaos gives" in str(refusal.value)


def test_the_owner_of_the_cluster_lacks_nothing(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in harness.env().items():
        monkeypatch.setenv(name, value)
    with open_store(harness.home) as store:
        plan, ledger = make_plan("network-latency"), Ledger(harness.home)
        refuse_unless_safe(plan, harness.reach, ledger, store, [fault("kill_pods")])


def test_every_fault_in_a_cluster_takes_what_the_role_gives() -> None:
    assert set(FAULTS) == ARGUMENTS.keys() | IN_NO_CLUSTER
    role, taken = granted(manifest("role")), set()
    for name in ARGUMENTS:
        rights = rights_of_fault(fault(name))
        assert {right.namespace for right in rights} == {NAMESPACE}
        taken |= {(right.verb, right.group, right.resource) for right in rights}
    assert taken == role


@pytest.mark.parametrize("name", ["delay_network", "stress_memory", "fail_pods", "kill_pods"])
def test_an_undo_takes_as_much_as_its_fault(harness: Harness, name: str) -> None:
    injection = fault(name).prepare(harness.reach, Origin("e", "r1"))
    assert rights_of_undo(injection.undo) == rights_of_fault(fault(name))


def test_a_dependency_elsewhere_takes_rights_there() -> None:
    cut = FAULTS["partition_network"](
        namespace=NAMESPACE,
        label_selector="app=sandbox-app",
        dependency_selector="app=db",
        dependency_namespace="data",
        duration_s=5,
    )
    there = {str(right) for right in rights_of_fault(cut) if right.namespace == "data"}
    assert {"create networkchaos.chaos-mesh.org in data", "list pods in data"} <= there
    assert not any(right.startswith("delete") for right in there)
