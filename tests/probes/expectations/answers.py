"""Answers as no server need give them, and what is said of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from seakeep.checks import Expectation
from seakeep.probes.answer import Answer
from seakeep.probes.expectations import judge

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def answer(body: str | bytes = "", **parts: object) -> Answer:
    plain: dict[str, Any] = {
        "status": 200,
        "headers": {},
        "encoding": "utf-8",
        "duration_s": 0.1,
        "at": NOON,
    }
    content = body.encode() if isinstance(body, str) else body
    return Answer(body=content, **{**plain, **parts})


def verdict(expected: dict[str, Any], given: Answer) -> tuple[str, str] | None:
    """Return cause and message, or nothing when all of it holds."""
    failure = judge(Expectation.model_validate(expected), given).failure
    return (failure.cause, failure.message) if failure else None


def message(expected: dict[str, Any], given: Answer) -> str:
    """Return what is said, without the excerpt; empty when all of it holds."""
    found = verdict(expected, given)
    return found[1].removesuffix(f" | {given.excerpt()}") if found else ""
