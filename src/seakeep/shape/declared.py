"""The shape of a scenario as it stands in a file: each by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import PlainValidator, ValidationError, ValidationInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from seakeep.shape.arrivals import ClassStart, Replay
from seakeep.shape.base import Shape
from seakeep.shape.rates import Constant, Ramp, Soak, Spike, Steps

__all__ = ["DeclaredShape", "shape_model"]

_SHAPES: Mapping[str, type[Shape]] = {
    "constant": Constant,
    "ramp": Ramp,
    "steps": Steps,
    "spike": Spike,
    "soak": Soak,
    "class-start": ClassStart,
    "replay": Replay,
}


def shape_model(value: object) -> type[Shape] | None:
    """Return the record for a shape as it stands in a file; ``None`` when it names no kind."""
    kind = value.get("kind") if isinstance(value, Mapping) else None
    return _SHAPES.get(kind) if isinstance(kind, str) else None


def _declared(value: object, info: ValidationInfo) -> Shape:
    if isinstance(value, Shape):
        return value
    if not isinstance(value, Mapping):
        raise ValueError("a mapping with its 'kind'")  # noqa: TRY004 - pydantic collects ValueError
    model = shape_model(value)
    if model is None:
        wanted = {"error": f"one of {', '.join(_SHAPES)}"}
        wrong = PydanticCustomError("value_error", "{error}", wanted)
        details = InitErrorDetails(type=wrong, loc=("kind",), input=value.get("kind"))
        raise ValidationError.from_exception_data("shape", [details])
    return model.model_validate(value, context=info.context)


DeclaredShape = Annotated[Shape, PlainValidator(_declared)]
"""A shape, read by its ``kind``."""
