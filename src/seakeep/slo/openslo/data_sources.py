"""Documents of kind ``DataSource``: where answers come from, once for many indicators."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from seakeep.slo.openslo.headers import Description, KindHeader
from seakeep.slo.openslo.spot import Spot
from seakeep.validation import FileModel, HttpUrl

__all__ = ["DataSource", "SourceType", "SourceWord", "read_data_source"]


class SourceType(StrEnum):
    """The sources that are supported."""

    SEAKEEP = "seakeep"
    PROMETHEUS = "Prometheus"


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where the values of an indicator come from.

    Attributes:
        type: The kind of source.
        address: Its URL, or ``None`` for ``$SEAKEEP_PROMETHEUS``.
    """

    type: SourceType
    address: str | None = None


def _source_type(value: object) -> object:
    for known in SourceType:
        if isinstance(value, str) and value.lower() == known.lower():
            return known
    raise ValueError(" or ".join(SourceType))


SourceWord = Annotated[SourceType, BeforeValidator(_source_type)]
"""The type of a source; ``prometheus``, as some tools write it, is understood too."""


class _Connection(FileModel):
    url: HttpUrl


class _Spec(FileModel):
    description: Description = ""
    type: SourceWord
    connection: object = Field(default=None, alias="connectionDetails")


class _DataSource(KindHeader):
    kind: Literal["DataSource"]
    spec: _Spec


def read_data_source(spot: Spot) -> DataSource | None:
    """Return the source of a document, or ``None`` after noting its problems."""
    read = spot.read(_DataSource)
    if read is None:
        return None
    details = spot.child("spec", "connectionDetails")
    if details.value is None:
        return DataSource(read.spec.type)
    if read.spec.type is SourceType.SEAKEEP:
        details.reject("connection details", "none: observations are in Seakeep's own store")
        return None
    # The specification leaves the shape open; its examples have a mapping, and a list of one.
    if isinstance(details.value, list) and len(details.value) == 1:
        details = details.child(0)
    connection = details.read(_Connection)
    return DataSource(read.spec.type, connection.url) if connection is not None else None
