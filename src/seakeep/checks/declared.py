"""The checks of a platform's file: each by its kind, with what its suite's defaults add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import AfterValidator, PlainValidator, ValidationError, ValidationInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from seakeep.checks.check import Check, suite_name
from seakeep.checks.http import HttpCheck, HttpOptions
from seakeep.checks.kinds import check_model

__all__ = ["EVERY_SUITE", "DeclaredCheck", "Defaults", "with_defaults", "without_expectation"]

EVERY_SUITE = "*"


def _declared(value: object, info: ValidationInfo) -> Check:
    if isinstance(value, Check):
        return value
    try:
        model = check_model(value)
    except ValueError as error:
        if isinstance(error, ValidationError):
            raise
        wrong = PydanticCustomError("value_error", "{error}", {"error": str(error)})
        found = value.get("kind") if isinstance(value, Mapping) else value
        details = InitErrorDetails(type=wrong, loc=("kind",), input=found)
        raise ValidationError.from_exception_data("check", [details]) from None
    return model.model_validate(value, context=info.context)


def _suite_or_all(value: str) -> str:
    return value if value == EVERY_SUITE else suite_name(value)


DeclaredCheck = Annotated[Check, PlainValidator(_declared)]
Defaults = Mapping[Annotated[str, AfterValidator(_suite_or_all)], HttpOptions]
"""Options by suite; those under ``*`` are for all, and yield to those of the suite."""


def with_defaults(checks: Iterable[Check], defaults: Defaults) -> tuple[Check, ...]:
    """Return the checks, each completed: its own options, then its suite's, then those of all."""
    return tuple(
        _completed(_completed(check, defaults.get(check.suite)), defaults.get(EVERY_SUITE))
        for check in checks
    )


def _completed(check: Check, options: HttpOptions | None) -> Check:
    """Return a check with those options that it does not have; headers are added one by one."""
    if options is None:
        return check
    given = options.model_fields_set & check.inherits
    update: dict[str, object] = {
        name: getattr(options, name) for name in given - check.model_fields_set
    }
    if isinstance(check, HttpCheck):
        if "headers" in given:
            own = {name.lower() for name in check.headers}
            added = {n: v for n, v in options.headers.items() if n.lower() not in own}
            update["headers"] = {**added, **check.headers}
        if {"expect"} <= given & check.model_fields_set:
            update["expect"] = check.expect.with_defaults(options.expect)
    return check.model_copy(update=update) if update else check


def without_expectation(checks: Iterable[Check]) -> tuple[int, ...]:
    """Return the places of HTTP checks that assert nothing, neither they nor their defaults."""
    return tuple(
        index
        for index, check in enumerate(checks)
        if isinstance(check, HttpCheck) and not check.expect.asserts_something
    )
