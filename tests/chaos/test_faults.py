"""Whatever an experiment asks for within bounds becomes an object that can be found and ends."""

from __future__ import annotations

import inspect
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.chaos import actions
from seakeep.chaos.faults import mesh_object
from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.faults.injecting import FAULTS
from seakeep.chaos.faults.mesh_object import GRACE_S, MeshFault, MeshInjection, plain
from seakeep.chaos.kubernetes.chaos_object import ChaosObject, ObjectRef
from seakeep.chaos.kubernetes.cluster import RUN_ID_LABEL, PodState
from seakeep.chaos.kubernetes.disruption_budget import DisruptionBudgets
from seakeep.chaos.undo.reach import Reach
from seakeep.errors import FaultError, RefusedError, UsageError

ORIGIN = Origin("network-latency", "r1")
PODS = {"namespace": "ns", "label_selector": "app=web"}
STORE = {"dependency_selector": "app=store"}

LEGAL: dict[str, dict[str, Any]] = {
    "delay_network": {**PODS, "latency_ms": 100, "duration_s": 60},
    "delay_dependency": {**PODS, **STORE, "latency_ms": 100, "duration_s": 60},
    "lose_packets": {**PODS, "loss_percent": 5, "duration_s": 60},
    "partition_network": {**PODS, **STORE, "duration_s": 60},
    "limit_bandwidth": {**PODS, "rate_kbit_per_s": 1000, "duration_s": 60},
    "stress_cpu": {**PODS, "load_percent": 80, "duration_s": 180},
    "stress_memory": {**PODS, "size_mb": 512, "duration_s": 60},
    "fail_pods": {**PODS, "duration_s": 60},
}
"""The faults that are objects of Chaos Mesh, each with what it needs."""

WORD = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
SELECTORS = st.dictionaries(WORD, WORD, min_size=1, max_size=3).map(
    lambda labels: ",".join(f"{key}={value}" for key, value in labels.items())
)
PERCENT = st.floats(0, 100)
SHARE = st.floats(0, 100, exclude_min=True)
WITHIN: dict[str, st.SearchStrategy[Any]] = {
    "namespace": WORD,
    "label_selector": SELECTORS,
    "dependency_selector": SELECTORS,
    "dependency_namespace": st.just("") | WORD,
    "latency_ms": st.floats(0.001, 600_000),
    "jitter_ms": st.just(0.0),
    "correlation_percent": PERCENT,
    "loss_percent": st.floats(0.01, 100),
    "rate_kbit_per_s": st.floats(8, 1e8),
    "limit_bytes": st.integers(1600, 2**32 - 1),
    "buffer_bytes": st.integers(1600, 2**32 - 1),
    "load_percent": st.integers(1, 100),
    "workers": st.integers(1, 8192),
    "size_mb": st.integers(1, 1_000_000),
    "share_percent": SHARE,
    "staying": st.just(0),
    "duration_s": st.floats(0.001, 1e6),
}


@st.composite
def faults(draw: st.DrawFn) -> MeshFault:
    name = draw(st.sampled_from(sorted(LEGAL)))
    values = {key: draw(WITHIN[key]) for key in inspect.signature(FAULTS[name]).parameters}
    if "jitter_ms" in values:
        values["jitter_ms"] = draw(st.floats(0, values["latency_ms"]))
    # The environment gives texts, and an experiment's file numbers.
    texts = draw(st.booleans())
    made = FAULTS[name](**{key: str(value) if texts else value for key, value in values.items()})
    assert isinstance(made, MeshFault)
    return made


@dataclass
class Cluster:
    """Stands for a cluster, in the states that a real one is in for a moment."""

    count: int = 3
    states: Sequence[ChaosObject | None] = ()
    asked: int = 0

    def pods(self, *_: str) -> tuple[PodState, ...]:
        return tuple(PodState(f"p{n}", f"u{n}", True, False) for n in range(self.count))

    def chaos_object(self, _: ObjectRef) -> ChaosObject | None:
        self.asked += 1
        return self.states[min(self.asked, len(self.states)) - 1]

    def disruption_budgets(self, _: str) -> DisruptionBudgets:
        return DisruptionBudgets()

    @property
    def reach(self) -> Reach:
        return Reach(cluster=self)  # type: ignore[arg-type]


def injection(name: str, cluster: Cluster | None = None, /, **more: object) -> MeshInjection:
    fault = FAULTS[name](**LEGAL[name] | more)
    assert isinstance(fault, MeshFault)
    return fault.prepare((cluster or Cluster()).reach, ORIGIN)


def check_choice(part: dict[str, Any], count: int) -> None:
    labels = part["selector"]["labelSelectors"]
    assert labels
    assert all(isinstance(text, str) and text for text in [*labels, *labels.values()])
    assert len(part["selector"]["namespaces"]) == 1
    assert part["mode"] in {"all", "fixed"}
    if part["mode"] == "fixed":
        assert 1 <= int(part["value"]) <= count
    else:
        assert "value" not in part


