"""Before pods are killed, and before anything is: what the cluster says of budgets and of chaos."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.faults.pod_kill import PodKill
from seakeep.chaos.kubernetes.chaos_object import ChaosObject
from seakeep.chaos.kubernetes.cluster import Cluster
from seakeep.chaos.kubernetes.disruption_budget import DisruptionBudget, Requirement
from seakeep.chaos.undo.reach import Reach
from seakeep.errors import FaultError, RefusedError

from .api_server import write_kubeconfig

ORIGIN = Origin("pod-failure", "r1")
PODS = "/api/v1/namespaces/ns/pods"
BUDGETS = "/apis/policy/v1/namespaces/ns/poddisruptionbudgets"
CHAOS = "/apis/chaos-mesh.org/v1alpha1"


class Answers(ThreadingHTTPServer):
    """Answers what is asked for by its path; what is not there, is not found.

    Attributes:
        bodies: What it answers, by path, with 200.
        refused: Paths that nobody may ask for.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: dict[str, Any] = {}
        self.refused: set[str] = set()


class _Handler(BaseHTTPRequestHandler):
    server: Answers

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        status = 403 if path in self.server.refused else 200 if path in self.server.bodies else 404
        text = json.dumps(self.server.bodies[path] if status == 200 else {}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def answers() -> Iterator[Answers]:
    with Answers() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cluster(answers: Answers, tmp_path: Path) -> Cluster:
    url = f"http://127.0.0.1:{answers.server_address[1]}"
    return Cluster(write_kubeconfig(tmp_path / "kubeconfig", url))


def listed(kind: str, *items: object, version: str = "v1") -> dict[str, Any]:
    return {"kind": f"{kind}List", "apiVersion": version, "metadata": {}, "items": list(items)}


def pods(count: int, **labels: str) -> dict[str, Any]:
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    return listed(
        "Pod",
        *(
            {"metadata": {"name": f"p{n}", "uid": f"u{n}", "labels": labels}, "status": ready}
            for n in range(count)
        ),
    )


def budget(name: str, allowed: int, selector: object) -> dict[str, Any]:
    counts = {"currentHealthy": 4, "desiredHealthy": 3, "expectedPods": 4}
    return {
        "metadata": {"name": name},
        "spec": {"selector": selector},
        "status": {**counts, "disruptionsAllowed": allowed},
    }


def killed(cluster: Cluster, share_percent: float) -> int:
    fault = PodKill("ns", "app=web", share_percent)
    return len(fault.prepare(Reach(cluster=cluster), ORIGIN).names)


WEB = {"matchLabels": {"app": "web"}}


def test_a_kill_takes_no_more_than_the_disruption_budgets_allow(
    answers: Answers, cluster: Cluster
) -> None:
    answers.bodies[PODS] = pods(8, app="web", tier="front")
    answers.bodies[BUDGETS] = listed(
        "PodDisruptionBudget",
        budget("web", 2, WEB),
        budget("store", 0, {"matchLabels": {"app": "store"}}),
        budget("nobody", 0, None),
        version="policy/v1",
    )
    assert killed(cluster, 25) == 2
    with pytest.raises(
        RefusedError, match="PodDisruptionBudget web allows 2 disruptions now; wanted 4"
    ):
        killed(cluster, 50)


@pytest.mark.parametrize(
    "selector",
    [
        {},  # in policy/v1 that is every pod
        {"matchExpressions": [{"key": "app", "operator": "In", "values": ["api", "web"]}]},
        {"matchExpressions": [{"key": "canary", "operator": "DoesNotExist"}]},
    ],
)
def test_a_budget_that_allows_nothing_forbids_the_kill_of_a_single_pod(
    answers: Answers, cluster: Cluster, selector: object
) -> None:
    answers.bodies[PODS] = pods(4, app="web")
    answers.bodies[BUDGETS] = listed(
        "PodDisruptionBudget", budget("strict", 0, selector), version="policy/v1"
    )
    with pytest.raises(
        RefusedError, match=r"PodDisruptionBudget strict allows 0 disruptions now; wanted 1"
    ):
        killed(cluster, 25)


def test_budgets_that_nobody_may_see_forbid_it_and_where_there_are_none_nothing_does(
    answers: Answers, cluster: Cluster
) -> None:
    answers.bodies[PODS] = pods(4, app="web")
    assert killed(cluster, 25) == 1
    answers.refused.add(BUDGETS)
    with pytest.raises(RefusedError, match=r"may not list poddisruptionbudgets in ns \(HTTP 403\)"):
        killed(cluster, 25)


def test_an_answer_about_budgets_that_makes_no_sense_is_an_error(
    answers: Answers, cluster: Cluster
) -> None:
    wrong: tuple[object, ...] = ({"items": ["none"]}, {}, [], {"items": [{"metadata": None}]})
    for body in wrong:
        answers.bodies[BUDGETS] = body
        with pytest.raises(FaultError, match="makes no sense: no list of budgets"):
            cluster.disruption_budgets("ns")


def test_a_budget_whose_controller_has_said_nothing_yet_allows_nothing(
    answers: Answers, cluster: Cluster
) -> None:
    fresh = {"metadata": {"name": "fresh"}, "spec": {"selector": WEB}}
    answers.bodies |= {PODS: pods(4, app="web"), BUDGETS: {"items": [fresh]}}
    with pytest.raises(RefusedError, match="fresh allows 0 disruptions"):
        killed(cluster, 25)


LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"))


@given(labels=LABELS, key=st.sampled_from("abc"), values=st.sets(st.sampled_from("xyz")))
def test_each_line_of_a_selector_and_its_opposite_divide_all_pods(
    labels: dict[str, str], key: str, values: set[str]
) -> None:
    for one, other in (("In", "NotIn"), ("Exists", "DoesNotExist")):
        held = [Requirement(key, operator, values).holds(labels) for operator in (one, other)]
        assert sum(held) == 1
    assert DisruptionBudget("all", (), 0).covers(labels)
    assert not DisruptionBudget("none", None, 0).covers(labels)


def chaos(name: str, phase: str, *holds: str, **spec: str) -> dict[str, Any]:
    conditions = [
        {"type": kind, "status": str(kind in holds)} for kind in ("AllInjected", "AllRecovered")
    ]
    status = {"conditions": conditions, "experiment": {"desiredPhase": phase}}
    return {"metadata": {"name": name, "labels": {"by": "them"}}, "spec": spec, "status": status}


def kind(plural: str) -> dict[str, Any]:
    verbs = {"namespaced": True, "verbs": ["list"], "singularName": ""}
    return {"name": plural, "kind": plural.title(), **verbs}


def test_every_object_of_chaos_is_seen_whoever_made_it_and_whether_it_is_over(
    answers: Answers, cluster: Cluster
) -> None:
    plurals = ("networkchaos", "podchaos", "stresschaos", "iochaos", "httpchaos", "schedules")
    answers.bodies[CHAOS] = {
        "kind": "APIResourceList",
        "groupVersion": "chaos-mesh.org/v1alpha1",
        "resources": [kind(plural) for plural in (*plurals, "podnetworkchaos")],
    }
    there = f"{CHAOS}/namespaces/ns"
    answers.refused.add(f"{there}/httpchaos")
    answers.bodies |= {
        f"{there}/networkchaos": {
            "items": [
                chaos("begins", "Run", "AllRecovered"),
                chaos("lasts", "Run", "AllInjected"),
                chaos("ends", "Stop"),
                chaos("ended", "Stop", "AllRecovered"),
                {"metadata": {"name": "new"}},
            ]
        },
        f"{there}/podchaos": {"items": [chaos("killed", "Run", "AllInjected", action="pod-kill")]},
        f"{there}/iochaos": {"items": [chaos("disk", "Run", "AllInjected")]},
        f"{there}/podnetworkchaos": {"items": [{"metadata": {"name": "p0"}}]},
    }
    found = cluster.chaos_objects("ns")
    assert {entry.ref.name: entry.in_place for entry in found} == {
        "begins": True,
        "lasts": True,
        "ends": True,
        "ended": False,
        "new": True,
        "killed": False,
        "disk": True,
    }
    assert {entry.ref.plural for entry in found if entry.ref.name == "disk"} == {"iochaos"}
    assert found[0].labels == {"by": "them"}


def test_an_answer_that_is_no_list_of_chaos_is_an_error(answers: Answers, cluster: Cluster) -> None:
    answers.bodies[f"{CHAOS}/namespaces/ns/podchaos"] = {"kind": "Status"}
    with pytest.raises(FaultError, match="wanted a list of podchaos, got"):
        cluster.chaos_objects("ns")


def test_where_there_is_no_chaos_mesh_there_is_no_chaos(cluster: Cluster) -> None:
    assert cluster.chaos_objects("ns") == ()


def test_our_own_kinds_that_nobody_may_see_are_an_error(answers: Answers, cluster: Cluster) -> None:
    answers.refused.add(f"{CHAOS}/namespaces/ns/stresschaos")
    with pytest.raises(FaultError, match="HTTP 403"):
        cluster.chaos_objects("ns")


KEYS = [
    "metadata",
    "labels",
    "spec",
    "status",
    "conditions",
    "experiment",
    "containerRecords",
    "selectorKey",
    "phase",
    "type",
    "name",
    "action",
    "desiredPhase",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@example({"spec": {"action": []}, "status": {"conditions": [{"type": {}}]}})
@given(JSON)
def test_whatever_a_cluster_calls_an_object_of_chaos_is_read(body: object) -> None:
    found = ChaosObject.read("networkchaos", "ns", body)
    assert isinstance(found.in_place, bool)
    assert found.injected(".") <= (len(found.records), len(found.records))
