"""The fixtures of declared checks and journeys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from seakeep import environment
from seakeep.pytest_plugin.judging import expect_judgement, note
from seakeep.pytest_plugin.looking import session_of
from seakeep.pytest_plugin.told import failed, forgiven, unusable

if TYPE_CHECKING:
    from seakeep.observation import Observation
    from seakeep.platform import Platform

__all__ = ["Declared", "declared_check", "declared_journey"]


class Declared:
    """A check or a journey of the platform's file, and what was seen of it."""

    def __init__(self, observation: Observation, text: str, forgiven_for: str | None) -> None:
        self._observation = observation
        self._text = text
        self._forgiven_for = forgiven_for
        self._was_judged = False

    @property
    def observation(self) -> Observation:
        """What was seen, for a test that wants to judge it itself."""
        self._was_judged = True
        return self._observation

    def hold(self) -> None:
        """Fail the test, in a few lines, unless all that the platform's file expects holds.

        With fewer failures in a row than the check's ``failure_threshold``, or in a maintenance
        that the platform declares, the test is an expected failure instead (``xfail``).
        """
        __tracebackhide__ = True
        self._was_judged = True
        if self._forgiven_for:
            pytest.xfail(self._forgiven_for)
        if self._text:
            raise failed(self._text)

    def demand(self) -> None:
        """Return when the test judged this.

        Raises:
            pytest.fail.Exception: It did not.
        """
        __tracebackhide__ = True
        if not self._was_judged:
            raise unusable(f"{self._observation.name}: the test never calls hold()")

    def blame(self, error: BaseException) -> None:
        """Do nothing: what was seen is recorded as the platform's file judges it."""


@pytest.fixture
def declared_check(request: pytest.FixtureRequest) -> Declared:
    """A check of the platform's file, sent; the test says ``declared_check.hold()``."""
    from seakeep.probes.engine import kind_of  # noqa: PLC0415

    session = session_of(request.config)
    check = request.param
    return _given(
        request,
        session.answer(check),
        lambda: kind_of(check).repeat(check, session.platform.base_url),
        threshold=check.failure_threshold,
    )


@pytest.fixture
def declared_journey(request: pytest.FixtureRequest, browser_name: str) -> Declared:  # noqa: ARG001 - lets --browser choose
    """A journey of the platform's file, walked; the test says ``declared_journey.hold()``."""
    from seakeep.probes.journey import walk  # noqa: PLC0415

    session = session_of(request.config)
    session.wait()
    observation = walk(
        request.param,
        session.platform,
        lambda: request.getfixturevalue("new_context")(),  # noqa: PLW0108 - launches when called
        location=session.location,
        run_id=session.run_id,
        artifacts=environment.home() / "artifacts" / session.run_id,
    )
    (recorded,) = session.record(observation)
    return _given(request, recorded)


def _given(
    request: pytest.FixtureRequest,
    observation: Observation,
    repeat: Callable[[], str] = str,
    threshold: int = 1,
) -> Declared:
    """Hand an observation to a test, and make sure that the test judges it."""
    from seakeep.observation import Outcome  # noqa: PLC0415
    from seakeep.probes.wording import failure_text  # noqa: PLC0415

    note(
        request.node,
        cause=observation.cause,
        trace_id=observation.attributes.get("trace_id", ""),
        duration_s=f"{observation.duration_s:.6f}",
    )
    text, why = "", None
    if observation.outcome is not Outcome.GOOD:
        text = failure_text(observation, repeat=repeat(), threshold=threshold)
    if observation.outcome is Outcome.INVALID:
        raise unusable(text)
    if observation.outcome is Outcome.BAD:
        platform: Platform = session_of(request.config).platform
        why = forgiven(observation, threshold, platform.maintenance)
    declared = Declared(observation, text, why)
    expect_judgement(request.node, declared)
    return declared
