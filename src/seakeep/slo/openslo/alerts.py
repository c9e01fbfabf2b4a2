"""Alert policies, their conditions and whom they tell: by reference, or inline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from seakeep.duration import WANTED as DURATION_WANTED
from seakeep.duration import parse_duration
from seakeep.slo.alert_policy import AlertPolicy, BurnRateCondition
from seakeep.slo.objective import Operator
from seakeep.slo.openslo.headers import (
    Description,
    KindHeader,
    OperatorWord,
    Reference,
    VersionWord,
)
from seakeep.slo.openslo.spot import Spot
from seakeep.validation import FileModel, Number, Seconds, Sequence_

__all__ = ["read_condition", "read_policies", "read_policy", "read_target"]

Conditions = Mapping[str, BurnRateCondition | None]
Targets = Mapping[str, str | None]
Policies = Mapping[str, AlertPolicy | None]


def _delay(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(DURATION_WANTED)  # noqa: TRY004 - pydantic collects ValueError only
    return 0.0 if value in {"0", "0s", "0m", "0h"} else parse_duration(value)


class _BurnRate(FileModel):
    kind: Literal["burnrate"] = "burnrate"
    operator: OperatorWord = Field(default=Operator.GREATER, alias="op")
    threshold: Annotated[Number, Field(gt=0, allow_inf_nan=False)]
    lookback_s: Seconds = Field(alias="lookbackWindow")
    alert_after_s: Annotated[float, BeforeValidator(_delay)] = Field(
        default=0.0, alias="alertAfter"
    )


class _ConditionSpec(FileModel):
    description: Description = ""
    severity: Annotated[str, Field(min_length=1)]
    condition: _BurnRate


class _Condition(KindHeader):
    kind: Literal["AlertCondition"]
    spec: _ConditionSpec


class _InlineCondition(_Condition):
    api_version: VersionWord = Field(default="openslo/v1", alias="apiVersion")


class _TargetSpec(FileModel):
    description: Description = ""
    target: Annotated[str, Field(min_length=1)]


class _Target(KindHeader):
    kind: Literal["AlertNotificationTarget"]
    spec: _TargetSpec


class _InlineTarget(_Target):
    api_version: VersionWord = Field(default="openslo/v1", alias="apiVersion")


class _PolicySpec(FileModel):
    description: Description = ""
    when_breaching: bool = Field(default=True, alias="alertWhenBreaching")
    when_resolved: bool = Field(default=False, alias="alertWhenResolved")
    when_no_data: bool = Field(default=False, alias="alertWhenNoData")
    conditions: object
    targets: Sequence_[object] = Field(default=(), alias="notificationTargets")


class _Policy(KindHeader):
    kind: Literal["AlertPolicy"]
    spec: _PolicySpec


class _InlinePolicy(_Policy):
    api_version: VersionWord = Field(default="openslo/v1", alias="apiVersion")


class _ConditionRef(FileModel):
    condition: Reference = Field(alias="conditionRef")


class _TargetRef(FileModel):
    target: Reference = Field(alias="targetRef")


class _PolicyRef(FileModel):
    policy: Reference = Field(alias="alertPolicyRef")


def read_condition(spot: Spot, *, inline: bool = False) -> BurnRateCondition | None:
    """Return a condition, or ``None`` after noting its problems."""
    read = spot.read(_InlineCondition if inline else _Condition)
    if read is None:
        return None
    return BurnRateCondition(
        name=read.metadata.name,
        severity=read.spec.severity,
        description=read.spec.description,
        operator=read.spec.condition.operator,
        threshold=read.spec.condition.threshold,
        lookback_s=read.spec.condition.lookback_s,
        alert_after_s=read.spec.condition.alert_after_s,
    )


def read_target(spot: Spot, *, inline: bool = False) -> str | None:
    """Return the name of one who is told, or ``None`` after noting problems."""
    read = spot.read(_InlineTarget if inline else _Target)
    return read.metadata.name if read is not None else None


def read_policy(
    spot: Spot, conditions: Conditions, targets: Targets, *, inline: bool = False
) -> AlertPolicy | None:
    """Return a policy, or ``None`` after noting its problems."""
    read = spot.read(_InlinePolicy if inline else _Policy)
    if read is None:
        return None
    spec = spot.child("spec")
    condition = _one_condition(spec.child("conditions"), conditions)
    told = _told(spec.child("notificationTargets"), targets)
    tells = read.spec.when_breaching or read.spec.when_resolved or read.spec.when_no_data
    if not tells:
        wanted = "true for one of the 'alertWhen...', or it never tells"
        spec.child("alertWhenBreaching").reject("False", wanted)
    if condition is None:
        return None
    return AlertPolicy(
        name=read.metadata.name,
        conditions=(condition,),
        display_name=read.metadata.display_name,
        description=read.spec.description,
        alert_when_breaching=read.spec.when_breaching,
        alert_when_resolved=read.spec.when_resolved,
        alert_when_no_data=read.spec.when_no_data,
        notification_targets=told,
    )


def read_policies(
    spot: Spot, policies: Policies, conditions: Conditions, targets: Targets
) -> tuple[AlertPolicy, ...]:
    """Return the policies of an SLO's ``alertPolicies``: names, references or whole policies."""
    if spot.value is not None and not isinstance(spot.value, list):
        spot.reject("no list", "a list of alert policies")
    read: list[AlertPolicy | None] = []
    for item in spot.items():
        if isinstance(item.value, str):
            read.append(item.refer("AlertPolicy", policies))
        elif isinstance(item.value, dict) and "alertPolicyRef" in item.value:
            if item.read(_PolicyRef) is not None:
                read.append(item.child("alertPolicyRef").refer("AlertPolicy", policies))
        else:
            read.append(read_policy(item, conditions, targets, inline=True))
    return tuple(policy for policy in read if policy is not None)


def _one_condition(spot: Spot, conditions: Conditions) -> BurnRateCondition | None:
    if not isinstance(spot.value, list) or len(spot.value) != 1:
        found = f"{len(spot.value)} conditions" if isinstance(spot.value, list) else "no list"
        spot.reject(found, "a list of exactly one condition, as OpenSLO has it")
        return None
    item = spot.child(0)
    if not isinstance(item.value, dict) or "conditionRef" not in item.value:
        return read_condition(item, inline=True)
    if item.read(_ConditionRef) is None:
        return None
    return item.child("conditionRef").refer("AlertCondition", conditions)


def _told(spot: Spot, targets: Targets) -> tuple[str, ...]:
    names = []
    for item in spot.items():
        if not isinstance(item.value, dict) or "targetRef" not in item.value:
            names.append(read_target(item, inline=True))
        elif item.read(_TargetRef) is not None:
            names.append(item.child("targetRef").refer("AlertNotificationTarget", targets))
    return tuple(name for name in names if name is not None)
