"""The body as one JSON document: its values, its form, and what it says of the platform's health.

What reads documents is loaded only where it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.causes import Cause, Failure
from seakeep.checks.expectation import Expectation
from seakeep.observation import Attribute
from seakeep.plain import one_line
from seakeep.probes.answer import Answer
from seakeep.probes.expectations.patience import Patience

__all__ = ["judge_document"]


def judge_document(
    expectation: Expectation,
    answer: Answer,
    patience: Patience,
    attributes: dict[str, Attribute],
) -> Iterator[Failure]:
    """Tell what is wrong with the document; what it says of health goes into the attributes.

    A body that is not JSON is told once, and a contract of health that does not read it may hold.
    """
    from seakeep.health.judge import NOT_JSON  # noqa: PLC0415

    try:
        document, problem = answer.document, ""
    except ValueError as error:
        document, problem = NOT_JSON, one_line(str(error), 120)
    if expectation.json_conditions or expectation.json_schema is not None:
        if problem:
            yield Failure(Cause.JSON, f"body: wanted JSON, got {problem}")
        else:
            yield from _content(expectation, document, patience)
    if expectation.health is not None:
        yield from _health(expectation, document, answer, attributes)


def _content(expectation: Expectation, document: object, patience: Patience) -> Iterator[Failure]:
    if expectation.json_conditions:
        from seakeep.probes.expectations.json_values import judge_json  # noqa: PLC0415

        yield from judge_json(expectation.json_conditions, document, patience)
    if expectation.json_schema is not None:
        from seakeep.probes.expectations.schema import judge_schema  # noqa: PLC0415

        yield from judge_schema(expectation.json_schema, document, patience)


def _health(
    expectation: Expectation,
    document: object,
    answer: Answer,
    attributes: dict[str, Attribute],
) -> Iterator[Failure]:
    assert expectation.health is not None  # noqa: S101 - for the type checker
    from seakeep.health.judge import judge_health  # noqa: PLC0415

    verdict = judge_health(
        expectation.health,
        status=answer.status,
        headers=answer.headers,
        document=document,
        at=answer.at,
    )
    attributes.update(verdict.attributes)
    yield from verdict.failures
