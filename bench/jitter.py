"""How far measured times are from the truth, by the clock of the server itself.

The target notes when it accepted a connection, when it had read the request, when it sent the head
of its answer and when it sent the last of the body, with the clock that Seakeep measures with: on
one machine ``CLOCK_MONOTONIC`` is the same for all processes. What is true:

- processing: from the request read to the head sent;
- the whole: from the connection accepted to the body sent.

So the difference also holds what neither side can see: the way through the kernel, there and back,
and the time until the kernel wakes either process up. It is the most that a prober can be wrong by;
the blackbox exporter's own account of the same target stands beside it.
"""

from __future__ import annotations

import json
import random
import statistics
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Figure
from bench.probe_processes import Server, drive, exporter, look, target, write_platform
from bench.probe_server import STAMPS

__all__ = ["run"]

_HEAD_MS, _BODY_MS = (10.0, 30.0), (2.0, 8.0)
_PERCENTILES = (50, 90, 99)
_ROUNDS = 3
_PROBERS = ("Seakeep", "exporter")
_PHASES = ("processing", "whole")


@dataclass(frozen=True, slots=True)
class _Way:
    """How many checks are in flight, how many there are, and whether the target takes its time."""

    title: str
    in_flight: int
    checks: int
    takes_time: bool


_WAYS = (
    _Way("1 in flight", 1, 150, takes_time=True),
    _Way("32 in flight", 32, 1_600, takes_time=True),
    _Way("32, answered at once", 32, 1_600, takes_time=False),
)


def run(folder: Path) -> Iterator[Figure]:
    """Yield percentiles of measured less true, of processing and of the whole, in milliseconds."""
    with exporter(folder) as through:
        for way in _WAYS:
            print(f"  measured less true, {way.title}", flush=True)
            rounds = [_round(folder, number, way, through) for number in range(_ROUNDS)]
            for prober, errors in zip(_PROBERS, zip(*rounds, strict=True), strict=True):
                yield from _figures(f"{prober}, {way.title}", errors)


def _figures(title: str, rounds: Sequence[Sequence[tuple[float, float]]]) -> Iterator[Figure]:
    for number, phase in enumerate(_PHASES):
        cuts = [
            statistics.quantiles((error[number] for error in errors), n=100, method="inclusive")
            for errors in rounds
        ]
        for percentile in _PERCENTILES:
            values = tuple(cut[percentile - 1] for cut in cuts)
            yield Figure(f"{title}: {phase}, p{percentile}", values, "ms")


def _round(
    folder: Path, number: int, way: _Way, through: Server
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return measured less true of Seakeep's checks and of the exporter's, in milliseconds."""
    paths = list(_paths(way, random.Random(number)))
    with target() as server:
        platform = write_platform(folder / f"{way.title} {number}", server.url, paths)
        looked = look(platform, concurrency=way.in_flight, warm_up=100, each=True)["each"]
        ours = [(paths[int(name.removeprefix("check-"))], *times) for name, *times in looked]
        errors = _errors(ours, _stamps(server))
        drive(through, server, paths[:100], way.in_flight)
        probed = drive(through, server, paths, way.in_flight)["each"]
        theirs = [(address.removeprefix(server.url), *times) for address, *times in probed]
        return errors, _errors(theirs, _stamps(server))


def _paths(way: _Way, chance: random.Random) -> Iterator[str]:
    for number in range(way.checks):
        head_ms, body_ms = (way.takes_time * chance.uniform(*each) for each in (_HEAD_MS, _BODY_MS))
        yield f"/check/{number}?head_ms={head_ms:.3f}&body_ms={body_ms:.3f}"


def _stamps(server: Server) -> dict[str, tuple[float, float, float, float]]:
    with urllib.request.urlopen(server.url + STAMPS) as answer:
        found: dict[str, tuple[float, float, float, float]] = json.load(answer)
    return found


def _errors(
    seen: Sequence[tuple[str, float, float]],
    stamps: Mapping[str, tuple[float, float, float, float]],
) -> list[tuple[float, float]]:
    errors = []
    for path, processing_s, duration_s in seen:
        accepted, read, head_sent, body_sent = stamps[path.partition("?")[0]]
        true_s = (head_sent - read, body_sent - accepted)
        errors.append((1000 * (processing_s - true_s[0]), 1000 * (duration_s - true_s[1])))
    return errors
