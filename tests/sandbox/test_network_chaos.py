from __future__ import annotations

import statistics
import time
from typing import Any

import httpx
import pytest
from chaosk8s.crd.actions import (  # type: ignore[import-untyped]
    create_custom_object,
    delete_custom_object,
)
from chaosk8s.crd.probes import get_custom_object  # type: ignore[import-untyped]

from .conftest import NAMESPACE, Platform
from .measuring import close_to, median_s, seconds
from .polling import eventually

KIND = {"group": "chaos-mesh.org", "version": "v1alpha1", "plural": "networkchaos"}
APP = {"mode": "all", "selector": {"labelSelectors": {"app": "sandbox-app"}}}
STORE = {"mode": "all", "selector": {"labelSelectors": {"app": "sandbox-store"}}}


def network_chaos(name: str, **spec: Any) -> dict[str, Any]:  # noqa: ANN401 - the client has no types
    return {
        "apiVersion": "chaos-mesh.org/v1alpha1",
        "kind": "NetworkChaos",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {**APP, **spec},
    }


def create(resource: dict[str, Any]) -> dict[str, Any]:
    created: dict[str, Any] = create_custom_object(**KIND, ns=NAMESPACE, resource=resource)
    return created


def conditions(name: str) -> dict[str, str]:
    found = get_custom_object(**KIND, ns=NAMESPACE, name=name)
    return {entry["type"]: entry["status"] for entry in found["status"]["conditions"]}


def latency_s(platform: Platform, path: str = "/live", count: int = 9) -> float:
    return median_s(platform.http, path, count)


def test_a_delay_adds_its_latency_within_5_ms_and_ends_when_it_is_deleted(
    platform: Platform,
) -> None:
    before = latency_s(platform, count=25)
    create(network_chaos("slow", action="delay", delay={"latency": "60ms"}, duration="60s"))
    state = {"Selected": "True", "AllInjected": "True", "AllRecovered": "False", "Paused": "False"}
    eventually(lambda: conditions("slow") == state)
    close_to(lambda: latency_s(platform, count=25) - before, wanted=0.060, within=0.005)
    # The answer of the pod, and the pod's question to the store.
    close_to(lambda: latency_s(platform, "/ready", 3) - before, wanted=0.120, within=0.03)
    delete_custom_object(**KIND, ns=NAMESPACE, name="slow")
    close_to(lambda: latency_s(platform) - before, wanted=0, within=0.02)


def test_jitter_stays_within_its_bounds(platform: Platform) -> None:
    before = latency_s(platform)
    jitter = {"latency": "40ms", "jitter": "20ms", "correlation": "25"}
    create(network_chaos("shaky", action="delay", delay=jitter))
    eventually(lambda: conditions("shaky")["AllInjected"] == "True")
    found = [seconds(platform.http, "/live") for _ in range(20)]
    assert min(found) > 0.019  # a busy machine makes it later, never earlier
    assert statistics.median(found) - before < 0.070
    assert statistics.stdev(found) > 0.003


def test_a_bandwidth_slows_what_is_sent_and_not_what_is_received(platform: Platform) -> None:
    size = len(platform.get("/lti/config").content)
    slow = {"rate": "4kbps", "limit": 20_000, "buffer": 1}
    create(network_chaos("thin", action="bandwidth", bandwidth=slow))
    eventually(lambda: conditions("thin")["AllInjected"] == "True")
    head = 300  # about as many bytes of headers come with it
    wanted_s = (size + head) / 4096
    close_to(lambda: seconds(platform.http, "/lti/config"), wanted_s, within=0.2 * wanted_s)


def test_several_network_faults_can_be_one(platform: Platform) -> None:
    before = latency_s(platform)
    both = {"delay": {"latency": "50ms"}, "loss": {"loss": "0.1"}}
    create(network_chaos("both", action="netem", **both))
    eventually(lambda: conditions("both")["AllInjected"] == "True")
    close_to(lambda: latency_s(platform) - before, wanted=0.05, within=0.01)


def test_pods_that_are_cut_off_answer_nothing_until_they_are_not(platform: Platform) -> None:
    create(network_chaos("off", action="partition", direction="both"))
    eventually(lambda: conditions("off")["AllInjected"] == "True")
    with httpx.Client(base_url=platform.http.base_url, trust_env=False, timeout=1) as impatient:
        with pytest.raises(httpx.ReadTimeout):
            impatient.get("/live")
        delete_custom_object(**KIND, ns=NAMESPACE, name="off")
        started = time.perf_counter()
        assert impatient.get("/live").status_code == 200
        assert time.perf_counter() - started < 0.5


