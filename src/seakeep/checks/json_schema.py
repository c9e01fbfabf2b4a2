"""A JSON Schema in a platform's file: written there, or a file beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationInfo

from seakeep.plain import one_line
from seakeep.validation import folder_of

__all__ = ["JsonSchema", "Schema"]

_MAX_BYTES = 1024 * 1024
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema, checked against its own metaschema when the file was read.

    Attributes:
        name: What a person calls it: its file, or ``the schema``.
        text: The schema as JSON text, so that it is as frozen as the rest of the record.
    """

    name: str
    text: str


def _schema(value: object, info: ValidationInfo) -> Schema:
    if isinstance(value, Schema):
        return value
    if isinstance(value, str):
        return _checked(value, _read(folder_of(info) / value))
    if isinstance(value, Mapping):
        return _checked("the schema", value)
    raise ValueError("a JSON Schema, or the path of a file that holds one")


def _read(file: Path) -> object:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ValueError(f"the path of a readable JSON Schema file ({file}: {reason})") from None
    if len(raw) > _MAX_BYTES:
        raise ValueError(f"a JSON Schema of at most {_MAX_BYTES} bytes")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"a file that is JSON ({error})") from None


def _checked(name: str, document: object) -> Schema:
    import jsonschema  # noqa: PLC0415 - some 50 ms, and only where a file has a schema

    from seakeep.checks.schema_parts import check_parts  # noqa: PLC0415 - as above

    if not isinstance(document, dict):
        raise ValueError("a JSON Schema, which is a mapping")  # noqa: TRY004 - pydantic's
    validator: Any = jsonschema.validators.validator_for(
        document,
        default=None if "$schema" in document else jsonschema.Draft202012Validator,  # type: ignore[arg-type]
    )
    if validator is None:
        raise ValueError("a JSON Schema of a known dialect, such as $schema: " + _DIALECT)
    try:
        text = _text(document)
        validator.check_schema(document)
        check_parts(document)
    except jsonschema.SchemaError as error:
        where = "/".join(str(part) for part in error.absolute_path)
        what = f"{where or 'at its root'}: {one_line(error.message, 120)}"
        raise ValueError(f"a sound JSON Schema ({what})") from None
    except RecursionError:
        raise ValueError("a JSON Schema that is not nested as deep") from None
    return Schema(name, text)


def _text(document: object) -> str:
    try:
        return json.dumps(document, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"a schema that JSON can hold ({error})") from None


JsonSchema = Annotated[Schema, PlainValidator(_schema)]
