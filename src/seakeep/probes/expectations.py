"""Whether an answer is what the platform's file says it must be."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import jmespath
from jmespath.exceptions import JMESPathError

from seakeep.causes import Cause
from seakeep.duration import format_duration
from seakeep.plain import one_line
from seakeep.platform import Expectation
from seakeep.probes.causes import Failure
from seakeep.redact import redact

__all__ = ["Answer", "judge"]

_MAX_SEARCHED = 256 * 1024
"""Characters that patterns look at: on hostile text many take the square of the length."""
_MAX_EXCERPT_SOURCE = 16 * 1024
_NOT_OF_THE_WEB = frozenset({"idna", "punycode"})
"""Codecs of host names: none reads a page in them, and they take the square of its length."""
_TAG = re.compile(r"<(/?\w*)[^<>]*>?")  # matches at every "<" and never goes back: linear
_SILENT = ("script", "style")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the platform answered, read to its end.

    Attributes:
        status: The status code.
        headers: The headers, by lower-case name; those of one name are joined by commas.
        body: The body, decompressed.
        encoding: The body's character set.
        duration_s: How long the whole exchange took, in seconds.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    encoding: str
    duration_s: float

    @property
    def text(self) -> str:
        """Return the body as text; bytes that make no sense are replaced.

        What calls itself a character set and is none is read as UTF-8.
        """
        try:
            if codecs.lookup(self.encoding).name not in _NOT_OF_THE_WEB:
                return self.body.decode(self.encoding, "replace")
        except (LookupError, ValueError):
            pass
        return self.body.decode("utf-8", "replace")

    def excerpt(self) -> str:
        """Return the beginning of the body on one line, without secrets or markup."""
        text = redact(self.text)[:_MAX_EXCERPT_SOURCE]
        if "html" in self.headers.get("content-type", ""):
            text = _without_markup(text)
        return one_line(text)


def _without_markup(markup: str) -> str:
    """Return what stands between the tags of HTML, but for scripts and styles."""
    pieces: list[str] = []
    silent, at = "", 0
    for tag in _TAG.finditer(markup):
        if not silent:
            pieces.append(markup[at : tag.start()])
        name, at = tag.group(1).lower(), tag.end()
        if not silent and name in _SILENT:
            silent = name
        elif silent and name == f"/{silent}":
            silent = ""
    if not silent:
        pieces.append(markup[at:])
    return " ".join(pieces)


def judge(expectation: Expectation, answer: Answer) -> Failure | None:
    """Return ``None`` when all holds; else the first cause, and a message that tells all of it."""
    failures = list(_failures(expectation, answer))
    if not failures:
        return None
    message = "; ".join(failure.message for failure in failures)
    excerpt = "" if failures[0].cause is Cause.SLOW else answer.excerpt()
    return Failure(failures[0].cause, f"{message} | {excerpt}" if excerpt else message)


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
    if not expectation.status or answer.status in expectation.status:
        return
    wanted = " or ".join(str(code) for code in expectation.status)
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
    if not expectation.json_equals:
        return
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        yield Failure(Cause.JSON, f"body: wanted JSON, got {one_line(str(error), 80)}")
        return
    for path, wanted in expectation.json_equals.items():
        try:
            found = jmespath.search(path, document)
        except JMESPathError as error:
            yield Failure(Cause.JSON, f"json {path}: wanted {_json_text(wanted)}, got {error}")
            continue
        if not _is_same(found, wanted):
            got = one_line(_json_text(found), 80)
            yield Failure(Cause.JSON, f"json {path}: wanted {_json_text(wanted)}, got {got}")


def _is_same(found: object, wanted: object) -> bool:
    """Compare as JSON does: ``true`` is not 1, though Python says so."""
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
