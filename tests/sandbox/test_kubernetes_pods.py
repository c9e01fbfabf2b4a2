from __future__ import annotations

import contextlib
import gc
import http.client
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import kubernetes
import psutil
import pytest
from chaosk8s.event.probes import get_events  # type: ignore[import-untyped]
from chaosk8s.pod.actions import exec_in_pods  # type: ignore[import-untyped]
from chaosk8s.pod.probes import (  # type: ignore[import-untyped]
    all_pods_healthy,
    pods_in_conditions,
    read_pod_logs,
)
from kubernetes.stream import stream
from websocket import create_connection

from seakeep.sandbox import control

from .conftest import NAMESPACE, Platform
from .polling import eventually, gone

STORE = "sandbox-store-0"


def read_log(platform: Platform, name: str, **options: Any) -> str:  # noqa: ANN401
    return str(platform.core.read_namespaced_pod_log(name, NAMESPACE, **options))


def has_previous_log(platform: Platform, name: str) -> bool:
    try:
        return bool(read_log(platform, name, previous=True))
    except kubernetes.client.exceptions.BadRequestException:
        return False


@contextlib.contextmanager
def run(platform: Platform, name: str, *argv: str, stdin: bool = False) -> Iterator[Any]:
    command = stream(
        platform.core.connect_get_namespaced_pod_exec,
        name,
        NAMESPACE,
        command=list(argv),
        stdin=stdin,
        stdout=True,
        stderr=True,
        _preload_content=False,
    )
    try:
        yield command
    finally:
        command.sock.shutdown()  # its own close leaves the socket open when the server was first


def kill_container(platform: Platform, name: str) -> None:
    pod = platform.core.read_namespaced_pod(name, NAMESPACE)
    pid = pod.status.container_statuses[0].container_id.removeprefix("process://")
    psutil.Process(int(pid)).kill()


def test_preconditions_keep_the_wrong_pod_alive(platform: Platform) -> None:
    name = platform.pods()[0].metadata.name
    wrong = {"preconditions": {"uid": "another"}}
    with pytest.raises(kubernetes.client.ApiException) as refused:
        platform.core.delete_namespaced_pod(name, NAMESPACE, body=wrong)
    assert refused.value.status == 409
    assert platform.core.read_namespaced_pod(name, NAMESPACE).metadata.deletion_timestamp is None


def test_a_selection_of_pods_is_deleted_at_once(platform: Platform) -> None:
    before = {pod.metadata.uid for pod in platform.pods()}
    options = {"label_selector": "app=sandbox-app", "grace_period_seconds": 0}
    platform.core.delete_collection_namespaced_pod(NAMESPACE, **options)
    eventually(platform.is_steady)
    assert not before & {pod.metadata.uid for pod in platform.pods()}
    assert platform.core.read_namespaced_pod(STORE, NAMESPACE).status.phase == "Running"


def test_logs_are_what_the_containers_really_said(platform: Platform) -> None:
    name = platform.pods()[0].metadata.name
    assert read_log(platform, name).startswith(f"{name} listens on port ")
    assert read_log(platform, name, limit_bytes=7) == name[:7]
    assert read_log(platform, name, tail_lines=0) == ""
    stamped = read_log(platform, STORE, timestamps=True, since_seconds=3600, tail_lines=1)
    assert stamped.split(" ", 1)[1] == "the store listens, and is empty\n"
    kill_container(platform, name)
    eventually(lambda: has_previous_log(platform, name))
    assert "listens" in read_log(platform, name, previous=True)
    logs = read_pod_logs(label_selector="app=sandbox-app", last="1 hour", ns=NAMESPACE)
    assert len(logs) == 3


def test_a_followed_log_ends_with_its_container(platform: Platform) -> None:
    name = platform.pods()[0].metadata.name
    follow = platform.core.read_namespaced_pod_log(
        name, NAMESPACE, follow=True, _preload_content=False
    )
    lines: Iterator[bytes] = iter(follow)
    assert b"listens" in next(lines)
    platform.core.delete_namespaced_pod(name, NAMESPACE, grace_period_seconds=5)
    assert b"stops" in b"".join(lines)


def test_commands_run_in_the_pods_directory(platform: Platform) -> None:
    name = platform.pods()[0].metadata.name
    with run(platform, name, "sh", "-c", "pwd; echo $HOSTNAME; echo no >&2; exit 3") as command:
        command.run_forever(timeout=10)
        directory = platform.environment.kubeconfig.parent / "pods" / name
        assert command.read_stdout() == f"{directory}\n{name}\n"
        assert command.read_stderr() == "no\n"
        assert command.returncode == 3


# chaosk8s does not close its websockets.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_chaosk8s_runs_commands_and_finds_pods_healthy(platform: Platform) -> None:
    name = platform.pods()[0].metadata.name
    where = {"name_pattern": name, "ns": NAMESPACE, "container_name": "app"}
    (found,) = exec_in_pods(["echo", "two  words"], **where)
    assert (found["exit_code"], found["stdout"]) == (0, "two  words\n")
    (failed,) = exec_in_pods("no-such-program", **where)
    assert failed["exit_code"] == "127"
    gc.collect()
    assert all_pods_healthy(ns=NAMESPACE)
    ready = [{"type": "Ready", "status": "True"}]
    assert pods_in_conditions("app=sandbox-app", conditions=ready, ns=NAMESPACE)


