"""A project with one scenario for the load benchmarks, and what its store says afterwards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.load_processes import locust
from seakeep.generator import GeneratorSecond
from seakeep.histogram import Histogram
from seakeep.observation import Kind, Observation
from seakeep.store import open_store

__all__ = ["ARRIVALS", "BARE", "FLAT_OUT", "Project", "bare_file"]

_PLATFORM = """
name: bench
environment: development
base_url: {url}
hosts: [127.0.0.1]
limits: {{max_rate: 1000000, max_load_duration: 1h}}
checks: [{{name: home, suite: home, path: /, expect: {{status: 200}}}}]
scenarios:
  - {{name: visit, users: {users}, rate: {rate:g}, duration: {seconds}s, spacing: {spacing}}}
"""
_SLOS = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: load-latency}
spec:
  service: bench
  indicator:
    metadata: {name: fast-requests}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: seakeep, spec: {outcome: good, maxDuration: 500ms}}}
        total: {metricSource: {type: seakeep, spec: {kind: load}}}
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.5}]
"""
_LOCUSTFILE = """
import json
from time import perf_counter

from locust import constant, events, task

from seakeep.load import scenario
from seakeep.load.user import PlatformUser

starts = []


class Visitor(PlatformUser):
    wait_time = {wait}

    @task
    def visit(self):
        {note}
        self.client.get("/")

    def arrive(self, intended_at):
        self.intended_at = intended_at
        super().arrive(intended_at)


{bound}
@events.quitting.add_listener
def write(**_):
    if starts:
        with open("starts.json", "w") as file:
            json.dump(starts, file)
"""
BARE = """
import random

import gevent
from locust import FastHttpUser, constant, constant_throughput, task


class Visitor(FastHttpUser):
    wait_time = {wait}

    def on_start(self):
        gevent.sleep(random.uniform(0, {spread_s}))  # else all of them go on in step

    @task
    def visit(self):
        self.client.get("/")
"""


@dataclass(frozen=True, slots=True)
class _Way:
    """How the scenario of a project comes to its arrivals."""

    wait: str
    bound: str = ""


ARRIVALS = _Way('scenario.arrivals("visit")')
"""An open loop: what Seakeep is for."""
FLAT_OUT = _Way("constant(0)", 'scenario.record("visit")\n')
"""A closed loop without a pause, recorded and judged all the same."""


class Project:
    """A folder with a platform and a scenario, and a store of its own."""

    def __init__(
        self,
        folder: Path,
        url: str,
        *,
        users: int,
        rate_per_s: float = 100.0,
        duration_s: int = 3_000,
        spacing: str = "even",
    ) -> None:
        self.folder = folder
        self.home = folder / "home"
        self._file = folder / "load" / "visit.py"
        self._file.parent.mkdir(parents=True)
        platform = folder / "platforms" / "bench"
        platform.mkdir(parents=True)
        (platform / "slos.yaml").write_text(_SLOS)
        (platform / "platform.yaml").write_text(
            _PLATFORM.format(
                url=url, users=users, rate=rate_per_s, seconds=duration_s, spacing=spacing
            )
        )

    def command(self, way: _Way = ARRIVALS, *flags: str, notes_starts: bool = False) -> list[str]:
        """Return the command that runs the scenario; it may note when each visit began."""
        note = "starts.append((self.intended_at, perf_counter()))" if notes_starts else "pass"
        text = _LOCUSTFILE.format(wait=way.wait, bound=way.bound, note=note)
        self._file.write_text(text)
        return locust(self._file, *flags)

    @property
    def environ(self) -> dict[str, str]:
        """Return what the scenario's process needs to know."""
        return {"SEAKEEP_PLATFORM": "bench", "SEAKEEP_HOME": str(self.home)}

    def starts(self) -> Sequence[tuple[float, float]]:
        """Return when each visit was to begin and when it did, by one clock, if that was noted."""
        found: list[tuple[float, float]] = json.loads((self.folder / "starts.json").read_text())
        return found

    def requests(self) -> list[Observation]:
        """Return the batches of requests in the store."""
        return [one for one in self._observations() if one.kind is Kind.LOAD]

    def response_times(self) -> Histogram:
        """Return all response times in the store, merged."""
        merged = Histogram()
        for one in self.requests():
            merged.merge(one.batch.durations if one.batch else Histogram([one.duration_s]))
        return merged

    def seconds(self) -> list[GeneratorSecond]:
        """Return what the generator said of itself."""
        found = [one for one in self._observations() if one.kind is Kind.GENERATOR]
        return [GeneratorSecond.of(one) for one in found]

    def _observations(self) -> list[Observation]:
        with open_store(self.home) as store:
            return list(store.observations())


def bare_file(folder: Path, wait: str, spread_s: float = 0.0) -> Path:
    """Write a scenario of bare Locust, and return its file.

    Args:
        folder: Where to.
        wait: What its users' ``wait_time`` is.
        spread_s: Over how long their first starts are spread, in seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "bare.py"
    file.write_text(BARE.format(wait=wait, spread_s=spread_s))
    return file
