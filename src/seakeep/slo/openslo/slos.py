"""Documents of kind ``SLO``: each becomes one objective, or several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from seakeep.slo.alert_policy import AlertPolicy, BurnRateCondition
from seakeep.slo.objective import Objective
from seakeep.slo.openslo.alerts import read_policies
from seakeep.slo.openslo.data_sources import DataSource
from seakeep.slo.openslo.headers import Description, KindHeader, Reference, SloMetadata
from seakeep.slo.openslo.indicators import Metric, read_inline_indicator
from seakeep.slo.openslo.prometheus_source import QueriedValue
from seakeep.slo.openslo.seakeep_source import ObservedValue
from seakeep.slo.openslo.spot import Spot
from seakeep.slo.openslo.targets import Method, Target, budgeting_of, indicator_of, name_of
from seakeep.slo.openslo.windows import read_window
from seakeep.slo.window import Window
from seakeep.validation import FileModel, Sequence_

__all__ = ["Shelf", "read_slo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What an SLO can refer to, by kind and name; ``None`` for a document with problems."""

    services: Mapping[str, str | None]
    sources: Mapping[str, DataSource | None]
    indicators: Mapping[str, Metric | None]
    conditions: Mapping[str, BurnRateCondition | None]
    targets: Mapping[str, str | None]
    policies: Mapping[str, AlertPolicy | None]


class _Spec(FileModel):
    description: Description = ""
    service: Reference
    indicator: object = None
    indicator_ref: object = Field(default=None, alias="indicatorRef")
    time_window: object = Field(alias="timeWindow")
    budgeting_method: Method = Field(alias="budgetingMethod")
    objectives: Annotated[Sequence_[Target], Field(min_length=1)]
    alert_policies: object = Field(default=None, alias="alertPolicies")

    @model_validator(mode="after")
    def _one_indicator(self) -> Self:
        if (self.indicator is None) == (self.indicator_ref is None):
            raise ValueError("one of 'indicator' and 'indicatorRef'")
        return self


class _Slo(KindHeader):
    kind: Literal["SLO"]
    metadata: SloMetadata
    spec: _Spec


@dataclass(frozen=True, slots=True)
class _Parts:
    """What is read apart, so that all problems of an SLO are told at once."""

    metric: Metric | None
    window: Window | None
    policies: tuple[AlertPolicy, ...]


def read_slo(spot: Spot, shelf: Shelf) -> tuple[Objective, ...]:
    """Return the objectives of one SLO; those with problems, which are noted, are left out."""
    slo = spot.read(_Slo)
    spec = spot.child("spec")
    if not isinstance(spec.value, dict):
        return ()
    parts = _read_parts(spec, shelf)
    if slo is None:
        return ()
    if shelf.services:
        spec.child("service").refer("Service", shelf.services)
    if isinstance(parts.metric, ObservedValue | QueriedValue) and len(slo.spec.objectives) > 1:
        found = f"{len(slo.spec.objectives)} objectives"
        spec.child("objectives").reject(found, "one for a thresholdMetric, as OpenSLO has it")
        return ()
    read = (
        _objective(slo, target, parts, spot, spec.child("objectives", index))
        for index, target in enumerate(slo.spec.objectives)
    )
    return tuple(objective for objective in read if objective is not None)


def _read_parts(spec: Spot, shelf: Shelf) -> _Parts:
    metric = None
    if isinstance(spec.child("indicator").value, dict):
        metric = read_inline_indicator(spec.child("indicator"), shelf.sources)
    elif spec.child("indicator").value is not None:
        spec.child("indicator").reject("no mapping", "a mapping of keys to values")
    elif spec.child("indicatorRef").value is not None:
        metric = spec.child("indicatorRef").refer("SLI", shelf.indicators)
    window = None
    if spec.child("timeWindow").value is not None:
        window = read_window(spec.child("timeWindow"))
    policies = read_policies(
        spec.child("alertPolicies"), shelf.policies, shelf.conditions, shelf.targets
    )
    return _Parts(metric, window, policies)


def _objective(
    slo: _Slo, target: Target, parts: _Parts, spot: Spot, target_spot: Spot
) -> Objective | None:
    if parts.metric is None or parts.window is None:
        return None
    indicator = indicator_of(parts.metric, target, target_spot)
    window_s = parts.window.duration_s
    budgeting = budgeting_of(slo.spec.budgeting_method, target, window_s, target_spot)
    if indicator is None or budgeting is None:
        return None
    alone = len(slo.spec.objectives) == 1
    title = slo.metadata.display_name or slo.metadata.name
    own = target.display_name or f"{target.ratio:.10g}"
    return Objective(
        name=name_of(slo.metadata.name, target, alone=alone),
        display_name=title if alone else f"{title}: {own}",
        description=slo.spec.description,
        service=slo.spec.service,
        target=target.ratio,
        window=parts.window,
        indicator=indicator,
        budgeting=budgeting,
        place=spot.place if alone else target_spot.place,
        alert_policies=parts.policies,
    )
