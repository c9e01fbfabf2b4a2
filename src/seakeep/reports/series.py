"""Samples and groups of them: the shape in which metrics leave Seakeep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

__all__ = ["FAMILIES", "MetricGroup", "Sample", "registry", "text"]

# Name: (type, help). The names of the first block are those of the blackbox exporter, with its
# meaning, so that its dashboards and alerts work unchanged; the web vitals are named and scaled
# (milliseconds, CLS without a unit) as Grafana's synthetic browser checks have them.
FAMILIES: Mapping[str, tuple[str, str]] = {
    "probe_success": ("gauge", "Whether the latest valid observation was good."),
    "probe_duration_seconds": ("gauge", "How long the latest valid observation took."),
    "probe_http_status_code": ("gauge", "Status code of the latest answer."),
    "probe_http_duration_seconds": ("gauge", "Time by phase of the latest exchange."),
    "probe_browser_web_vital_lcp": ("gauge", "Largest Contentful Paint in milliseconds."),
    "probe_browser_web_vital_inp": ("gauge", "Interaction to Next Paint in milliseconds."),
    "probe_browser_web_vital_cls": ("gauge", "Cumulative Layout Shift, without a unit."),
    "probe_browser_web_vital_fcp": ("gauge", "First Contentful Paint in milliseconds."),
    "probe_browser_web_vital_ttfb": ("gauge", "Time to First Byte in milliseconds."),
    "seakeep_load_requests": ("counter", "Requests of the latest load run by outcome."),
    "seakeep_load_request_duration_seconds": ("summary", "Durations of the latest load run."),
    "seakeep_experiment_held": ("gauge", "Whether the platform held its steady state."),
    "seakeep_experiment_state": ("gauge", "How the experiment ended: 1 for that state."),
    "seakeep_experiment_detection_seconds": ("gauge", "From injection until it was seen."),
    "seakeep_experiment_recovery_seconds": ("gauge", "From removal (injection, for a kill) on."),
    "seakeep_verdict": ("gauge", "What may be claimed of the objective: 1 for that state."),
    "seakeep_slo_target": ("gauge", "Share of events that must be good."),
    "seakeep_slo_estimate": ("gauge", "Share of events that were good."),
    "seakeep_slo_lower_bound": ("gauge", "Lower confidence bound of the true share."),
    "seakeep_slo_upper_bound": ("gauge", "Upper confidence bound of the true share."),
    "seakeep_slo_error_budget_remaining": ("gauge", "Share of the budget left; may be negative."),
    "seakeep_slo_burn_rate": ("gauge", "Error ratio over error budget."),
    "seakeep_slo_events": ("gauge", "Events of the latest run that had any, by outcome."),
    "seakeep_invalid_observations": ("gauge", "Observations that an unfit observer made."),
    "seakeep_last_run_timestamp_seconds": ("gauge", "When the latest run ended."),
    "seakeep_build_info": ("gauge", "The version of Seakeep, always 1."),
}
"""Every metric that Seakeep pushes."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value.

    Attributes:
        family: A name in `FAMILIES`.
        labels: Its labels, without those of its group.
        value: The value, in the unit that the name or the help states.
        suffix: ``_total``, ``_sum`` or ``_count`` where the family's type wants one.
    """

    family: str
    labels: Mapping[str, str]
    value: float
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """Samples that are pushed, and replaced, together.

    Attributes:
        key: The grouping key; ``job`` comes first.
        samples: What is pushed.
    """

    key: Mapping[str, str]
    samples: tuple[Sample, ...]


class _Samples(Collector):
    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = tuple(samples)

    def collect(self) -> Iterator[Metric]:
        """Yield the families that have samples, each once."""
        families: dict[str, Metric] = {}
        for sample in self._samples:
            kind, documentation = FAMILIES[sample.family]
            family = families.setdefault(sample.family, Metric(sample.family, documentation, kind))
            family.add_sample(sample.family + sample.suffix, dict(sample.labels), sample.value)
        yield from families.values()


def registry(samples: Iterable[Sample]) -> CollectorRegistry:
    """Return a registry that holds the samples and nothing else."""
    collected = CollectorRegistry(auto_describe=False)
    collected.register(_Samples(samples))
    return collected


def text(samples: Iterable[Sample]) -> bytes:
    """Return the samples in Prometheus' text format."""
    return generate_latest(registry(samples))
