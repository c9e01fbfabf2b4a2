"""Feeds hours of requests through the recorder and into a store, and prints its memory on the way.

``python -m bench.load_soak_worker HOME SECONDS RATE_PER_S``
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

import psutil

from seakeep.load.recorder import LATE_S, Recorder
from seakeep.store import open_store

_EVERY_S = 60
_NAMES = ("/", "/health", "/lti/config")


def soak(home: Path, seconds: int, rate_per_s: int) -> list[tuple[float, float]]:
    """Return hours of recorded time, and the megabytes of this process then."""
    chance, this = random.Random(1), psutil.Process()
    recorder = Recorder("shop", "soak", (0.3, 1.0))
    begin = int(time.time()) - seconds
    samples = []
    with open_store(home) as store:
        for second in range(seconds):
            for number in range(rate_per_s):
                recorder.on_request(
                    request_type="GET",
                    name=_NAMES[number % len(_NAMES)],
                    response_time=1000 * chance.lognormvariate(-3.0, 1.0),
                    start_time=begin + second + number / rate_per_s,
                    context={LATE_S: 0.0},
                )
            store.record_many(recorder.take())
            if second % _EVERY_S == 0:
                samples.append((second / 3_600, this.memory_info().rss / 1e6))
    return samples


if __name__ == "__main__":
    print(json.dumps(soak(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
