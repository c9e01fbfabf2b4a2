"""Runs a platform's checks once, in a process of its own, and prints what that took, as JSON.

``python -m bench.probe_worker PLATFORM JSON``, where the JSON says how: ``store`` (the folder to
record in, if any), ``concurrency`` (if not as by default), ``warm_up`` (how many checks go before,
uncounted) and ``each`` (whether to print every observation's times).
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from seakeep.observation import Observation, Outcome
from seakeep.platform import Platform
from seakeep.platform_file import load_platform
from seakeep.probes.engine import run_checks
from seakeep.store import open_store

__all__ = ["measure"]


async def _look(platform: Platform, count: int, concurrency: int | None) -> tuple[Observation, ...]:
    return await run_checks(
        platform,
        platform.checks[:count],
        location="local",
        run_id="bench",
        max_concurrency=concurrency,
    )


def measure(platform: Platform, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the seconds of wall and of CPU, user and system, that all checks took.

    Raises:
        RuntimeError: A check did not pass: what failed did less work.
    """
    concurrency = wanted.get("concurrency")
    asyncio.run(_look(platform, wanted.get("warm_up", 200), concurrency))
    wall, cpu = time.perf_counter(), _cpu_s()
    seen = asyncio.run(_look(platform, len(platform.checks), concurrency))
    if wanted.get("store"):
        with open_store(Path(wanted["store"])) as store:
            store.record_many(seen)
    figures = {"wall_s": time.perf_counter() - wall, "cpu_s": _cpu_s() - cpu, "checks": len(seen)}
    wrong = next((one for one in seen if one.outcome is not Outcome.GOOD), None)
    if wrong is not None:
        raise RuntimeError(f"{wrong.name}: {wrong.message}")
    return figures | ({"each": [_times(one) for one in seen]} if wanted.get("each") else {})


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _times(one: Observation) -> tuple[str, float, float]:
    processing_s = one.phases.processing_s if one.phases else None
    return one.name, processing_s or 0.0, one.duration_s


if __name__ == "__main__":
    print(json.dumps(measure(load_platform(sys.argv[1]), json.loads(sys.argv[2]))))
