"""How far measured times are from the truth, by the clock of the server itself.

The target notes when it accepted a connection, when it had read the request, when it sent the head
of its answer and when it sent the last of the body, with the clock that Seakeep measures with: on
one machine ``CLOCK_MONOTONIC`` is the same for all processes. What is true:

- processing: from the request read to the head sent;
- the whole: from the connection accepted to the body sent.

So the difference also holds what neither side can see: the way through the kernel, there and back,
and the time until the kernel wakes either process up. It is the most that Seakeep can be wrong by.
"""

from __future__ import annotations

import json
import random
import statistics
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.measure import Figure
from bench.probe_processes import look, target, write_platform
from bench.probe_server import STAMPS

__all__ = ["run"]

_HEAD_MS, _BODY_MS = (10.0, 50.0), (2.0, 10.0)
_PERCENTILES = (50, 90, 99)
_WAYS = (
    # what it is called, the checks in flight (0: as many as by default), how many, and the waiting
    ("one at a time", 1, 300, 1.0),
    ("by default", 0, 1_600, 1.0),
    ("by default, answered at once", 0, 1_600, 0.0),
)


def run(folder: Path) -> Iterator[Figure]:
    """Yield percentiles of measured less true, of processing and of the whole, in milliseconds."""
    for number, (title, concurrency, count, waiting) in enumerate(_WAYS):
        errors = _errors(folder / f"jitter-{number}", concurrency, count, waiting)
        for phase, found in zip(("processing", "whole"), zip(*errors, strict=True), strict=True):
            yield from _figures(f"{phase}, {title}", found)


def _figures(title: str, errors_ms: Sequence[float]) -> Iterator[Figure]:
    cuts = statistics.quantiles(errors_ms, n=100, method="inclusive")
    for percentile in _PERCENTILES:
        yield Figure(f"measured - true: {title}: p{percentile}", (cuts[percentile - 1],), "ms")


def _errors(
    folder: Path, concurrency: int, count: int, waiting: float
) -> list[tuple[float, float]]:
    """Return measured less true of each check, in milliseconds: of processing, and of the whole."""
    chance = random.Random(count)
    with target() as server:
        paths = []
        for number in range(count):
            head_ms, body_ms = (waiting * chance.uniform(*each) for each in (_HEAD_MS, _BODY_MS))
            paths.append(f"/check/{number}?head_ms={head_ms:.3f}&body_ms={body_ms:.3f}")
        platform = write_platform(folder, server.url, paths)
        seen = look(platform, concurrency=concurrency, warm_up=100, each=True)["each"]
        with urllib.request.urlopen(server.url + STAMPS) as answer:
            stamps: dict[str, tuple[float, float, float, float]] = json.load(answer)
    errors = []
    for name, processing_s, duration_s in seen:
        accepted, read, head_sent, body_sent = stamps[f"/check/{name.removeprefix('check-')}"]
        true_s = (head_sent - read, body_sent - accepted)
        errors.append((1000 * (processing_s - true_s[0]), 1000 * (duration_s - true_s[1])))
    return errors
