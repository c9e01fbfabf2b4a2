"""What a check costs, beside the blackbox exporter's; and how long, how large, how exact it gets.

The exporter and Seakeep take turns on the same core against the same target, round by round, with
the same assertions and a fresh connection for each check. Needs ``script/setup bench``.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import jitter, probe_sessions
from bench.measure import Figure
from bench.probe_processes import drive, exporter, look, target, write_platform

__all__ = ["run"]

_CHECKS = 3_000
_ROUNDS = 5
_EXPORTER, _SEAKEEP, _RECORDED = "blackbox exporter", "Seakeep", "Seakeep, recorded"
_Rounds = dict[str, list[dict[str, Any]]]


def run() -> Iterator[Figure]:
    """Yield the costs side by side, then those of whole sessions, then the error of the times."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from _figures(_take_turns(folder))
        yield from probe_sessions.run(folder)
        yield from jitter.run(folder)


def _take_turns(folder: Path) -> _Rounds:
    rounds: _Rounds = {_EXPORTER: [], _SEAKEEP: [], _RECORDED: []}
    with target() as server, exporter(folder) as through:
        paths = [f"/check/{number}" for number in range(_CHECKS)]
        platform = write_platform(folder / "platform", server.url, paths)
        drive(through, server, paths[:500])  # a warm-up, as the others have
        for number in range(_ROUNDS):
            print(f"  round {number + 1} of {_ROUNDS}", flush=True)
            store = str(folder / f"store-{number}")
            rounds[_EXPORTER].append(drive(through, server, paths))
            rounds[_SEAKEEP].append(look(platform))
            rounds[_RECORDED].append(look(platform, store=store))
    return rounds


def _figures(rounds: _Rounds) -> Iterator[Figure]:
    for name, found in rounds.items():
        yield Figure(f"{name}: CPU per check", _each(found, _cpu_ms), "ms")
    for name in (_SEAKEEP, _RECORDED):
        yield _ratio(f"{name}: CPU to the exporter's", rounds, name, _cpu_ms, at_most=True)
    for name, found in rounds.items():
        yield Figure(f"{name}: checks on one core", _each(found, _per_s), "/s")
    for name in (_SEAKEEP, _RECORDED):
        yield _ratio(f"{name}: checks to the exporter's", rounds, name, _per_s, at_most=False)
    for name, found in rounds.items():  # near 100%: neither target nor driver held it up
        yield Figure(f"{name}: share of its core", _each(found, _share), "%")


def _each(found: list[dict[str, Any]], of: Callable[[dict[str, Any]], float]) -> tuple[float, ...]:
    return tuple(of(one) for one in found)


def _cpu_ms(one: dict[str, Any]) -> float:
    return float(1000 * one["cpu_s"] / one["checks"])


def _per_s(one: dict[str, Any]) -> float:
    return float(one["checks"] / one["wall_s"])


def _share(one: dict[str, Any]) -> float:
    return float(100 * one["cpu_s"] / one["wall_s"])


def _ratio(
    title: str,
    rounds: _Rounds,
    name: str,
    of: Callable[[dict[str, Any]], float],
    *,
    at_most: bool,
) -> Figure:
    """Compare round by round, so that what slows the machine down slows both."""
    pairs = zip(_each(rounds[name], of), _each(rounds[_EXPORTER], of), strict=True)
    ratios = tuple(ours / theirs for ours, theirs in pairs)
    median = statistics.median(ratios)
    reached = median <= 1 if at_most else median >= 1
    return Figure(title, ratios, "x", "<= 1 x" if at_most else ">= 1 x", reached)
