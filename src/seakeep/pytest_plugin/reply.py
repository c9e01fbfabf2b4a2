"""The answer to a request of a test, for the test to judge."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self, Unpack

import pytest

from seakeep.causes import Cause, Failure
from seakeep.checks.expectation import Expectation
from seakeep.observation import Outcome
from seakeep.plain import one_line
from seakeep.probes.curl import curl_line
from seakeep.probes.engine import judged
from seakeep.probes.expectations import judge
from seakeep.probes.kind import Seen
from seakeep.probes.wording import failure_text
from seakeep.pytest_plugin.reading import read_expectation
from seakeep.pytest_plugin.told import failed, forgiven, line_of_test, unusable
from seakeep.redact import redact

if TYPE_CHECKING:
    from seakeep.checks.http import HttpCheck
    from seakeep.probes.answer import Answer
    from seakeep.probes.session import ProbeSession
    from seakeep.pytest_plugin.keywords import ExpectKeywords

__all__ = ["Reply"]

_looks = itertools.count(1)


class Reply:
    """One answer, and how it was judged so far.

    ``expect()`` judges it as a check of ``platform.yaml`` is judged; ``assert`` does, too, by what
    the attributes tell. Either way it is one observation, good only when something was asserted.
    """

    def __init__(self, session: ProbeSession, check: HttpCheck, note: Callable[..., None]) -> None:
        self._session = session
        self._check = check
        self._note = note
        unjudged = check.model_copy(update={"expect": Expectation.model_construct()})
        self.observation, self._answer = session.ask(unjudged)
        self._was_expected = False
        self._is_doubtful = False
        self._is_noted = False
        self.looked_at = 0
        note(
            trace_id=self.observation.attributes.get("trace_id", ""),
            duration_s=f"{self.observation.duration_s:.6f}",
        )

    def __repr__(self) -> str:
        return f"<{self._check.verb} {redact(self._check.path)}>"

    def expect(self, **wanted: Unpack[ExpectKeywords]) -> Self:
        """Fail the test unless all of this holds; without any, what the suite's defaults expect.

        Raises:
            pytest.fail.Exception: It does not hold, or what is expected is wrongly written.
        """
        __tracebackhide__ = True
        expectation = read_expectation(wanted, self._check.expect, self._session.platform)
        answer = self._look()
        self._was_expected = True
        if self.observation.outcome is Outcome.GOOD:
            self.observation = judged(self.observation, _judge(expectation, answer))
        self.fail_unless_good()
        return self

    @property
    def status(self) -> int:
        """The status code."""
        return self._look().status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, by name in any case; those of one name are joined by commas."""
        return self._look().headers

    @property
    def text(self) -> str:
        """The body as text."""
        return self._look().text

    @property
    def duration_s(self) -> float:
        """How long the whole exchange took, in seconds."""
        return self._look().duration_s

    def json(self) -> Any:  # noqa: ANN401 - whatever the platform answers
        """Return the body as JSON.

        Raises:
            pytest.fail.Exception: It is not JSON, which is the platform's fault.
        """
        __tracebackhide__ = True
        try:
            return self._look().document
        except ValueError as error:
            self._fail(Cause.JSON, f"body: wanted JSON, got {one_line(str(error), 80)}")
        self.fail_unless_good()
        return None

    @property
    def was_looked_at(self) -> bool:
        """Whether the test asserted something, or could have."""
        return self.looked_at > 0

    @property
    def is_judged(self) -> bool:
        """Whether there is something to record."""
        is_good = self.observation.outcome is Outcome.GOOD
        return not is_good or (self.was_looked_at and not self._is_doubtful)

    @property
    def is_settled(self) -> bool:
        """Whether nothing can make it any worse."""
        return self.observation.outcome is not Outcome.GOOD

    def blame(self, message: str) -> None:
        """Take an assertion of the test's own, which failed, for the judgement."""
        first = message.strip().split("\n", 1)[0] or "the test's own assertion failed"
        self._fail(Cause.ASSERTION, one_line(first))

    def doubt(self) -> None:
        """Leave out what no expectation judged: the test ended before it could."""
        self._is_doubtful = not self._was_expected

    def forgive(self) -> None:
        """Make the test an expected failure where the platform's file has it so."""
        __tracebackhide__ = True
        maintenance = self._session.platform.maintenance
        why = forgiven(self.observation, self._check.failure_threshold, maintenance)
        if why is not None:
            pytest.xfail(why)

    def fail_unless_good(self) -> None:
        """Return when all that was expected so far holds.

        Raises:
            pytest.fail.Exception: It does not, or the observer was unfit to tell.
        """
        __tracebackhide__ = True
        outcome = self.observation.outcome
        if outcome is Outcome.GOOD:
            return
        self._count()
        text = self.text_of_failure(at=line_of_test())
        if outcome is Outcome.INVALID:
            raise unusable(text)
        self.forgive()
        raise failed(text)

    def text_of_failure(self, at: str = "") -> str:
        """Return what was wanted and got, where the time went, and how to see it again."""
        return failure_text(
            self.observation,
            repeat=curl_line(self._check, self._session.platform.base_url),
            threshold=self._check.failure_threshold,
            at=at,
        )

    def _look(self) -> Answer:
        self.looked_at = next(_looks)
        assert self._answer is not None  # noqa: S101 - without one the test has failed
        return self._answer

    def _fail(self, cause: Cause, message: str) -> None:
        self.observation = judged(self.observation, Seen(Failure(cause, message)))
        self._count()

    def _count(self) -> None:
        self.observation = self._session.counted(self.observation)
        if not self._is_noted:
            self._is_noted = True
            self._note(cause=self.observation.cause)


def _judge(expectation: Expectation, answer: Answer) -> Seen:
    """Judge an answer; one that can't be judged makes an observation, too."""
    try:
        return judge(expectation, answer)
    except Exception as error:  # noqa: BLE001 - whatever a hostile answer brings about
        got = one_line(f"{type(error).__name__}: {error}")
        return Seen(Failure(Cause.OBSERVER, f"answer: wanted one that can be judged, got {got}"))
