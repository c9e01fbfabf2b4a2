"""What all kinds of OpenSLO documents have in common, and the words they are written in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from seakeep.slo.objective import Operator
from seakeep.validation import FileModel, Name

__all__ = [
    "Description",
    "KindHeader",
    "Metadata",
    "OperatorWord",
    "Reference",
    "SloMetadata",
    "VersionWord",
]

_MOST_DESCRIPTION = 1050  # the specification's limit


def _reference(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._|/\\-]{0,253}[A-Za-z0-9])?", value):
        raise ValueError("a name of letters, digits and inner '-', '.', '_', '/', at most 255")
    return value


def _description(value: str) -> str:
    if len(value) > _MOST_DESCRIPTION:
        raise ValueError(f"at most {_MOST_DESCRIPTION} characters, as OpenSLO has it")
    return value.strip()


def _label(value: object) -> object:
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a text, or a list of texts")
    return tuple(texts)


def _operator(value: object) -> object:
    if value not in list(Operator):
        raise ValueError(f"one of {', '.join(Operator)}")
    return Operator(str(value))


Reference = Annotated[str, AfterValidator(_reference)]
"""The name of a document that others refer to: what the specification encourages, and capitals."""

Description = Annotated[str, AfterValidator(_description)]
Label = Annotated[tuple[str, ...], BeforeValidator(_label)]
VersionWord = Literal["openslo/v1"]
OperatorWord = Annotated[Operator, BeforeValidator(_operator)]


class Metadata(FileModel):
    """Names and labels of a document; labels and annotations are kept by no one here."""

    name: Reference
    display_name: str = Field(default="", alias="displayName")
    labels: Mapping[str, Label] = Field(default_factory=dict)
    annotations: Mapping[str, str] = Field(default_factory=dict)


class SloMetadata(Metadata):
    """Those of an SLO, whose name must be safe as a metric's label and a file's name."""

    name: Name


class KindHeader(FileModel):
    """The first lines of every document; each kind adds its own ``kind`` and ``spec``."""

    api_version: VersionWord = Field(alias="apiVersion")
    metadata: Metadata
