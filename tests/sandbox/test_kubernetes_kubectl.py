from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from shutil import which

import pytest

from .conftest import NAMESPACE, Platform
from .polling import eventually

OWN = Path(__file__).parents[2] / ".tools" / "bin" / "kubectl"
KUBECTL = str(OWN) if OWN.exists() else which("kubectl")

pytestmark = pytest.mark.skipif(KUBECTL is None, reason="no kubectl: script/setup test")

BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: crew}
spec: {minAvailable: 2, selector: {matchLabels: {app: sandbox-app}}}
"""


def kubectl(
    platform: Platform, *arguments: str, text: str = "", code: int = 0
) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [str(KUBECTL), "--cache-dir", str(platform.environment.kubeconfig.parent), *arguments],
        env=os.environ | {"KUBECONFIG": str(platform.environment.kubeconfig)},
        input=text,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    return ended


def lines(platform: Platform, *arguments: str) -> list[list[str]]:
    said = kubectl(platform, *arguments).stdout
    return [line.split() for line in said.splitlines()]


def test_get_prints_the_tables_that_people_know(platform: Platform) -> None:
    head, *pods = lines(platform, "get", "pods", "-l", "app=sandbox-app")
    assert head == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert [pod[1:3] for pod in pods] == [["1/1", "Running"]] * 3
    paged = lines(platform, "get", "pods", "--chunk-size=2", "--no-headers")
    assert len(paged) == 4
    everything = kubectl(platform, "get", "all,endpoints,events,pdb,networkpolicies").stdout
    for name in ("deployment.apps/sandbox-app", "service/sandbox-store", "event/sandbox-app"):
        assert name in everything
    found = json.loads(kubectl(platform, "get", "deploy", "sandbox-app", "-o", "json").stdout)
    assert found["status"]["readyReplicas"] == 3


def test_delete_waits_until_the_pod_has_gone(platform: Platform) -> None:
    name = platform.pods()[0].metadata.name
    kubectl(platform, "delete", "pod", name, "--grace-period=1")
    assert name not in {pod.metadata.name for pod in platform.pods()}
    missing = kubectl(platform, "delete", "pod", name, code=1)
    assert missing.stderr == f'Error from server (NotFound): pods "{name}" not found\n'


def test_describe_tells_of_the_state_and_the_events(platform: Platform) -> None:
    name = platform.pods()[0].metadata.name
    told = kubectl(platform, "describe", "pod", name).stdout
    assert "Controlled By:  ReplicaSet/sandbox-app-" in told
    assert "Started container app" in told
    assert "NewReplicaSetAvailable" in kubectl(platform, "describe", "deploy").stdout


def test_logs_and_exec_reach_the_container(platform: Platform) -> None:
    name = platform.pods()[0].metadata.name
    assert f"{name} listens" in kubectl(platform, "logs", name).stdout
    command = ("exec", "-i", name, "--", "sh", "-c", "cat; echo bad >&2; exit 5")
    ended = kubectl(platform, *command, text="to and fro", code=5)
    assert ended.stdout == "to and fro"
    assert ended.stderr.startswith("bad\n")
    much = "head -c 3000000 /dev/zero | tr '\\0' x"
    assert len(kubectl(platform, "exec", name, "--", "sh", "-c", much).stdout) == 3_000_000


def test_scale_and_rollouts(platform: Platform) -> None:
    place = "deployment/sandbox-app"
    kubectl(platform, "scale", place, "--replicas=2")
    status = kubectl(platform, "rollout", "status", place).stdout
    assert 'deployment "sandbox-app" successfully rolled out' in status
    kubectl(platform, "rollout", "restart", place)
    kubectl(platform, "rollout", "status", place)
    kubectl(platform, "rollout", "undo", place)
    kubectl(platform, "rollout", "status", place)
    kubectl(
        platform,
        "patch",
        place,
        "--type=json",
        "-p",
        json.dumps([{"op": "replace", "path": "/spec/replicas", "value": 3}]),
    )
    eventually(platform.is_steady)
    refused = kubectl(platform, "set", "image", place, "app=other", code=1).stderr
    assert "spec.template.spec.containers" in refused


def test_apply_makes_keeps_and_changes_an_object(platform: Platform) -> None:
    apply = ("apply", "-f", "-")
    assert "created" in kubectl(platform, *apply, text=BUDGET).stdout
    assert "unchanged" in kubectl(platform, *apply, text=BUDGET).stdout
    changed = BUDGET.replace("minAvailable: 2", "minAvailable: 3")
    assert "configured" in kubectl(platform, *apply, text=changed).stdout
    assert lines(platform, "get", "pdb")[1][:4] == ["crew", "3", "N/A", "0"]
    kubectl(platform, "delete", "pdb", "--all")
    assert lines(platform, "get", "pdb") == []


def test_a_watch_prints_what_comes(platform: Platform) -> None:
    with subprocess.Popen(
        [str(KUBECTL), "get", "pods", "--watch-only", "-o", "name", "-n", NAMESPACE],
        env=os.environ | {"KUBECONFIG": str(platform.environment.kubeconfig)},
        stdout=subprocess.PIPE,
        text=True,
    ) as watch:
        victim = platform.pods()[0].metadata.name
        platform.core.delete_namespaced_pod(victim, NAMESPACE, grace_period_seconds=0)
        assert watch.stdout is not None
        assert watch.stdout.readline().startswith("pod/sandbox-app-")
        watch.terminate()
