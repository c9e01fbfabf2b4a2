"""Torment: two hundred experiments, each ended at a random moment in one of seven ways."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from bench.measure import Figure
from bench.torture import Ordeal, Way, torture

__all__ = ["run"]

_RUNS = int(os.environ.get("SEAKEEP_BENCH_TORMENT_RUNS", "200"))
_LANES = int(os.environ.get("SEAKEEP_BENCH_TORMENT_LANES", "3"))

_LONGEST_S = 9.0
"""An undisturbed run takes about so long; the moment of the end is drawn from that."""


def run() -> Iterator[Figure]:
    """Inflict every way in turn, at random moments, in a few lanes side by side."""
    seed = int(os.environ.get("SEAKEEP_BENCH_SEED", str(random.randrange(10**6))))
    drawn = random.Random(seed)
    ways = list(Way)
    plan = [(ways[n % len(ways)], drawn.uniform(0.0, _LONGEST_S)) for n in range(_RUNS)]
    with ThreadPoolExecutor(_LANES) as pool:
        lanes = [pool.submit(_lane, plan[lane::_LANES]) for lane in range(_LANES)]
        ordeals = [ordeal for lane in lanes for ordeal in lane.result()]
    for ordeal in ordeals:
        for wrong in ordeal.wrong:
            print(f"  seed {seed}: {ordeal.way} after {ordeal.after_s:.2f} s: {wrong}")
    bad = float(sum(bool(ordeal.wrong) for ordeal in ordeals))
    injected = float(sum(ordeal.injected for ordeal in ordeals))
    yield Figure(f"torment: of {len(ordeals)} runs, with a fault", (injected,), "runs")
    yield Figure("torment: runs that left anything", (bad,), "runs", "0", bad == 0)
    for way in ways:
        gone = tuple(o.gone_s for o in ordeals if o.way is way and o.injected)
        if gone and way is not Way.KILL_BOTH:
            yield Figure(f"torment: {way} to no fault", gone, "s")


def _lane(plan: Sequence[tuple[Way, float]]) -> list[Ordeal]:
    with torture() as made:
        return [made.inflict(way, after_s) for way, after_s in plan]
