from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seakeep.sandbox.chaos_experiment import Experiment
from seakeep.sandbox.chaos_spec import ChaosInvalidError
from seakeep.sandbox.chaos_units import MemorySize, rate_bytes_per_s

CPU = {"cpu": {"workers": 1, "load": 80}}
MEMORY = {"memory": {"workers": 1, "size": "64MB"}}


def read(plural: str, **spec: Any) -> Experiment:  # noqa: ANN401 - whatever a client may send
    scope = {"mode": "all", "selector": {"labelSelectors": {"app": "sandbox-app"}}}
    return Experiment(plural, {"metadata": {"name": "x"}, "spec": {**scope, **spec}}, "ns")


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1bps", 1),
        ("1kbps", 1024),
        ("1mbps", 1024**2),
        (" 20 Mbps ", 20 * 1024**2),
        ("3gbps", 3 * 1024**3),
        ("1tbps", 1024**4),
    ],
)
def test_rates_are_bytes_with_prefixes_of_1024(text: str, rate: int) -> None:
    assert rate_bytes_per_s(text) == rate


@pytest.mark.parametrize(
    "text", ["", "0mbps", "1", "1.5mbps", "-1mbps", "1mbit", 5, None, "1_0bps"]
)
def test_what_is_no_rate_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="wanted a rate"):
        rate_bytes_per_s(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512MB", 512_000_000),
        ("256MiB", 256 * 1024**2),
        ("100B", 100),
        ("1.5kB", 1500),
        ("2 GiB", 2 * 1024**3),
        ("50%", 500),
        ("100%", 1000),
    ],
)
def test_sizes_are_bytes_or_a_share(text: str, size: int) -> None:
    assert MemorySize.parse(text).of(1000) == size


@pytest.mark.parametrize("text", ["", "0MB", "0%", "101%", "512", "MB", "-5MB", "5XB", 512, None])
def test_what_is_no_size_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="wanted a size"):
        MemorySize.parse(text)


@given(st.text() | st.from_regex(r"[0-9٣_.]{1,30} ?[kKmM]?i?[bB%]?(ps)?", fullmatch=True))
@example("٣MB")
def test_a_size_or_a_rate_of_any_text_is_positive_or_refused(text: str) -> None:
    for parse in (rate_bytes_per_s, lambda found: MemorySize.parse(found).of(10**6)):
        with contextlib.suppress(ValueError):
            assert parse(text) >= 0