def test_a_delay_ends_by_itself_after_its_duration(platform: Platform) -> None:
    create(network_chaos("brief", action="delay", delay={"latency": "150ms"}, duration="700ms"))
    assert latency_s(platform, count=1) > 0.14
    eventually(lambda: conditions("brief")["AllRecovered"] == "True", 3)
    assert conditions("brief")["AllInjected"] == "False"
    found = get_custom_object(**KIND, ns=NAMESPACE, name="brief")
    assert found["status"]["experiment"]["desiredPhase"] == "Stop"
    assert latency_s(platform) < 0.1
    records = found["status"]["experiment"]["containerRecords"]
    assert [record["phase"] for record in records] == ["Not Injected"] * 3
    assert [record["recoveredCount"] for record in records] == [1, 1, 1]


def test_mode_one_slows_one_pod(platform: Platform) -> None:
    created = create(network_chaos("one", mode="one", action="delay", delay={"latency": "200ms"}))
    records = created["status"]["experiment"]["containerRecords"]
    assert len(records) == 1
    eventually(lambda: conditions("one")["AllInjected"] == "True")
    slow = {}
    for _ in range(6):
        started = time.perf_counter()
        name = platform.get("/live").json()["pod"]
        slow[name] = time.perf_counter() - started > 0.15
    assert [f"{NAMESPACE}/{name}" for name in slow if slow[name]] == [records[0]["id"]]


def test_a_partition_stalls_the_store_and_lifting_it_lets_bytes_flow_again(
    platform: Platform,
) -> None:
    create(network_chaos("cut", action="partition", direction="both", target=STORE))
    started = time.perf_counter()
    answer = platform.http.get("/api/progress")
    took_s = time.perf_counter() - started
    assert answer.status_code == 503
    assert answer.json()["error"] == "store unreachable: no answer within 1 s"
    assert took_s == pytest.approx(1.0, abs=0.3)
    eventually(lambda: "no ready pods" in platform.get("/").text)
    delete_custom_object(**KIND, ns=NAMESPACE, name="cut")
    eventually(platform.is_steady)
    assert platform.get("/health").status_code == 200


def test_a_loss_delays_by_retransmissions(platform: Platform) -> None:
    create(network_chaos("lossy", action="loss", loss={"loss": "30"}, duration="30s"))

    def late() -> bool:
        started = time.perf_counter()
        platform.get("/live")
        return time.perf_counter() - started > 0.19

    eventually(late, 10)


def test_a_fault_that_meets_no_link_is_not_called_injected(platform: Platform) -> None:
    nobody = {"mode": "all", "selector": {"labelSelectors": {"app": "nobody"}}}
    create(network_chaos("none", **nobody, action="partition"))
    assert conditions("none")["Selected"] == "False"
    assert conditions("none")["AllInjected"] == "False"
    # Two pods of the application never talk to each other.
    create(network_chaos("apart", action="partition", target=APP))
    assert conditions("apart")["AllInjected"] == "False"


DELAY = {"action": "delay", "delay": {"latency": "1ms"}}


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"action": "duplicate"}, "spec.action"),
        ({"action": "delay", "delay": {"latency": "1ms", "reorder": {}}}, "spec.delay.reorder"),
        ({**DELAY, "selector": {"nodes": ["x"]}}, "spec.selector.nodes"),
        ({**DELAY, "direction": "from"}, "spec.target"),
        ({**DELAY, "externalTargets": ["example.org"]}, "spec.externalTargets"),
    ],
)
def test_what_it_cannot_do_is_refused_by_the_name_of_the_field(
    platform: Platform, spec: dict[str, Any], field: str
) -> None:
    url = f"{platform.environment.api_url}/apis/chaos-mesh.org/v1alpha1"
    answer = httpx.post(
        f"{url}/namespaces/{NAMESPACE}/networkchaos",
        json=network_chaos("bad", **spec),
        trust_env=False,
    )
    body = answer.json()
    assert (answer.status_code, body["kind"], body["reason"]) == (422, "Status", "Invalid")
    assert f": {field}: " in body["message"]


def test_a_second_object_of_a_name_is_a_conflict(platform: Platform) -> None:
    create(network_chaos("twin", **DELAY))
    # chaosk8s hands the refusal back as if it were the object.
    second = create(network_chaos("twin", **DELAY))
    assert (second["reason"], second["code"]) == ("AlreadyExists", 409)
