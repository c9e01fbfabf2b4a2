"""Requests and expectations of a test, read by the same rules as those of ``platform.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from seakeep.checks.declared import with_defaults
from seakeep.checks.expectation import Expectation
from seakeep.checks.http import HttpCheck
from seakeep.platform_file import FILE_NAME
from seakeep.pytest_plugin.told import line_of_test, unusable
from seakeep.redact import is_secret_header, keep_secret
from seakeep.validation import FileModel, validate
from seakeep.yaml_source import Document

if TYPE_CHECKING:
    from seakeep.platform import Platform

__all__ = ["read_check", "read_expectation"]

M = TypeVar("M", bound=FileModel)


def read_check(asked: Mapping[str, object], platform: Platform) -> HttpCheck:
    """Return the check that a test asks for, with what the defaults of its suite add.

    Raises:
        pytest.fail.Exception: Something is wrong with it; says all of it.
    """
    __tracebackhide__ = True
    check = _read(HttpCheck, asked, platform)
    _keep_secrets(check.headers)
    if any(check.name == declared.name for declared in platform.checks):
        raise unusable(f"name: found {check.name!r}, a check of {FILE_NAME}; wanted another")
    (completed,) = with_defaults([check], platform.defaults)
    assert isinstance(completed, HttpCheck)  # noqa: S101 - defaults leave the kind alone
    return completed


def read_expectation(
    wanted: Mapping[str, object], defaults: Expectation, platform: Platform
) -> Expectation:
    """Return what a test expects, completed by what the defaults of its suite expect.

    Raises:
        pytest.fail.Exception: Something is wrong with it, or nothing is expected at all.
    """
    __tracebackhide__ = True
    if not wanted and defaults.asserts_something:
        return defaults
    return _read(Expectation, wanted, platform).with_defaults(defaults)


def _keep_secrets(headers: Mapping[str, str]) -> None:
    """Mask what a test sends in such headers, even where the platform sends it back."""
    for name, value in headers.items():
        if is_secret_header(name):
            keep_secret(value.partition(" ")[2] or value)  # not the word Bearer


def _read(model: type[M], value: Mapping[str, object], platform: Platform) -> M:
    __tracebackhide__ = True
    document = Document(platform.folder / FILE_NAME, dict(value))  # paths are relative to it
    record, problems = validate(model, document)
    if record is None:
        told = (f"{p.key}: found {p.found}; wanted {p.wanted}" for p in problems)
        lines = [*(line.removeprefix(": ") for line in told), f"  at       {line_of_test()}"]
        raise unusable("\n".join(lines))
    return record
