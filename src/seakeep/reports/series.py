"""Samples and groups of them: the shape in which metrics leave Seakeep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from seakeep.reports.families import FAMILIES

__all__ = ["MetricGroup", "Sample", "registry", "text"]


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


def _series(sample: Sample) -> tuple[str, frozenset[tuple[str, str]]]:
    return sample.family + sample.suffix, frozenset(sample.labels.items())


class _Samples(Collector):
    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = tuple(samples)

    def collect(self) -> Iterator[Metric]:
        """Yield the families that have samples, each once, and no series twice.

        Names that differ only where they are cut, or in what is not fit to print, come out alike;
        the latest stands for them, as one series given twice spoils the whole.
        """
        families: dict[str, Metric] = {}
        single = {_series(sample): sample for sample in self._samples}
        for sample in single.values():
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
