"""A file that a platform's file names, relative to its own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import PlainValidator, ValidationInfo

from seakeep.validation import folder_of

__all__ = ["FilePath"]


def _file(value: object, info: ValidationInfo) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value:
        raise ValueError("the path of a file")
    found = folder_of(info) / value
    if not found.is_file():
        raise ValueError(f"the path of a file that is there; {found} is not")
    return found


FilePath = Annotated[Path, PlainValidator(_file)]