@given(fault=faults(), count=st.integers(1, 50))
def test_every_fault_ends_by_itself_can_be_found_and_hits_some_pods_and_no_more_than_there_are(
    fault: MeshFault, count: int
) -> None:
    made, again = (fault.prepare(Cluster(count).reach, ORIGIN) for _ in range(2))

    resource: dict[str, Any] = json.loads(json.dumps(made.resource))
    spec, metadata = resource["spec"], resource["metadata"]
    assert int(spec["duration"].removesuffix("s")) >= fault.duration_s + GRACE_S
    assert int(spec["duration"].removesuffix("s")) < fault.duration_s + GRACE_S + 1
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", metadata["name"])
    assert metadata["name"] != again.undo.name
    assert metadata["name"] == made.undo.name
    assert metadata["labels"][RUN_ID_LABEL] == "r1"
    assert metadata["namespace"] == made.undo.namespace == spec["selector"]["namespaces"][0]
    check_choice(spec, count)
    if "target" in spec:
        check_choice(spec["target"], count)
    else:
        assert spec.get("direction", "to") == "to"  # Chaos Mesh wants a target for the others
    assert 0 < made.share <= 1
    assert made.share == made.hit["."] / count
    assert len(made.text.splitlines()) == 1


@given(st.floats(0, 1e9))
def test_a_number_is_written_in_full_and_without_an_exponent(value: float) -> None:
    assert re.fullmatch(r"\d+(\.\d+)?", plain(value))
    assert float(plain(value)) == value


@pytest.mark.parametrize(
    ("name", "more", "wanted"),
    [
        ("delay_network", {"latency_ms": 0}, "latency 0 ms: wanted 0.001 to"),
        ("delay_network", {"latency_ms": "slow"}, "latency_ms: found 'slow'; wanted a number"),
        ("delay_network", {"latency_ms": "nan"}, "wanted a number"),
        ("delay_network", {"latency_ms": ""}, "latency_ms: found ''; wanted a number"),
        ("delay_network", {"jitter_ms": 101}, "jitter 101 ms: wanted 0 up to the latency"),
        ("delay_network", {"correlation_percent": 101}, "correlation 101%: wanted 0 to 100"),
        ("delay_network", {"duration_s": 0}, "duration_s: found 0; wanted seconds above 0"),
        ("stress_cpu", {"duration_s": -1}, "duration_s: found -1; wanted seconds above 0"),
        ("delay_network", {"share_percent": 0}, "wanted a percentage above 0"),
        ("delay_network", {"label_selector": ""}, "wanted label=value"),
        ("delay_dependency", {"dependency_selector": ""}, "wanted label=value"),
        ("partition_network", {"dependency_selector": "store"}, "wanted label=value"),
        ("lose_packets", {"loss_percent": 0.001}, "loss 0.001%: wanted 0.01 to 100%"),
        ("lose_packets", {"loss_percent": 101}, "loss 101%"),
        ("lose_packets", {"correlation_percent": -1}, "correlation -1%"),
        ("limit_bandwidth", {"rate_kbit_per_s": 7}, "rate 7 kbit/s: wanted 8 to"),
        ("limit_bandwidth", {"buffer_bytes": 1500}, "buffer 1500 bytes: wanted 1600 to"),
        ("limit_bandwidth", {"limit_bytes": 2**32}, "limit 4294967296 bytes"),
        ("stress_cpu", {"load_percent": 0}, "load 0%: wanted 1 to 100%"),
        ("stress_cpu", {"load_percent": "80.5"}, "wanted a whole number"),
        ("stress_cpu", {"workers": 0}, "0 workers: wanted 1 to 8192"),
        ("stress_memory", {"size_mb": 0}, "0 MB of memory: wanted 1 to"),
    ],
)
def test_a_value_that_makes_no_fault_is_told(
    name: str, more: dict[str, object], wanted: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(wanted)):
        injection(name, **more)


def test_durations_are_scaled_so_that_all_experiments_fit_into_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEAKEEP_DURATION_SCALE", "0.05")
    spec: Any = injection("stress_cpu").resource["spec"]
    assert spec["duration"] == f"{180 * 0.05 + GRACE_S:.0f}s"


def test_the_texts_say_what_is_hit_and_what_is_at_the_other_end() -> None:
    assert [injection(name).text for name in LEGAL] == [
        "100 ms latency on 3 pods of app=web",
        "100 ms latency on 3 pods of app=web toward 3 pods of app=store",
        "5% packet loss on 3 pods of app=web",
        "no traffic between 3 pods of app=web and 3 pods of app=store",
        "1000 kbit/s on 3 pods of app=web",
        "80% load of one core on 1 of 3 pods of app=web",
        "512 MB of memory taken on 1 of 3 pods of app=web",
        "outage of 1 of 3 pods of app=web",
    ]
    assert injection("delay_network", Cluster(1), jitter_ms=20).text == (
        "100 ms ± 20 ms latency on 1 pod of app=web"
    )


