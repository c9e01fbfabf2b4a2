"""``type: Prometheus``: indicators whose values are answers to PromQL queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from seakeep.slo.objective import Operator, PrometheusRatio, PrometheusRaw, PrometheusThreshold
from seakeep.slo.openslo.spot import Spot
from seakeep.slo.promql import increase_over, with_window
from seakeep.validation import FileModel

__all__ = ["QueriedValue", "read_ratio", "read_raw", "read_value"]


def _query(value: str) -> str:
    if not value.strip():
        raise ValueError("a PromQL query")
    if "{{" in with_window(value, 1.0):
        raise ValueError("a PromQL query with no other template than {{.window}}")
    return value.strip()


Query = Annotated[str, AfterValidator(_query)]


class _Spec(FileModel):
    """One query; some tools write ``promql`` for it."""

    query: Query | None = None
    promql: Query | None = None

    @model_validator(mode="after")
    def _one_query(self) -> Self:
        if (self.query is None) == (self.promql is None):
            raise ValueError("one of 'query' and 'promql'")
        return self

    @property
    def text(self) -> str:
        return self.query or self.promql or ""


@dataclass(frozen=True, slots=True)
class QueriedValue:
    """An indicator that still lacks the threshold, which the SLO's objective holds."""

    query: str
    address: str | None

    def compared(self, operator: Operator, value: float) -> PrometheusThreshold:
        """Return the indicator whose samples are good when they compare so."""
        return PrometheusThreshold(
            query=self.query, operator=operator, value=value, address=self.address
        )


def read_ratio(
    total: Spot,
    part: Spot,
    role: Literal["good", "bad"],
    *,
    counter: bool,
    address: str | None,
) -> PrometheusRatio | None:
    """Return the indicator of two queries: all events, and the good (or bad) ones."""
    every, some = total.read(_Spec), part.read(_Spec)
    if every is None or some is None:
        return None
    if counter:
        _check_counter(total, every)
        _check_counter(part, some)
    return PrometheusRatio(
        total=every.text,
        good=some.text if role == "good" else None,
        bad=some.text if role == "bad" else None,
        counter=counter,
        address=address,
    )


def _check_counter(spot: Spot, spec: _Spec) -> None:
    """Note a problem with a query that no increase over a window can be had of."""
    try:
        increase_over(spec.text, 60.0)
    except ValueError as error:
        key = "query" if spec.query is not None else "promql"
        spot.child(key).reject(repr(spec.text), str(error))


def read_raw(
    spot: Spot, raw_type: Literal["success", "failure"], address: str | None
) -> PrometheusRaw | None:
    """Return the indicator of one query that gives the ratio itself."""
    spec = spot.read(_Spec)
    if spec is None:
        return None
    return PrometheusRaw(query=spec.text, raw_type=raw_type, address=address)


def read_value(spot: Spot, address: str | None) -> QueriedValue | None:
    """Return the indicator of a threshold metric."""
    spec = spot.read(_Spec)
    return QueriedValue(spec.text, address) if spec is not None else None
