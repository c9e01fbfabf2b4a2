"""From the documents of ``slos.yaml`` to objectives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field

from seakeep.errors import ConfigError, Problem
from seakeep.platform import Platform
from seakeep.slo.objective import Objective
from seakeep.slo.openslo.alerts import read_condition, read_policy, read_target
from seakeep.slo.openslo.data_sources import read_data_source
from seakeep.slo.openslo.headers import Description, KindHeader
from seakeep.slo.openslo.indicators import read_sli
from seakeep.slo.openslo.slos import Shelf, read_slo
from seakeep.slo.openslo.spot import Spot
from seakeep.validation import FileModel
from seakeep.yaml_source import Document, read_documents

__all__ = [
    "FILE_NAME",
    "load_objectives",
    "objectives_if_any",
    "read_objectives",
    "unknown_guarded",
]

FILE_NAME = "slos.yaml"

_KINDS = (
    "SLO",
    "SLI",
    "Service",
    "DataSource",
    "AlertPolicy",
    "AlertCondition",
    "AlertNotificationTarget",
)

T = TypeVar("T")
ByKind = Mapping[str, list[Spot]]


class _ServiceSpec(FileModel):
    description: Description = ""


class _Service(KindHeader):
    kind: Literal["Service"]
    spec: _ServiceSpec | None = Field(default=None)


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


def objectives_if_any(platform: Platform) -> tuple[Objective, ...]:
    """Return a platform's objectives, or none where it has promised nothing yet.

    Raises:
        ConfigError: Its file is wrong; holds every problem.
    """
    return load_objectives(platform) if (platform.folder / FILE_NAME).exists() else ()


def read_objectives(file: Path) -> tuple[tuple[Objective, ...], tuple[Problem, ...]]:
    """Return the objectives of a file, and everything that is wrong with it."""
    try:
        documents = read_documents(file)
    except ConfigError as error:
        return (), error.problems
    if not documents:
        return (), (Problem(file, 0, "", "an empty file", "at least one SLO"),)
    problems = [problem for document in documents for problem in document.problems]
    by_kind = _sorted_by_kind(documents, problems)
    objectives = _read(by_kind)
    if not by_kind["SLO"] and not problems:
        problems.append(Problem(file, 0, "", "no SLO", "at least one"))
    return objectives, _in_order(problems)


def unknown_guarded(platform: Platform, objectives: Iterable[Objective]) -> Iterator[Problem]:
    """Yield a problem for each objective that an experiment guards but ``slos.yaml`` lacks."""
    known = [objective.name for objective in objectives]
    for index, experiment in enumerate(platform.experiments):
        for name in experiment.guarded:
            if name not in known:
                key = f"experiments[{index}].guarded"
                wanted = f"an objective of {FILE_NAME}: {', '.join(known)}"
                yield Problem(platform.folder / "platform.yaml", 0, key, repr(name), wanted)


def _sorted_by_kind(documents: Iterable[Document], problems: list[Problem]) -> ByKind:
    by_kind: dict[str, list[Spot]] = {kind: [] for kind in _KINDS}
    for document in documents:
        whole = Spot(document, (), problems)
        # OpenSLO's own tools write many objects as one list, too.
        for spot in whole.items() if isinstance(document.value, list) else (whole,):
            kind = spot.child("kind").value
            if not isinstance(spot.value, dict):
                spot.reject("no mapping", "a mapping of keys to values")
            elif isinstance(kind, str) and kind in by_kind:
                by_kind[kind].append(spot)
            else:
                found = "nothing" if kind is None else repr(kind)
                spot.child("kind").reject(found, f"one of {', '.join(_KINDS)}")
    return by_kind


def _read(by_kind: ByKind) -> tuple[Objective, ...]:
    sources = _named(by_kind["DataSource"], read_data_source)
    conditions = _named(by_kind["AlertCondition"], read_condition)
    targets = _named(by_kind["AlertNotificationTarget"], read_target)
    shelf = Shelf(
        services=_named(by_kind["Service"], _read_service),
        sources=sources,
        indicators=_named(by_kind["SLI"], lambda spot: read_sli(spot, sources)),
        conditions=conditions,
        targets=targets,
        policies=_named(
            by_kind["AlertPolicy"], lambda spot: read_policy(spot, conditions, targets)
        ),
    )
    _named(by_kind["SLO"], lambda _: None)
    return tuple(_unique(by_kind["SLO"], shelf))


def _read_service(spot: Spot) -> str | None:
    service = spot.read(_Service)
    return service.metadata.name if service is not None else None


def _named(spots: Iterable[Spot], read: Callable[[Spot], T | None]) -> dict[str, T | None]:
    """Return what the documents of one kind hold, by name; each name may stand once."""
    named: dict[str, T | None] = {}
    for spot in spots:
        record, name_spot = read(spot), spot.child("metadata", "name")
        name = name_spot.value
        if isinstance(name, str) and name in named:
            name_spot.reject(f"a second {name!r}", "a name of its own")
        elif isinstance(name, str):
            named[name] = record
    return named


def _unique(spots: Iterable[Spot], shelf: Shelf) -> Iterator[Objective]:
    """Yield the objectives whose names, made of the SLO's and their own, are theirs alone."""
    seen: set[str] = set()
    for spot in spots:
        for objective in read_slo(spot, shelf):
            if objective.name in seen and objective.name != spot.child("metadata", "name").value:
                found = f"a second objective {objective.name!r}"
                spot.child("spec", "objectives").reject(found, "a displayName for each")
            seen.add(objective.name)
            yield objective


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return each problem once, from the top; of two with one key the first was the cause."""
    told: dict[tuple[int, str], Problem] = {}
    for problem in problems:
        told.setdefault((problem.line, problem.key), problem)
    return tuple(sorted(told.values(), key=lambda problem: problem.line))
