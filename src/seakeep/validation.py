"""From a YAML document to a frozen model, with every mistake told in Seakeep's own words.

pydantic finds the mistakes; this module gives each its file, line, key, what was found and what
was wanted. Models that describe files derive from `FileModel`.
"""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails

from seakeep.duration import WANTED as DURATION_WANTED
from seakeep.duration import parse_duration
from seakeep.errors import Problem
from seakeep.redact import redact
from seakeep.yaml_source import Document, Location

__all__ = [
    "NAME_PATTERN",
    "Bytes",
    "FileModel",
    "HttpUrl",
    "Name",
    "Number",
    "Regex",
    "Seconds",
    "Sequence_",
    "Share",
    "folder_of",
    "validate",
]

T = TypeVar("T")
M = TypeVar("M", bound="FileModel")


class FileModel(BaseModel):
    """A frozen record that stands in a file: strict types, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=False)

    @classmethod
    def model_for(cls, value: object) -> type[FileModel]:  # noqa: ARG003 - for those that look at it
        """Return the record that a value in a file is read into, where it decides that itself."""
        return cls


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(DURATION_WANTED)  # noqa: TRY004 - pydantic collects ValueError only
    return parse_duration(value)


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from None
    return value


def _http_url(value: str) -> str:
    wanted = "an http:// or https:// URL with a host"
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError(wanted) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"\s", value):
        raise ValueError(wanted)
    return value.rstrip("/")


Seconds = Annotated[float, BeforeValidator(_seconds)]
"""A duration in seconds, written ``5s`` in files."""


NAME_PATTERN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""An RFC 1123 label."""


def _name(value: str) -> str:
    if not NAME_PATTERN.fullmatch(value):
        raise ValueError("lower-case letters, digits and inner hyphens, at most 63")
    return value


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number")  # noqa: TRY004 - pydantic collects ValueError only
    return float(value)


Name = Annotated[str, AfterValidator(_name)]
"""A name that is safe in metrics, file names and Kubernetes: an RFC 1123 label."""

_BYTES_WANTED = "a number of bytes such as 4096, 64KiB or 1MiB"
_SIZE = re.compile(r"(\d{1,9})\s*(B|KiB|MiB)?", re.ASCII)
_BYTES_PER_UNIT = {None: 1, "B": 1, "KiB": 1024, "MiB": 1024 * 1024}


def _bytes(value: object) -> object:
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    size = int(found.group(1)) * _BYTES_PER_UNIT[found.group(2)] if found else value
    if type(size) is not int or not 0 < size <= 64 * 1024 * 1024:
        raise ValueError(f"{_BYTES_WANTED}, at most 64MiB")
    return size


Bytes = Annotated[int, BeforeValidator(_bytes)]
"""A size in bytes, written ``64KiB`` or as a plain number; no more than a process can hold."""

_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,9})?)\s*%", re.ASCII)


def _share(value: object) -> object:
    percent = _SHARE.fullmatch(value) if isinstance(value, str) else None
    share = float(percent.group(1)) / 100 if percent else value
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ValueError("a share, such as 0.1% or 0.001")
    return float(share)


Share = Annotated[float, BeforeValidator(_share)]
"""A part of a whole, from 0 to 1, written as a number or in percent."""

Number = Annotated[float, BeforeValidator(_number)]
Regex = Annotated[str, AfterValidator(_regex)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]

Sequence_ = Annotated[tuple[T, ...], Field(strict=False)]
"""A YAML list, kept as a tuple."""


_FOLDER = "folder"


def folder_of(info: ValidationInfo) -> Path:
    """Return the folder of the file that is being read; other files are named from there."""
    return Path(info.context[_FOLDER]) if info.context else Path()


def validate(model: type[M], document: Document) -> tuple[M | None, tuple[Problem, ...]]:
    """Return the record that a document holds, or ``None``, and all problems in file order."""
    problems = list(document.problems)
    record: M | None = None
    try:
        context = {_FOLDER: document.file.parent}
        record = model.model_validate(document.value, context=context)
    except ValidationError as error:
        told = {problem.key for problem in problems}
        details = error.errors(include_url=False)
        for detail in details:
            if _follows_from_others(detail, details):
                continue
            problem = _problem(model, document, detail)
            if problem.key not in told:
                problems.append(problem)
    problems.sort(key=lambda problem: problem.line)
    return (None if problems else record), tuple(problems)


def _follows_from_others(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """A list whose items are wrong is also called too short: only the items are worth telling."""
    at = detail["loc"]
    deeper = (other["loc"] for other in details if len(other["loc"]) > len(at))
    return detail["type"] == "too_short" and any(loc[: len(at)] == at for loc in deeper)


def _problem(model: type[BaseModel], document: Document, detail: ErrorDetails) -> Problem:
    at: Location = detail["loc"][:-1] if detail["loc"][-1:] == ("[key]",) else detail["loc"]
    kind = detail["type"]
    if kind == "missing":
        return document.problem(at, "nothing", f"the key {str(at[-1])!r}")
    if kind == "extra_forbidden":
        known = _keys_at(model, document.value, at[:-1])
        close = difflib.get_close_matches(str(at[-1]), known, n=1)
        hint = f"{close[0]!r}, perhaps" if close else f"one of {', '.join(known)}"
        return document.problem(at, f"an unknown key {str(at[-1])!r}", hint)
    return document.problem(at, _found(detail["input"]), _wanted(detail))


def _wanted(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    match kind:
        case "value_error":
            return str(context["error"])
        case "model_type" | "dict_type" | "mapping_type":
            return "a mapping of keys to values"
        case "tuple_type" | "list_type":
            return "a list"
        case "too_short":
            return f"at least {context['min_length']} of them"
    message = detail["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return message.replace("a valid ", "a ").replace("a integer", "a whole number")


def _found(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    text = redact(value.isoformat() if isinstance(value, date) else repr(value))
    return text if len(text) <= 60 else f"{text[:57]}..."


def _keys_at(model: type[BaseModel], value: Any, at: Location) -> list[str]:  # noqa: ANN401
    """Return the keys that a model knows at a location; nothing where it holds no model.

    Args:
        model: What the whole document is read into.
        value: The document, which has a say in the models of its parts.
        at: The location in it.
    """
    annotation: Any = model
    for part in at:
        annotation = _annotation_of(annotation, part)
        value = value[part] if isinstance(value, list | dict) else None  # type: ignore[index]
        if _is_ours(annotation):
            annotation = annotation.model_for(value)
    fields = annotation.model_fields if _is_ours(annotation) else {}
    return [field.alias or name for name, field in fields.items()]


def _annotation_of(annotation: Any, part: int | str) -> Any:  # noqa: ANN401 - types as values
    """Return the type of a part: a model's field, a list's item, or a mapping's value."""
    if _is_ours(annotation):
        fields = annotation.model_fields.items()
        found = [field.annotation for name, field in fields if part == (field.alias or name)]
        return _bare(found[0]) if found else None
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is tuple:
        return _bare(arguments[0])
    return _bare(arguments[-1]) if arguments else None


def _bare(annotation: Any) -> Any:  # noqa: ANN401 - types as values
    """Return what ``Annotated`` and ``X | None`` are about."""
    while typing.get_origin(annotation) in {Annotated, typing.Union, types.UnionType}:
        annotation = typing.get_args(annotation)[0]
    return annotation


def _is_ours(candidate: object) -> typing.TypeGuard[type[FileModel]]:
    return isinstance(candidate, type) and issubclass(candidate, FileModel)
