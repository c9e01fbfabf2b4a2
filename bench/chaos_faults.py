"""How true the sandbox's faults are: what was asked for beside what was measured."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.measure import Figure
from seakeep.sandbox import control
from seakeep.sandbox.environment import SandboxEnvironment

__all__ = ["run"]

_ROUNDS = 5
_REQUESTS = 25
_KINDS = {
    "NetworkChaos": "networkchaos",
    "StressChaos": "stresschaos",
}
_LATENCY_MS, _LOAD_PERCENT, _MEMORY_BYTES = 100.0, 80, 64_000_000
_LIMIT_S = 10.0


def run() -> Iterator[Figure]:
    """Yield the errors of delay, CPU load and memory, and how long recoveries take."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        bench = _Bench(control.up(home))
        try:
            yield _figure("added delay of 100 ms, error", bench.delay_errors_ms(), "ms", 5)
            yield _figure("CPU load of 80%, error", bench.load_errors(), "points", 10)
            yield _figure("memory of 64 MB, error", bench.memory_errors_percent(), "%", 10)
            for name, kind, spec in _FAULTS:
                figures = tuple(bench.recovery_ms(kind, spec) for _ in range(_ROUNDS))
                yield _figure(f"recovery of {name}", figures, "ms", 500)
        finally:
            bench.close()
            control.down(home)


_STRESS = {"cpu": {"workers": 1, "load": _LOAD_PERCENT}}
_MEMORY = {"memory": {"workers": 1, "size": f"{_MEMORY_BYTES // 1_000_000}MB"}}
_FAULTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("delay", "NetworkChaos", {"action": "delay", "delay": {"latency": "200ms"}}),
    ("partition", "NetworkChaos", {"action": "partition", "direction": "both"}),
    ("CPU load", "StressChaos", {"stressors": _STRESS}),
    ("memory", "StressChaos", {"stressors": _MEMORY}),
)


class _Bench:
    """A sandbox, asked over HTTP as any client asks it."""

    def __init__(self, environment: SandboxEnvironment) -> None:
        self._http = httpx.Client(base_url=environment.base_url, trust_env=False, timeout=30)
        url = f"{environment.api_url}/apis/chaos-mesh.org/v1alpha1/namespaces/"
        self._api = httpx.Client(base_url=url + environment.namespace, trust_env=False)
        self._count = 0

    def close(self) -> None:
        self._http.close()
        self._api.close()

    def delay_errors_ms(self) -> tuple[float, ...]:
        """Each round's distance of the added median from what was asked for."""
        errors = []
        for _ in range(_ROUNDS):
            before_ms = self._median_ms()
            delay = {"action": "delay", "delay": {"latency": f"{_LATENCY_MS:g}ms"}}
            path = self._inject("NetworkChaos", delay)
            errors.append(abs(self._median_ms() - before_ms - _LATENCY_MS))
            self._recover(path)
        return tuple(errors)

    def load_errors(self) -> tuple[float, ...]:
        """Each round's distance, in points, from the load that was asked for.

        Or from what the others on the machine left of the core, if that is less.
        """
        path = self._inject("StressChaos", {"stressors": _STRESS, "mode": "one"})
        pid = self._pid(path)
        errors = []
        for _ in range(_ROUNDS):
            (ran_s, waited_s), began_s = _times_s(pid), time.monotonic()
            time.sleep(1.5)
            (ran_now_s, waited_now_s), wall_s = _times_s(pid), time.monotonic() - began_s
            reachable = min(_LOAD_PERCENT, 100 * (1 - (waited_now_s - waited_s) / wall_s))
            errors.append(abs(100 * (ran_now_s - ran_s) / wall_s - reachable))
        self._recover(path)
        return tuple(errors)

    def memory_errors_percent(self) -> tuple[float, ...]:
        """Each round's distance from the memory asked for, without what any stressor needs."""
        errors = []
        idle = self._resident("1MB") - 1_000_000
        for _ in range(_ROUNDS):
            held = self._resident(_MEMORY["memory"]["size"]) - idle
            errors.append(100 * abs(held - _MEMORY_BYTES) / _MEMORY_BYTES)
        return tuple(errors)

    def recovery_ms(self, kind: str, spec: dict[str, Any]) -> float:
        """From the request to delete a fault until it is gone and an answer comes as before."""
        path = self._inject(kind, spec)
        started_s = time.perf_counter()
        self._recover(path)
        self._http.get("/live").raise_for_status()
        return 1000 * (time.perf_counter() - started_s)

    def _resident(self, size: object) -> int:
        memory = {"memory": {"workers": 1, "size": size}}
        path = self._inject("StressChaos", {"stressors": memory, "mode": "one"})
        resident = int(psutil.Process(self._pid(path)).memory_info().rss)
        self._recover(path)
        return resident

    def _median_ms(self) -> float:
        found = []
        for _ in range(_REQUESTS):
            started_s = time.perf_counter()
            self._http.get("/live").raise_for_status()
            found.append(1000 * (time.perf_counter() - started_s))
        return statistics.median(found)

    def _inject(self, kind: str, spec: dict[str, Any]) -> str:
        """Create an object, and return its path when its fault is in place."""
        self._count += 1
        name = f"bench-{self._count}"
        scope = {"mode": "all", "selector": {"labelSelectors": {"app": "sandbox-app"}}}
        body = {
            "apiVersion": "chaos-mesh.org/v1alpha1",
            "kind": kind,
            "metadata": {"name": name},
            "spec": {**scope, **spec},
        }
        self._api.post(f"/{_KINDS[kind]}", json=body).raise_for_status()
        path = f"/{_KINDS[kind]}/{name}"
        _wait(lambda: self._conditions(path)["AllInjected"] == "True")
        return path

    def _recover(self, path: str) -> None:
        self._api.delete(path).raise_for_status()
        _wait(lambda: self._api.get(path).status_code == 404)

    def _conditions(self, path: str) -> dict[str, str]:
        found = self._api.get(path).json()["status"]["conditions"]
        return {entry["type"]: entry["status"] for entry in found}

    def _pid(self, path: str) -> int:
        (instance,) = self._api.get(path).json()["status"]["instances"].values()
        return int(instance["uid"])


def _wait(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + _LIMIT_S
    while not true():
        if time.monotonic() > ends:
            raise RuntimeError(f"not within {_LIMIT_S:g} s")
        time.sleep(0.005)


def _times_s(pid: int) -> tuple[float, float]:
    """The seconds for which a process ran, and for which it had to wait for others to run.

    https://docs.kernel.org/scheduler/sched-stats.html
    """
    ran_ns, waited_ns, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(ran_ns) / 1e9, int(waited_ns) / 1e9


def _figure(name: str, values: tuple[float, ...], unit: str, aim: float) -> Figure:
    return Figure(name, values, unit, f"< {aim:g} {unit}", max(values) < aim)
