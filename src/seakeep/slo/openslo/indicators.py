"""The ``spec`` of an SLI, in a document of its own or inside an SLO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from seakeep.slo.objective import ObservedRatio, PrometheusRatio, PrometheusRaw
from seakeep.slo.openslo import prometheus_source, seakeep_source
from seakeep.slo.openslo.data_sources import DataSource, SourceType, SourceWord
from seakeep.slo.openslo.headers import Description, KindHeader, Metadata, Reference
from seakeep.slo.openslo.prometheus_source import QueriedValue
from seakeep.slo.openslo.seakeep_source import ObservedValue
from seakeep.slo.openslo.spot import Spot
from seakeep.validation import FileModel

__all__ = ["Metric", "Sources", "read_inline_indicator", "read_sli"]

Metric = ObservedRatio | PrometheusRatio | PrometheusRaw | ObservedValue | QueriedValue
"""An indicator; the last two become one with the threshold of an objective."""

Sources = Mapping[str, DataSource | None]
"""The file's data sources by name; ``None`` for one with problems."""


class _MetricSource(FileModel):
    ref: Reference | None = Field(default=None, alias="metricSourceRef")
    type: SourceWord | None = None
    spec: Mapping[str, object]

    @model_validator(mode="after")
    def _some_source(self) -> Self:
        if self.ref is None and self.type is None:
            raise ValueError("a 'type', or a 'metricSourceRef' to a DataSource")
        return self


class _Metric(FileModel):
    source: _MetricSource = Field(alias="metricSource")


class _Ratio(FileModel):
    counter: bool | None = None
    good: _Metric | None = None
    bad: _Metric | None = None
    total: _Metric | None = None
    raw_type: Literal["success", "failure"] | None = Field(default=None, alias="rawType")
    raw: _Metric | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = {name for name in ("good", "bad", "total", "raw") if getattr(self, name)}
        if given not in ({"good", "total"}, {"bad", "total"}, {"raw"}):
            raise ValueError("'good' and 'total', or 'bad' and 'total', or 'raw' with 'rawType'")
        if (self.raw is None) != (self.raw_type is None):
            raise ValueError("'raw' and 'rawType' together, or neither")
        return self


class _Spec(FileModel):
    description: Description = ""
    threshold: _Metric | None = Field(default=None, alias="thresholdMetric")
    ratio: _Ratio | None = Field(default=None, alias="ratioMetric")

    @model_validator(mode="after")
    def _one_metric(self) -> Self:
        if (self.threshold is None) == (self.ratio is None):
            raise ValueError("one of 'ratioMetric' and 'thresholdMetric'")
        return self


class _Sli(KindHeader):
    kind: Literal["SLI"]
    spec: Mapping[str, object]


class _InlineSli(FileModel):
    metadata: Metadata
    spec: Mapping[str, object]


def read_sli(spot: Spot, sources: Sources) -> Metric | None:
    """Return the indicator of a document of kind ``SLI``, or ``None`` after noting problems."""
    return _read_spec(spot.child("spec"), sources) if spot.read(_Sli) is not None else None


def read_inline_indicator(spot: Spot, sources: Sources) -> Metric | None:
    """Return the indicator that stands inside an SLO, or ``None`` after noting problems."""
    return _read_spec(spot.child("spec"), sources) if spot.read(_InlineSli) is not None else None


def _read_spec(spot: Spot, sources: Sources) -> Metric | None:
    spec = spot.read(_Spec)
    if spec is None:
        return None
    if spec.ratio is not None:
        return _read_ratio(spec.ratio, spot.child("ratioMetric"), sources)
    here = spot.child("thresholdMetric", "metricSource")
    source = _resolve(spec.threshold, here, sources)
    if source is None:
        return None
    if source.type is SourceType.SEAKEEP:
        return seakeep_source.read_value(here.child("spec"))
    return prometheus_source.read_value(here.child("spec"), source.address)


def _read_ratio(ratio: _Ratio, spot: Spot, sources: Sources) -> Metric | None:
    if ratio.raw is not None:
        return _read_raw(ratio, spot.child("raw", "metricSource"), sources)
    role: Literal["good", "bad"] = "good" if ratio.good is not None else "bad"
    total_spot = spot.child("total", "metricSource")
    part_spot = spot.child(role, "metricSource")
    total = _resolve(ratio.total, total_spot, sources)
    part = _resolve(ratio.good or ratio.bad, part_spot, sources)
    if total is None or part is None:
        return None
    if part != total:
        part_spot.reject(_told(part), f"the source of 'total', {_told(total)}")
        return None
    total_spec, part_spec = total_spot.child("spec"), part_spot.child("spec")
    if total.type is SourceType.SEAKEEP:
        if ratio.counter is False:
            spot.child("counter").reject("False", "true, or no such key: observations are counted")
        return seakeep_source.read_ratio(total_spec, part_spec, role)
    if ratio.counter is None:
        spot.child("counter").reject(
            "nothing", "true when the series only grow, false when each value is a count"
        )
    return prometheus_source.read_ratio(
        total_spec, part_spec, role, counter=bool(ratio.counter), address=total.address
    )


def _read_raw(ratio: _Ratio, spot: Spot, sources: Sources) -> Metric | None:
    source = _resolve(ratio.raw, spot, sources)
    if source is None or ratio.raw_type is None:
        return None
    if source.type is SourceType.SEAKEEP:
        spot.reject("type seakeep", "type Prometheus: observations are events, not ratios")
        return None
    return prometheus_source.read_raw(spot.child("spec"), ratio.raw_type, source.address)


def _resolve(metric: _Metric | None, spot: Spot, sources: Sources) -> DataSource | None:
    """Return where a metric comes from: its ``type``, its ``metricSourceRef``, or both."""
    if metric is None:
        return None
    wanted = metric.source.type
    if metric.source.ref is None:
        return DataSource(wanted) if wanted is not None else None
    source = spot.child("metricSourceRef").refer("DataSource", sources)
    if source is not None and wanted not in {None, source.type}:
        spot.child("type").reject(str(wanted), f"{source.type}, the type of {metric.source.ref}")
        return None
    return source


def _told(source: DataSource) -> str:
    return f"{source.type} at {source.address}" if source.address else str(source.type)
