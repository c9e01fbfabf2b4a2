"""The judgment on one answer: everything that is expected of it, in one verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from seakeep.causes import Cause, Failure
from seakeep.checks.expectation import Expectation
from seakeep.observation import Attribute
from seakeep.probes.answer import Answer
from seakeep.probes.expectations.body import judge_body
from seakeep.probes.expectations.document import judge_document
from seakeep.probes.expectations.exchange import (
    judge_duration,
    judge_final_url,
    judge_http_version,
)
from seakeep.probes.expectations.head import judge_headers, judge_status
from seakeep.probes.expectations.patience import Patience
from seakeep.probes.expectations.tls import judge_tls
from seakeep.probes.kind import Seen

__all__ = ["judge", "judge_aside"]

_PATIENCE_S = 1.0
"""Processor time for one judgment: a schema gets through a mebibyte of honest JSON in it."""

_LIGHT_BYTES = 32 * 1024
_HURRY_S = 0.02
"""What a judgment may take of the event loop, which all other checks need, too."""

_Subject = Callable[[Expectation, Answer, Patience], Iterator[Failure]]
_MOST_TOLD = 3
"""Of another page than expected nothing holds, and the first few say so."""

_WITHOUT_EXCERPT = frozenset(
    {Cause.REDIRECT, Cause.HTTP_VERSION, Cause.TLS_VERSION, Cause.CERTIFICATE, Cause.SLOW}
)
"""Causes that the body has no part in."""


def judge(expectation: Expectation, answer: Answer) -> Seen:
    """Return what did not hold: the first cause, and a message that tells all of it.

    Never raises because of the answer, and takes no more than about a second of processor time,
    whatever the answer holds.
    """
    return _judged(expectation, answer, Patience(_PATIENCE_S))


async def judge_aside(expectation: Expectation, answer: Answer) -> Seen:
    """Judge as `judge` does, but what takes long in a thread, so that the loop goes on.

    A small answer is judged here and at once, and begun again in a thread if that takes too long.
    """
    if len(answer.body) <= _LIGHT_BYTES:
        hurry = Patience(_HURRY_S)
        seen = _judged(expectation, answer, hurry)
        if not hurry.ran_out:
            return seen
    return await asyncio.to_thread(judge, expectation, answer)


def _judged(expectation: Expectation, answer: Answer, patience: Patience) -> Seen:
    attributes: dict[str, Attribute] = {}
    failures = list(_failures(expectation, answer, patience, attributes))
    if not failures:
        return Seen(None, attributes)
    message = "; ".join(failure.message for failure in failures[:_MOST_TOLD])
    if len(failures) > _MOST_TOLD:
        message += f"; and {len(failures) - _MOST_TOLD} more that do not hold"
    excerpt = "" if failures[0].cause in _WITHOUT_EXCERPT else answer.excerpt()
    told = Failure(failures[0].cause, f"{message} | {excerpt}" if excerpt else message)
    return Seen(told, attributes)


def _failures(
    expectation: Expectation,
    answer: Answer,
    patience: Patience,
    attributes: dict[str, Attribute],
) -> Iterator[Failure]:
    yield from judge_status(expectation, answer, patience)
    yield from judge_final_url(expectation, answer, patience)
    yield from judge_headers(expectation, answer, patience)
    yield from judge_body(expectation, answer, patience)
    if expectation.json_conditions or expectation.json_schema or expectation.health:
        yield from judge_document(expectation, answer, patience, attributes)
    yield from judge_http_version(expectation, answer, patience)
    yield from judge_tls(expectation, answer, patience)
    yield from judge_duration(expectation, answer, patience)
