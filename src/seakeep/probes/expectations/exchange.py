"""What an exchange was like beside its content: where it ended, by which HTTP, and how long."""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.causes import Cause, Failure
from seakeep.checks.expectation import Expectation
from seakeep.duration import format_duration
from seakeep.plain import one_line
from seakeep.probes.answer import Answer
from seakeep.probes.expectations.patience import OutOfTimeError, Patience

__all__ = ["judge_duration", "judge_final_url", "judge_http_version"]


def judge_final_url(
    expectation: Expectation, answer: Answer, patience: Patience
) -> Iterator[Failure]:
    """Tell redirects that ended elsewhere."""
    pattern = expectation.final_url
    if pattern is None:
        return
    try:
        if patience.search(pattern, answer.url) is not None:
            return
        got = one_line(answer.url)
    except OutOfTimeError as error:
        got = f"one on which it takes {error}"
    yield Failure(Cause.REDIRECT, f"final URL: wanted /{pattern}/, got {got}")


def judge_http_version(expectation: Expectation, answer: Answer, _: Patience) -> Iterator[Failure]:
    """Tell an answer by another version of HTTP."""
    versions = expectation.http_version
    if versions and answer.http_version not in versions:
        got = one_line(answer.http_version, 20)
        message = f"HTTP version: wanted {' or '.join(versions)}, got {got}"
        yield Failure(Cause.HTTP_VERSION, message)


def judge_duration(expectation: Expectation, answer: Answer, _: Patience) -> Iterator[Failure]:
    """Tell an exchange that took too long."""
    limit_s = expectation.max_duration_s
    if limit_s is not None and answer.duration_s > limit_s:
        wanted, got = format_duration(limit_s), format_duration(answer.duration_s)
        yield Failure(Cause.SLOW, f"duration: wanted at most {wanted}, got {got}")
