"""The ``objectives`` of an SLO: targets, thresholds and time slices."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from seakeep.duration import parse_duration
from seakeep.slo.objective import Budgeting, Indicator, Operator
from seakeep.slo.openslo.headers import OperatorWord
from seakeep.slo.openslo.indicators import Metric
from seakeep.slo.openslo.prometheus_source import QueriedValue
from seakeep.slo.openslo.seakeep_source import ObservedValue
from seakeep.slo.openslo.spot import Spot
from seakeep.validation import FileModel, Number

__all__ = ["Method", "Target", "budgeting_of", "indicator_of", "name_of"]

Method = Literal["Occurrences", "Timeslices", "RatioTimeslices"]

_MOST_NAME = 63  # RFC 1123, as `seakeep.validation.Name`


def _ratio(value: float) -> float:
    if not 0.0 <= value <= 1.0:
        raise ValueError("a ratio between 0 and 1; 'targetPercent' takes percent")
    return value


def _percent(value: float) -> float:
    if not 0.0 <= value <= 100.0:
        raise ValueError("percent between 0 and 100")
    return value


def _slice_target(value: float) -> float:
    if not 0.0 < value <= 1.0:
        raise ValueError("a ratio above 0, up to 1")
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("a number")
    return value


def _slice_window(value: object) -> object:
    """Return seconds; a bare number means minutes, as the specification has it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 < value < math.inf:
            raise ValueError("minutes above zero")
        return value * 60.0
    if not isinstance(value, str):
        raise ValueError("minutes, or a duration such as 1m")  # noqa: TRY004 - for pydantic
    return parse_duration(value)


def _composite(_: object) -> object:
    raise ValueError("one indicator for the whole SLO: composite SLOs are not supported")


Refused = Annotated[None, BeforeValidator(_composite)]


class Target(FileModel):
    """One of the ``objectives`` of an SLO."""

    display_name: str = Field(default="", alias="displayName")
    operator: OperatorWord | None = Field(default=None, alias="op")
    value: Annotated[Number, AfterValidator(_finite)] | None = None
    target: Annotated[Number, AfterValidator(_ratio)] | None = None
    target_percent: Annotated[Number, AfterValidator(_percent)] | None = Field(
        default=None, alias="targetPercent"
    )
    slice_target: Annotated[Number, AfterValidator(_slice_target)] | None = Field(
        default=None, alias="timeSliceTarget"
    )
    slice_s: Annotated[float, BeforeValidator(_slice_window)] | None = Field(
        default=None, alias="timeSliceWindow"
    )
    indicator: Refused = None
    indicator_ref: Refused = Field(default=None, alias="indicatorRef")
    composite_weight: Refused = Field(default=None, alias="compositeWeight")

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.target is None) == (self.target_percent is None):
            raise ValueError("one of 'target' and 'targetPercent'")
        return self

    @property
    def ratio(self) -> float:
        """Return the target as a ratio between 0 and 1; 99.9 percent is exactly 0.999."""
        if self.target is not None:
            return self.target
        return float(Decimal(repr(self.target_percent or 0.0)) / 100)


def indicator_of(metric: Metric, target: Target, spot: Spot) -> Indicator | None:
    """Return the whole indicator: a threshold metric needs the objective's ``op`` and ``value``."""
    if isinstance(metric, ObservedValue | QueriedValue):
        if target.operator is None or target.value is None:
            spot.reject("no 'op' and 'value'", "both, which a thresholdMetric is compared with")
            return None
        return metric.compared(target.operator, target.value)
    if target.value is not None:
        spot.child("value").reject(str(target.value), "no such key: only a thresholdMetric has it")
    # The specification's own examples write "op: gt" beside a ratio: at least the target.
    if target.operator in {Operator.LESS, Operator.LESS_OR_EQUAL}:
        spot.child("op").reject(
            str(target.operator), "gt, gte or no such key: a ratio is good when high"
        )
    return metric


def budgeting_of(method: Method, target: Target, window_s: float, spot: Spot) -> Budgeting | None:
    """Return what the budget is counted in, or ``None`` after noting problems."""
    needed = {"timeSliceTarget": method == "Timeslices", "timeSliceWindow": method != "Occurrences"}
    given = {"timeSliceTarget": target.slice_target, "timeSliceWindow": target.slice_s}
    sound = True
    for key, is_needed in needed.items():
        if is_needed and given[key] is None:
            spot.child(key).reject("nothing", f"the key {key!r}, for budgetingMethod {method}")
            sound = False
        elif not is_needed and given[key] is not None:
            spot.child(key).reject(
                repr(spot.child(key).value), f"no such key: budgetingMethod is {method}"
            )
            sound = False
    if sound and target.slice_s is not None and target.slice_s > window_s:
        found = repr(spot.child("timeSliceWindow").value)
        spot.child("timeSliceWindow").reject(found, "a slice no longer than the window")
        sound = False
    if not sound:
        return None
    return Budgeting(method=method, slice_s=target.slice_s or 0.0, slice_target=target.slice_target)


def name_of(slo: str, target: Target, *, alone: bool) -> str:
    """Return the objective's name: the SLO's, and with several what tells this one from the others.

    That is its ``displayName`` in lower case, or else its target in percent, so that neither the
    order nor the number of the others matters: ``api-internal-goal``, ``api-99-5``.
    """
    if alone:
        return slo
    percent = f"{target.ratio * 100:.10g}"
    own = re.sub(r"[^a-z0-9]+", "-", (target.display_name or percent).lower()).strip("-")
    return f"{slo}-{own or re.sub('[^0-9]+', '-', percent)}"[:_MOST_NAME].rstrip("-")
