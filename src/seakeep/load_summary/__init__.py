"""What a load run did and saw, summed up: for the load gate as for the reports."""

from seakeep.load_summary.record import (
    Arrivals,
    GeneratorFitness,
    Latencies,
    LoadSummary,
    RequestSummary,
)
from seakeep.load_summary.summing import OTHER, TOTAL, LoadSummer, summarize_load

__all__ = [
    "OTHER",
    "TOTAL",
    "Arrivals",
    "GeneratorFitness",
    "Latencies",
    "LoadSummary",
    "LoadSummer",
    "RequestSummary",
    "summarize_load",
]