def test_what_is_asked_of_chaos_mesh_is_as_its_documentation_writes_it() -> None:
    def spec(name: str, **more: object) -> dict[str, Any]:
        return json.loads(json.dumps(injection(name, **more).resource["spec"]))  # type: ignore[no-any-return]

    delay = spec("delay_network", latency_ms=0.5, jitter_ms=0.25, correlation_percent=25)["delay"]
    assert delay == {"latency": "0.5ms", "jitter": "0.25ms", "correlation": "25"}
    store = {"mode": "all", "selector": {"namespaces": ["db"], "labelSelectors": {"app": "store"}}}
    toward = spec("delay_dependency", dependency_namespace="db")
    assert (toward["direction"], toward["target"]) == ("to", store)
    cut = spec("partition_network", dependency_namespace="db")
    assert (cut["action"], cut["direction"], cut["target"]) == ("partition", "both", store)
    assert spec("lose_packets")["loss"] == {"loss": "5", "correlation": "0"}
    rate = spec("limit_bandwidth")["bandwidth"]
    assert rate == {"rate": "125000bps", "limit": 20971520, "buffer": 10000}
    assert spec("stress_cpu")["stressors"] == {"cpu": {"workers": 1, "load": 80}}
    assert spec("stress_memory")["stressors"] == {"memory": {"workers": 1, "size": "512MB"}}


def test_only_latency_on_everything_must_be_seen_from_outside() -> None:
    rises = {name: injection(name).least_rise_s for name in LEGAL}
    assert rises == dict.fromkeys(LEGAL, 0.0) | {"delay_network": 0.05}
    correlated = injection("delay_network", jitter_ms=40, correlation_percent=99)
    assert math.isclose(correlated.least_rise_s, 0.03)


def test_a_dependency_that_is_not_there_is_refused() -> None:
    class NoStore(Cluster):
        def pods(self, *where: str) -> tuple[PodState, ...]:
            return () if "app=store" in where else super().pods()

    with pytest.raises(RefusedError, match="no pods of app=store in ns: nothing to break"):
        injection("partition_network", NoStore())


def state(*records: tuple[str, bool], injected: bool = True) -> ChaosObject:
    conditions = {"AllInjected": injected, "AllRecovered": False}
    return ChaosObject(ObjectRef("networkchaos", "ns", "n"), {}, conditions, records)


def never() -> bool:
    return False


WHOLE = ((".", True), (".", True), (".", True), (".Target", True), (".Target", True))


def confirmed(*states: ChaosObject | None, stopping: Callable[[], bool] = never) -> int:
    cluster = Cluster(states=states)
    injection("partition_network", cluster).confirm(cluster.reach, stopping)
    return cluster.asked


def test_a_fault_is_in_place_once_every_pod_that_was_counted_has_it() -> None:
    assert confirmed(state(injected=False), state(*WHOLE, (".Target", True))) == 2
    assert confirmed(state()) == 1  # a cluster that keeps no records


@pytest.mark.parametrize(
    ("found", "short"),
    [
        (state(*WHOLE), r"2 of 3 pods have it \(selector '.Target'\)"),
        (state(*WHOLE[1:], (".Target", True)), r"2 of 3 pods have it \(selector '.'\)"),
        (state((".", False), *WHOLE, (".Target", True)), r"3 of 3 .* \(selector '.'\)"),
    ],
)
def test_a_fault_in_some_of_the_pods_is_an_error(found: ChaosObject, short: str) -> None:
    with pytest.raises(FaultError, match=f"took hold in part only; {short}"):
        confirmed(found)


def test_a_fault_that_is_never_in_place_is_an_error_that_says_how_far_it_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mesh_object, "_CONFIRM_DEADLINE_S", 0.0)
    with pytest.raises(FaultError, match=r"wanted the condition AllInjected.*1 of 3 pods have it"):
        confirmed(state((".", True), (".", False), (".", False), injected=False))
    with pytest.raises(FaultError, match="vanished before it was injected"):
        confirmed(None)


def test_nobody_waits_for_a_fault_once_the_run_must_end() -> None:
    assert confirmed(state(injected=False), stopping=lambda: True) == 0


def test_an_action_takes_what_its_fault_is_made_from() -> None:
    exported = set(actions.__all__) - {"FAULTS", "remove_faults"}
    assert exported == set(FAULTS) == {*LEGAL, "kill_pods", "slow_edge", "cut_edge"}
    for name, make in FAULTS.items():
        action = getattr(actions, name)
        assert inspect.isfunction(action)  # or `chaos validate` would not find it
        assert inspect.signature(action) == inspect.signature(make)
        assert action.__doc__
        assert all(
            f" {argument}: " in action.__doc__ for argument in inspect.signature(make).parameters
        )


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_an_action_without_the_guard_injects_nothing(name: str) -> None:
    with pytest.raises(RefusedError, match=f"{name} works under the guard only"):
        getattr(actions, name)()