def test_a_command_reads_what_the_client_writes(platform: Platform) -> None:
    with run(platform, STORE, "sh", "-c", "read a; echo got $a; cat", stdin=True) as command:
        command.write_stdin("a line\n")
        assert command.readline_stdout(timeout=10) == "got a line"
        command.sock.send(bytes([255, 0]), 2)  # v5: no more input
        command.run_forever(timeout=10)
        assert command.returncode == 0


def test_much_output_comes_whole(platform: Platform) -> None:
    much = "head -c 5000000 /dev/zero | tr '\\0' x"
    with run(platform, STORE, "sh", "-c", much) as command:
        command.run_forever(timeout=20)
        assert len(command.read_stdout()) == 5_000_000


@contextlib.contextmanager
def endless(platform: Platform, name: str) -> Iterator[tuple[Any, list[int]]]:
    """A command that runs for ever, and the processes it is."""
    with run(platform, name, "sh", "-c", "sleep 1000 & echo $$ $!; wait") as command:
        pids = [int(pid) for pid in command.readline_stdout(timeout=10).split()]
        assert not gone(pids)
        yield command, pids


def test_a_command_ends_with_its_client(platform: Platform) -> None:
    with endless(platform, STORE) as (_, pids):
        pass
    eventually(lambda: gone(pids))


def test_a_command_ends_with_its_pod(platform: Platform) -> None:
    name = platform.pods()[0].metadata.name
    with endless(platform, name) as (command, pids):
        platform.core.delete_namespaced_pod(name, NAMESPACE, grace_period_seconds=0)
        eventually(lambda: gone(pids))
        command.run_forever(timeout=10)
        assert command.returncode == 137


def test_no_more_commands_run_at_once_than_ten(platform: Platform) -> None:
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(endless(platform, STORE)) for _ in range(10)]
        with (
            pytest.raises(kubernetes.client.ApiException, match="429"),
            run(platform, STORE, "true"),
        ):
            pass
    eventually(lambda: gone([pid for _, pids in running for pid in pids]))


def test_a_command_ends_with_the_sandbox(tmp_path: Path) -> None:
    environment = control.up(tmp_path)
    url = f"{environment.api_url}/api/v1/namespaces/{NAMESPACE}/pods/{STORE}/exec"
    url = (
        url.replace("http:", "ws:")
        + "?stdout=1&command=sh&command=-c&command=sleep+1000%26sleep+1001"
    )
    socket = create_connection(url, subprotocols=["v4.channel.k8s.io"])
    supervisor = psutil.Process(environment.supervisor_pid)

    def sleepers() -> list[int]:
        found = supervisor.children(recursive=True)
        return [child.pid for child in found if child.cmdline()[:1] == ["sleep"]]

    eventually(lambda: len(sleepers()) == 2)
    pids = sleepers()
    supervisor.kill()
    eventually(lambda: gone(pids))
    socket.close()
    control.down(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_nobody_else_on_the_machine_runs_commands(platform: Platform) -> None:
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{STORE}/exec?stdout=1&command=id"
    host, port = platform.environment.api_url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port))
    os.seteuid(65534)
    try:
        connection.connect()
    finally:
        os.seteuid(0)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Upgrade": "websocket", "Connection": "Upgrade"})
        answer = connection.getresponse()
        assert answer.status == 403
        assert b"only who runs the sandbox" in answer.read()


def test_events_tell_what_happened_to_a_pod(platform: Platform) -> None:
    name = platform.pods()[0].metadata.name

    def reasons() -> set[str]:
        about = f"involvedObject.kind=Pod,involvedObject.name={name}"
        found = platform.core.list_namespaced_event(NAMESPACE, field_selector=about)
        return {event.reason for event in found.items}

    assert reasons() >= {"Started"}
    kill_container(platform, name)
    eventually(lambda: "BackOff" in reasons())
    platform.core.delete_namespaced_pod(name, NAMESPACE)
    eventually(lambda: "Killing" in reasons())
    told = get_events(field_selector="reason=Killing")["items"]
    assert name in {event["regarding"]["name"] for event in told}


def test_events_tell_of_faults(platform: Platform) -> None:
    place = ("chaos-mesh.org", "v1alpha1", NAMESPACE, "networkchaos")
    fault = {
        "apiVersion": "chaos-mesh.org/v1alpha1",
        "kind": "NetworkChaos",
        "metadata": {"name": "fog"},
        "spec": {
            "action": "delay",
            "mode": "all",
            "selector": {"labelSelectors": {"app": "sandbox-app"}},
            "delay": {"latency": "1ms"},
        },
    }

    def reasons() -> list[str]:
        about = "involvedObject.kind=NetworkChaos,involvedObject.name=fog"
        found = platform.core.list_namespaced_event(NAMESPACE, field_selector=about)
        return sorted(event.reason for event in found.items)

    platform.custom.create_namespaced_custom_object(*place, fault)
    eventually(lambda: reasons() == ["Applied"])
    platform.custom.delete_namespaced_custom_object(*place, "fog")
    eventually(lambda: reasons() == ["Applied", "Recovered"])


def test_a_client_that_stops_to_read_holds_nobody_up(platform: Platform) -> None:
    with run(platform, STORE, "yes"):
        answers: list[int] = []

        def visit() -> None:
            answers.append(httpx.get(f"{platform.environment.base_url}/live").status_code)

        visitor = threading.Thread(target=visit)
        visitor.start()
        visitor.join(timeout=10)
        assert answers == [200]
