"""Judges the objectives of `bench.scale` once, and prints what that took, as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from bench.scale import end_of, objectives
from seakeep.slo.evaluate import evaluate
from seakeep.store import open_store

if __name__ == "__main__":
    home, days, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    started = time.perf_counter()
    with open_store(home) as store:
        verdicts = evaluate(store, "shop", objectives(days), end=end_of(seconds))
    took_s = time.perf_counter() - started
    figures = {
        "seconds": took_s,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "events": sum(verdict.valid for verdict in verdicts),
    }
    print(json.dumps(figures))
