"""Status and headers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seakeep.causes import Cause, Failure
from seakeep.checks.expectation import Expectation
from seakeep.plain import one_line
from seakeep.probes.answer import Answer
from seakeep.probes.expectations.patience import OutOfTimeError, Patience

__all__ = ["judge_headers", "judge_status"]

_COOKIE = re.compile(r"((?:^|,)\s*[^=;,\s]+=)[^;,]*")
"""A cookie and its value, which may be worth a password; commas part those of one answer."""


def judge_status(expectation: Expectation, answer: Answer, _: Patience) -> Iterator[Failure]:
    """Tell a status that is none of those wanted; of a redirect, where it leads."""
    if not expectation.status or any(answer.status in codes for codes in expectation.status):
        return
    wanted = " or ".join(str(codes) for codes in expectation.status)
    target = answer.headers.get("location")
    to = f" to {one_line(target, 80)}" if target and 300 <= answer.status < 400 else ""
    yield Failure(Cause.STATUS, f"status: wanted {wanted}, got {answer.status}{to}")


def judge_headers(
    expectation: Expectation, answer: Answer, patience: Patience
) -> Iterator[Failure]:
    """Tell headers that are missing or not as wanted; one that is missing excludes nothing."""
    for name, pattern in expectation.headers.items():
        if got := _wrong(name, answer, pattern, patience, is_wanted=True):
            yield Failure(Cause.HEADER, f"header {name}: wanted /{pattern}/, got {got}")
    for name, pattern in expectation.headers_exclude.items():
        if got := _wrong(name, answer, pattern, patience, is_wanted=False):
            message = f"header {name}: wanted nothing like /{pattern}/, got {got}"
            yield Failure(Cause.HEADER, message)


def _wrong(name: str, answer: Answer, pattern: str, patience: Patience, *, is_wanted: bool) -> str:
    """Return what was got where that is wrong; nothing where it is right."""
    value = answer.headers.get(name.lower())
    if value is None:
        return "none" if is_wanted else ""
    try:
        is_found = patience.search(pattern, value) is not None
    except OutOfTimeError as error:
        return f"a value on which it takes {error}"
    if is_found == is_wanted:
        return ""
    shown = _COOKIE.sub(r"\1***", value) if name.lower() == "set-cookie" else value
    return one_line(shown, 80) or "an empty one"
