"""Whether an answer is what the platform's file says it must be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import jmespath
from jmespath.exceptions import JMESPathError

from seakeep.causes import Cause, Failure
from seakeep.checks.expectation import Expectation
from seakeep.checks.json_condition import JsonOperator
from seakeep.duration import format_duration
from seakeep.plain import one_line
from seakeep.probes.answer import Answer
from seakeep.probes.kind import Seen

__all__ = ["judge"]

_MAX_SEARCHED = 256 * 1024
"""Characters that patterns look at: on hostile text many take the square of the length."""


def judge(expectation: Expectation, answer: Answer) -> Seen:
    """Return what did not hold: the first cause, and a message that tells all of it."""
    failures = list(_failures(expectation, answer))
    if not failures:
        return Seen()
    message = "; ".join(failure.message for failure in failures)
    excerpt = "" if failures[0].cause is Cause.SLOW else answer.excerpt()
    return Seen(Failure(failures[0].cause, f"{message} | {excerpt}" if excerpt else message))


def _failures(expectation: Expectation, answer: Answer) -> Iterator[Failure]:
    yield from _status(expectation, answer)
    yield from _headers(expectation, answer)
    yield from _body(expectation, answer)
    yield from _json(expectation, answer)
    limit_s = expectation.max_duration_s
    if limit_s is not None and answer.duration_s > limit_s:
        wanted, got = format_duration(limit_s), format_duration(answer.duration_s)
        yield Failure(Cause.SLOW, f"duration: wanted at most {wanted}, got {got}")


def _status(expectation: Expectation, answer: Answer) -> Iterator[Failure]:
    if not expectation.status or any(answer.status in codes for codes in expectation.status):
        return
    wanted = " or ".join(str(codes) for codes in expectation.status)
    target = answer.headers.get("location")
    to = f" to {one_line(target, 80)}" if target and 300 <= answer.status < 400 else ""
    yield Failure(Cause.STATUS, f"status: wanted {wanted}, got {answer.status}{to}")


def _headers(expectation: Expectation, answer: Answer) -> Iterator[Failure]:
    for name, pattern in expectation.headers.items():
        value = answer.headers.get(name.lower())
        if value is None or not re.search(pattern, value):
            got = "none" if value is None else one_line(value, 80)
            yield Failure(Cause.HEADER, f"header {name}: wanted /{pattern}/, got {got}")


def _body(expectation: Expectation, answer: Answer) -> Iterator[Failure]:
    if not expectation.body_matches and not expectation.body_excludes:
        return
    text = answer.text
    part = f" in its first {_MAX_SEARCHED} characters" if len(text) > _MAX_SEARCHED else ""
    text = text[:_MAX_SEARCHED]
    for pattern in expectation.body_matches:
        if not re.search(pattern, text):
            yield Failure(Cause.BODY, f"body: wanted /{pattern}/, got no match{part}")
    for pattern in expectation.body_excludes:
        found = re.search(pattern, text)
        if found:
            got = one_line(found.group(), 80)
            yield Failure(Cause.BODY, f"body: wanted nothing like /{pattern}/, got {got}")


def _json(expectation: Expectation, answer: Answer) -> Iterator[Failure]:
    if not expectation.json_conditions:
        return
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        yield Failure(Cause.JSON, f"body: wanted JSON, got {one_line(str(error), 80)}")
        return
    for path, wanted in _equalities(expectation):
        try:
            found = jmespath.search(path, document)
        except JMESPathError as error:
            yield Failure(Cause.JSON, f"json {path}: wanted {_json_text(wanted)}, got {error}")
            continue
        if not _is_same(found, wanted):
            got = one_line(_json_text(found), 80)
            yield Failure(Cause.JSON, f"json {path}: wanted {_json_text(wanted)}, got {got}")


def _equalities(expectation: Expectation) -> Iterator[tuple[str, object]]:
    for path, conditions in expectation.json_conditions.items():
        for condition in conditions:
            if condition.operator is JsonOperator.EQUALS:
                yield path, condition.operand


def _is_same(found: object, wanted: object) -> bool:
    """Compare as JSON does: ``true`` is not 1, though Python says so."""
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
