"""What a load run did and saw, summed up: for the load gate as for the reports."""

from seakeep.load_summary.record import (
    Arrivals,
    GeneratorFitness,
    Latencies,
    LoadSummary,
    RequestSummary,
)
from seakeep.load_summary.summing import OTHER, TOTAL, LoadSummer, summarize_load
from seakeep.load_summary.wording import arrivals_told, doubts_told, unfitness_told

__all__ = [
    "OTHER",
    "TOTAL",
    "Arrivals",
    "GeneratorFitness",
    "Latencies",
    "LoadSummary",
    "LoadSummer",
    "RequestSummary",
    "arrivals_told",
    "doubts_told",
    "summarize_load",
    "unfitness_told",
]
