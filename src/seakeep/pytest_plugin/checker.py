"""Checks in plain Python: what the fixture ``check`` gives to a test."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Unpack

import pytest

from seakeep.pytest_plugin.judging import note
from seakeep.pytest_plugin.suites import known_suites
from seakeep.pytest_plugin.told import unusable

if TYPE_CHECKING:
    from seakeep.probes.session import ProbeSession
    from seakeep.pytest_plugin.keywords import RequestKeywords
    from seakeep.pytest_plugin.reply import Reply

__all__ = ["Checker"]

_DEFAULT_SUITE = "api"
_LONGEST_NAME = 58
"""A name has at most 63 characters, and ``-1234`` may follow this one."""


class Checker:
    """Sends the requests of one test; each is one observation, recorded when the test has ended.

    A request takes the options of a check in ``platform.yaml``, and yields to the defaults of the
    test's suite: that of its marker, else ``api``. One that gets no answer fails the test at once.
    """

    def __init__(self, session: ProbeSession, item: pytest.Item) -> None:
        self._session = session
        self._item = item
        self._suite = _suite(session, item)
        self._replies: list[Reply] = []

    def get(self, path: str, **options: Unpack[RequestKeywords]) -> Reply:
        """Send a GET request to a path under the platform's base URL, or to a whole URL."""
        __tracebackhide__ = True
        return self.request("GET", path, **options)

    def head(self, path: str, **options: Unpack[RequestKeywords]) -> Reply:
        """Send a HEAD request."""
        __tracebackhide__ = True
        return self.request("HEAD", path, **options)

    def options(self, path: str, **options: Unpack[RequestKeywords]) -> Reply:
        """Send an OPTIONS request."""
        __tracebackhide__ = True
        return self.request("OPTIONS", path, **options)

    def post(self, path: str, **options: Unpack[RequestKeywords]) -> Reply:
        """Send a POST request."""
        __tracebackhide__ = True
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Unpack[RequestKeywords]) -> Reply:
        """Send a PUT request."""
        __tracebackhide__ = True
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Unpack[RequestKeywords]) -> Reply:
        """Send a PATCH request."""
        __tracebackhide__ = True
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Unpack[RequestKeywords]) -> Reply:
        """Send a DELETE request."""
        __tracebackhide__ = True
        return self.request("DELETE", path, **options)

    def request(self, method: str, path: str, **options: Unpack[RequestKeywords]) -> Reply:
        """Send a request by any of these methods.

        Raises:
            pytest.fail.Exception: There was no answer, or the options are wrong.
        """
        __tracebackhide__ = True
        from seakeep.pytest_plugin.reading import read_check  # noqa: PLC0415
        from seakeep.pytest_plugin.reply import Reply  # noqa: PLC0415

        asked = {"name": self._next_name(), **options}
        asked |= {"suite": self._suite, "method": method.upper(), "path": path}
        check = read_check(asked, self._session.platform)
        reply = Reply(self._session, check, lambda **found: note(self._item, **found))
        self._replies.append(reply)
        reply.fail_unless_good()
        return reply

    def demand(self) -> None:
        """Return when the test asserted something of each answer.

        Raises:
            pytest.fail.Exception: It did not.
        """
        __tracebackhide__ = True
        if not self._replies:
            raise unusable("the test uses the fixture 'check' and sends no request")
        for reply in self._replies:
            if not reply.was_looked_at:
                raise unusable(
                    f"{reply!r}: the test asserts nothing of the answer; wanted .expect(...),\n"
                    "    or a look at its status, headers, text, json() or duration_s"
                )

    def blame(self, error: BaseException) -> None:
        """Take a failed assertion for a judgement of the answer that was looked at last."""
        __tracebackhide__ = True
        open_ones = [reply for reply in self._replies if not reply.is_settled]
        if not open_ones:
            return
        last = max(open_ones, key=lambda reply: reply.looked_at)
        if isinstance(error, AssertionError | pytest.fail.Exception):
            last.blame(str(error))
            self._item.add_report_section("call", "exchange", last.text_of_failure())
            last.forgive()
        elif not isinstance(error, pytest.skip.Exception | pytest.xfail.Exception):
            last.doubt()

    def settle(self) -> None:
        """Record all that the test judged, in one transaction."""
        judged = [reply.observation for reply in self._replies if reply.is_judged]
        if judged:
            self._session.record(*judged)

    def _next_name(self) -> str:
        number = len(self._replies) + 1
        name = _label(self._item.name)
        return name if number == 1 else f"{name}-{number}"


def _suite(session: ProbeSession, item: pytest.Item) -> str:
    """Return the suite that the nearest marker of the test names, among those that there are."""
    known = known_suites(session.platform)
    return next((mark.name for mark in item.iter_markers() if mark.name in known), _DEFAULT_SUITE)


def _label(name: str) -> str:
    """Return the name of a test as one that is safe in metrics: an RFC 1123 label."""
    label = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if 0 < len(label) <= _LONGEST_NAME:
        return label
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{label[: _LONGEST_NAME - 9]}-{digest}".strip("-")
