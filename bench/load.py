"""What load promises: the truth about rates and latencies, throughput, and memory that stays."""

from __future__ import annotations

from collections.abc import Iterator

from bench import load_percentiles, load_rate, load_soak, load_stall, load_throughput
from bench.measure import Figure

__all__ = ["run"]


def run() -> Iterator[Figure]:
    """Yield the figures of all parts."""
    for part in (load_stall, load_rate, load_percentiles, load_throughput, load_soak):
        yield from part.run()
