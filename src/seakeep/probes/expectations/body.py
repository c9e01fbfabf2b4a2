"""Regular expressions on the body."""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.causes import Cause, Failure
from seakeep.checks.expectation import Expectation
from seakeep.plain import one_line
from seakeep.probes.answer import Answer
from seakeep.probes.expectations.patience import OutOfTimeError, Patience

__all__ = ["judge_body"]


def judge_body(expectation: Expectation, answer: Answer, patience: Patience) -> Iterator[Failure]:
    """Tell patterns that the body lacks, and those that it must not have.

    A pattern that takes too long has failed, whichever way it was meant: the same body and the same
    pattern would end so every time, so it is not the observer who is unfit.
    """
    for pattern in expectation.body_matches:
        try:
            if patience.search(pattern, answer.text) is None:
                yield Failure(Cause.BODY, f"body: wanted /{pattern}/, got no match")
        except OutOfTimeError as error:
            yield _unsearched(f"/{pattern}/", error)
    for pattern in expectation.body_excludes:
        try:
            found = patience.search(pattern, answer.text)
        except OutOfTimeError as error:
            yield _unsearched(f"nothing like /{pattern}/", error)
        else:
            if found is not None:
                got = one_line(found, 80) or "an empty match"
                yield Failure(Cause.BODY, f"body: wanted nothing like /{pattern}/, got {got}")


def _unsearched(wanted: str, error: OutOfTimeError) -> Failure:
    return Failure(Cause.BODY, f"body: wanted {wanted}, got a text on which it takes {error}")
