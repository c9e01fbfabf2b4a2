"""Run as a process of its own: an observer that is starved, of one thing or the other."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import time

from seakeep.causes import Cause
from seakeep.observation import Outcome
from seakeep.probes.fitness import Exchange, FitnessMonitor

BURN = (
    "import time; end = time.monotonic() + 4; print(flush=True)\nwhile time.monotonic() < end: pass"
)


def ended(began_s: float, cause: str) -> Exchange:
    return Exchange(
        began_s=began_s,
        ended_s=time.perf_counter(),
        outcome=Outcome.BAD,
        cause=cause,
        host="127.0.0.1",
    )


def of_processor() -> None:
    """Work beside three others that come first, all on one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    command = [sys.executable, "-S", "-c", BURN]
    burning = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    try:
        for process in burning:
            if process.stdout is not None:
                process.stdout.readline()
        asyncio.run(work_for(0.8))
    finally:
        for process in burning:
            process.kill()
            process.communicate()


async def work_for(seconds: float) -> None:
    """Keep the loop busy, after all others, and say whether the observer was fit meanwhile."""
    async with FitnessMonitor() as monitor:
        began_s = time.perf_counter()
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        while time.perf_counter() < began_s + seconds:
            sum(range(1000))
            await asyncio.sleep(0)
        print(monitor.unfit(ended(began_s, Cause.TIMEOUT_READ)))


async def of_descriptors() -> None:
    """Open all but a few of what the limit allows."""
    async with FitnessMonitor() as monitor:
        began_s = time.perf_counter()
        print(monitor.unfit(ended(began_s, Cause.DNS)))
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        taken = [os.dup(0) for _ in range(64 - os.dup(0) - 3)]
        await asyncio.sleep(0.11)
        for cause in (Cause.DNS, Cause.STATUS, Cause.REFUSED):
            print(monitor.unfit(ended(began_s, cause)))
        for one in taken:
            os.close(one)
        await asyncio.sleep(0.11)
        print(monitor.unfit(ended(time.perf_counter(), Cause.DNS)))


if __name__ == "__main__":
    if sys.argv[1] == "processor":
        of_processor()
    else:
        asyncio.run(of_descriptors())