@pytest.mark.parametrize(
    ("plural", "spec", "field"),
    [
        ("stresschaos", {}, "spec.stressors"),
        ("stresschaos", {"stressors": {}}, "spec.stressors"),
        ("stresschaos", {"stressors": {"io": {}}}, "spec.stressors.io"),
        ("stresschaos", {"stressors": {"cpu": {"load": 80}}}, "spec.stressors.cpu.workers"),
        ("stresschaos", {"stressors": {"cpu": {"workers": 0}}}, "spec.stressors.cpu.workers"),
        ("stresschaos", {"stressors": {"cpu": {"workers": True}}}, "spec.stressors.cpu.workers"),
        (
            "stresschaos",
            {"stressors": {"cpu": {"workers": 1, "load": 120}}},
            "spec.stressors.cpu.load",
        ),
        (
            "stresschaos",
            {"stressors": {"cpu": {"workers": 1, "load": "80"}}},
            "spec.stressors.cpu.load",
        ),
        (
            "stresschaos",
            {"stressors": {"cpu": {"workers": 1, "options": []}}},
            "spec.stressors.cpu.options",
        ),
        ("stresschaos", {"stressors": {"memory": {"workers": 1}}}, "spec.stressors.memory.size"),
        (
            "stresschaos",
            {"stressors": {"memory": {"workers": 1, "size": "much"}}},
            "spec.stressors.memory.size",
        ),
        ("stresschaos", {"stressors": CPU, "containerNames": "app"}, "spec.containerNames"),
        (
            "stresschaos",
            {"stressors": CPU, "stressngStressors": "--hdd 1"},
            "spec.stressngStressors",
        ),
        ("podchaos", {"action": "pod-kill", "gracePeriod": "5"}, "spec.gracePeriod"),
        ("podchaos", {"action": "container-kill"}, "spec.containerNames"),
        ("podchaos", {"action": "pod-explode"}, "spec.action"),
        ("podchaos", {"action": "pod-failure", "containerNames": ["app"]}, "spec.containerNames"),
        ("networkchaos", {"action": "netem"}, "spec.delay"),
        ("networkchaos", {"action": "delay"}, "spec.delay"),
        ("networkchaos", {"action": "delay", "delay": {}}, "spec.delay.latency"),
        ("networkchaos", {"action": "loss", "loss": {"loss": "120"}}, "spec.loss.loss"),
        ("networkchaos", {"action": "partition", "mode": "most"}, "spec.mode"),
        ("networkchaos", {"action": "partition", "mode": "fixed"}, "spec.value"),
        ("networkchaos", {"action": "partition", "duration": "1 min"}, "spec.duration"),
        ("networkchaos", {"action": "delay", "delay": {"latency": 5}}, "spec.delay.latency"),
        (
            "networkchaos",
            {"action": "delay", "delay": {"latency": "1ms", "correlation": 25}},
            "spec.delay.correlation",
        ),
        ("networkchaos", {"action": "loss", "loss": {"loss": 25}}, "spec.loss.loss"),
        ("networkchaos", {"action": "loss", "loss": {"loss": "nan"}}, "spec.loss.loss"),
        ("networkchaos", {"action": "loss", "loss": {"loss": "0"}}, "spec.loss.loss"),
        ("networkchaos", {"action": "bandwidth", "bandwidth": {}}, "spec.bandwidth.rate"),
        (
            "networkchaos",
            {"action": "bandwidth", "bandwidth": {"rate": "1mbps", "limit": 1}},
            "spec.bandwidth.buffer",
        ),
        ("networkchaos", {"action": "partition", "externalTargets": ["x"]}, "spec.externalTargets"),
        (
            "networkchaos",
            {"action": "partition", "target": {"mode": "all"}},
            "spec.target.selector",
        ),
        ("networkchaos", {"action": "partition", "device": "eth0"}, "spec.device"),
        ("networkchaos", {"action": "partition", "mode": "fixed", "value": 2}, "spec.value"),
        ("networkchaos", {"action": "partition", "mode": "fixed", "value": "0"}, "spec.value"),
        (
            "networkchaos",
            {"action": "partition", "mode": "fixed-percent", "value": "101"},
            "spec.value",
        ),
        ("networkchaos", {"action": "partition", "duration": "0s"}, "spec.duration"),
        (
            "networkchaos",
            {"action": "partition", "selector": {"pods": ["a"]}},
            "spec.selector.pods",
        ),
        (
            "networkchaos",
            {"action": "partition", "selector": {"labelSelectors": {"a": 1}}},
            "spec.selector.labelSelectors",
        ),
        ("networkchaos", {"action": "partition", "selector": None}, "spec.selector"),
    ],
)
def test_what_cannot_be_had_is_refused_by_the_path_of_its_field(
    plural: str, spec: dict[str, Any], field: str
) -> None:
    with pytest.raises(ChaosInvalidError) as caught:
        read(plural, **spec)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("plural", "spec"),
    [
        ("stresschaos", {"stressors": {**CPU, **MEMORY}, "containerNames": ["app"]}),
        # As chaosk8s sends it: absent things are null, and a direction that means nothing.
        ("stresschaos", {"stressors": CPU, "containerNames": None, "direction": "to"}),
        (
            "stresschaos",
            {"stressors": {"memory": {"workers": 2, "size": "50%", "oomScoreAdj": None}}},
        ),
        ("podchaos", {"action": "pod-failure", "duration": "1m30s"}),
        ("podchaos", {"action": "pod-kill", "gracePeriod": 5, "mode": "fixed", "value": "2"}),
        ("networkchaos", {"action": "partition", "direction": "both"}),
        (
            "networkchaos",
            {
                "action": "netem",
                "delay": {"latency": "10ms", "jitter": "2ms", "correlation": "25"},
                "loss": {"loss": "2.5", "correlation": "25"},
                "mode": "fixed-percent",
                "value": "25",
            },
        ),
        (
            "networkchaos",
            {
                "action": "bandwidth",
                "bandwidth": {"rate": "1mbps", "limit": 20971520, "buffer": 10000},
                "selector": {"pods": {"ns": ["a", "b"]}},
            },
        ),
    ],
)
def test_what_can_be_had_is_read(plural: str, spec: dict[str, Any]) -> None:
    assert read(plural, **spec).spec.items() >= spec.items()


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=12,
    ),
    st.sampled_from(
        ["mode", "value", "selector", "action", "delay", "loss", "bandwidth", "stressors", "target"]
    ),
    st.sampled_from(["networkchaos", "podchaos", "stresschaos"]),
)
def test_any_nonsense_is_refused_with_a_field(found: object, name: str, plural: str) -> None:
    specs: dict[str, dict[str, Any]] = {
        "networkchaos": {"action": "netem", "delay": {"latency": "1ms"}},
        "podchaos": {"action": "pod-kill"},
        "stresschaos": {"stressors": CPU},
    }
    with contextlib.suppress(ChaosInvalidError):
        assert read(plural, **{**specs[plural], name: found}).phase
