"""Reads ``slos.yaml``: OpenSLO v1 documents of kind ``SLO`` whose events are observations.

The specification is https://github.com/OpenSLO/OpenSLO. What this reader does not support is an
error with file and line, never ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainValidator, model_validator

from seakeep.errors import ConfigError, Problem
from seakeep.observation import Attribute, Kind
from seakeep.platform import Platform
from seakeep.slo.objective import Goodness, Objective, ObservedRatio, Selector
from seakeep.slo.window import RollingWindow
from seakeep.validation import FileModel, Name, Number, Seconds, Sequence_, validate
from seakeep.yaml_source import Document, read_documents

__all__ = ["FILE_NAME", "load_objectives", "read_objectives"]

FILE_NAME = "slos.yaml"


def _kinds(value: object) -> object:
    names = value if isinstance(value, list) else [value]
    known = {kind.value for kind in Kind}
    if not names or not all(isinstance(name, str) and name in known for name in names):
        raise ValueError(f"one of {', '.join(sorted(known))}, or a list of them")
    return tuple(Kind(str(name)) for name in names)


def _rolling(value: object) -> object:
    if value is not True:
        raise ValueError("true: calendar windows are not supported")
    return value


def _scalar(value: object) -> object:
    if isinstance(value, str | int | float | bool):
        return value
    raise ValueError("a text, a number, true or false")


Scalar = Annotated[Attribute, PlainValidator(_scalar)]


class _Metadata(FileModel):
    name: Name
    display_name: str = Field(default="", alias="displayName")
    labels: Mapping[str, str] = Field(default_factory=dict)
    annotations: Mapping[str, str] = Field(default_factory=dict)


class _EventSpec(FileModel):
    """Which observations are events."""

    kind: Annotated[tuple[Kind, ...], BeforeValidator(_kinds)]
    name: str = "*"
    location: str = "*"
    attributes: Mapping[str, Scalar] = Field(default_factory=dict)
    has_attribute: str | None = Field(default=None, alias="hasAttribute")


class _GoodSpec(FileModel):
    """When an event is good."""

    outcome: Literal["good"] | None = None
    max_duration_s: Seconds | None = Field(default=None, alias="maxDuration")
    attribute: str | None = None
    max_value: Number | None = Field(default=None, alias="maxValue")

    @model_validator(mode="after")
    def _limits_in_pairs(self) -> Self:
        if (self.attribute is None) != (self.max_value is None):
            raise ValueError("'attribute' and 'maxValue' together, or neither")
        if not self.model_fields_set:
            raise ValueError("'outcome: good', 'maxDuration', or 'attribute' with 'maxValue'")
        return self


class _EventSource(FileModel):
    type: Literal["seakeep"]
    spec: _EventSpec


class _GoodSource(FileModel):
    type: Literal["seakeep"]
    spec: _GoodSpec


class _Total(FileModel):
    metric_source: _EventSource = Field(alias="metricSource")


class _Good(FileModel):
    metric_source: _GoodSource = Field(alias="metricSource")


class _RatioMetric(FileModel):
    counter: bool = True
    good: _Good
    total: _Total


class _IndicatorSpec(FileModel):
    ratio_metric: _RatioMetric = Field(alias="ratioMetric")


class _Indicator(FileModel):
    metadata: _Metadata
    spec: _IndicatorSpec


class _TimeWindow(FileModel):
    duration_s: Seconds = Field(alias="duration")
    is_rolling: Annotated[bool, BeforeValidator(_rolling)] = Field(alias="isRolling")


class _Target(FileModel):
    display_name: str = Field(default="", alias="displayName")
    target: Number | None = None
    target_percent: Number | None = Field(default=None, alias="targetPercent")

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.target is None) == (self.target_percent is None):
            raise ValueError("one of 'target' and 'targetPercent'")
        if not 0.0 < self.ratio < 1.0:
            raise ValueError("a target between 0 and 1 (0 and 100 percent), both excluded")
        return self

    @property
    def ratio(self) -> float:
        percent = self.target_percent
        return self.target if self.target is not None else (percent or 0.0) / 100.0


class _Spec(FileModel):
    description: str = ""
    service: Name
    indicator: _Indicator
    time_window: Annotated[Sequence_[_TimeWindow], Field(min_length=1, max_length=1)] = Field(
        alias="timeWindow"
    )
    budgeting_method: Literal["Occurrences"] = Field(alias="budgetingMethod")
    objectives: Annotated[Sequence_[_Target], Field(min_length=1, max_length=1)]


class _Slo(FileModel):
    api_version: Literal["openslo/v1"] = Field(alias="apiVersion")
    kind: Literal["SLO"]
    metadata: _Metadata
    spec: _Spec


def load_objectives(platform: Platform) -> tuple[Objective, ...]:
    """Return the objectives that stand beside a platform's file, in ``slos.yaml``.

    Raises:
        ConfigError: The file is wrong or missing; holds every problem.
    """
    objectives, problems = read_objectives(platform.folder / FILE_NAME)
    if not problems:
        problems = tuple(unknown_guarded(platform, objectives))
    if problems:
        raise ConfigError(problems)
    return objectives


def read_objectives(file: Path) -> tuple[tuple[Objective, ...], tuple[Problem, ...]]:
    """Return the objectives of a file, and everything that is wrong with it."""
    try:
        documents = read_documents(file)
    except ConfigError as error:
        return (), error.problems
    if not documents:
        return (), (Problem(file, 0, "", "an empty file", "at least one SLO"),)
    objectives: list[Objective] = []
    problems: list[Problem] = []
    for document in documents:
        slo, found = validate(_Slo, document)
        problems.extend(found)
        if slo is not None:
            objectives.append(_objective(slo, document))
    problems.extend(_duplicates(documents))
    return tuple(objectives), tuple(sorted(problems, key=lambda problem: problem.line))


def unknown_guarded(platform: Platform, objectives: Iterable[Objective]) -> Iterator[Problem]:
    """Yield a problem for each objective that an experiment guards but ``slos.yaml`` lacks."""
    known = [objective.name for objective in objectives]
    for index, experiment in enumerate(platform.experiments):
        for name in experiment.guarded:
            if name not in known:
                key = f"experiments[{index}].guarded"
                wanted = f"an objective of {FILE_NAME}: {', '.join(known)}"
                yield Problem(platform.folder / "platform.yaml", 0, key, repr(name), wanted)


def _objective(slo: _Slo, document: Document) -> Objective:
    ratio = slo.spec.indicator.spec.ratio_metric
    events, good = ratio.total.metric_source.spec, ratio.good.metric_source.spec
    attributes: Mapping[str, Attribute] = events.attributes
    return Objective(
        name=slo.metadata.name,
        display_name=slo.metadata.display_name or slo.metadata.name,
        description=slo.spec.description.strip(),
        service=slo.spec.service,
        target=slo.spec.objectives[0].ratio,
        window=RollingWindow(slo.spec.time_window[0].duration_s),
        indicator=ObservedRatio(
            events=Selector(
                kinds=events.kind,
                name=events.name,
                location=events.location,
                attributes=attributes,
                has_attribute=events.has_attribute,
            ),
            good=Goodness(
                needs_good_outcome=good.outcome is not None,
                max_duration_s=good.max_duration_s,
                attribute=good.attribute,
                max_value=good.max_value,
            ),
        ),
        place=f"{document.file}:{document.lines.get((), 1)}",
    )


def _duplicates(documents: Iterable[Document]) -> Iterator[Problem]:
    seen: set[str] = set()
    for document in documents:
        value = document.value
        metadata = value.get("metadata") if isinstance(value, dict) else None
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if isinstance(name, str) and name in seen:
            yield document.problem(("metadata", "name"), f"a second {name!r}", "a name of its own")
        elif isinstance(name, str):
            seen.add(name)
