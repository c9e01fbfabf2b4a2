"""The watchdog: a thread that ends a run early, whatever the Chaos Toolkit is doing.

The toolkit looks at nothing between two activities, and waits for a running one without limit.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from chaoslib.exit import exit_gracefully  # type: ignore[import-untyped]

from seakeep.chaos.session import Session
from seakeep.errors import SeakeepError

__all__ = ["Watchdog"]

_END_S = 5.0
"""How long the Chaos Toolkit may take to come to its end once it must, in seconds."""

_ROLLBACKS_S = 60.0
"""The same where it is at the user's own rollbacks."""

_POLL_S = 0.1
_OWN_S = 2.0  # a signal ends the toolkit by itself, unless an action swallows it

logger = logging.getLogger("chaostoolkit")


class Watchdog:
    """Looks for a reason to end; then first the fault goes, then the experiment."""

    def __init__(self, session: Session, force: Callable[[], None]) -> None:
        """Get ready.

        Args:
            session: The run.
            force: Ends the process with its result, when the toolkit does not come to its end.
        """
        self._session = session
        self._force = force
        self._thread = threading.Thread(target=self._live, daemon=True, name="watchdog")

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def _live(self) -> None:
        session = self._session
        if not self._await_reason():
            return
        if session.evidence.breach is not None:
            logger.critical("guard: %s; removing the fault", session.stop_reason)
        else:
            logger.warning("guard: %s; removing the fault", session.stop_reason)
        try:
            session.remove_faults()
        except Exception as error:  # whatever it is, the run must end
            logger.critical("guard: %s", error, exc_info=not isinstance(error, SeakeepError))
        if session.interrupted_by:
            self._await_end(_OWN_S)
        if not (session.closing or session.rolling_back):
            exit_gracefully()
        if not (
            self._await_end(_END_S) or (session.rolling_back and self._await_end(_ROLLBACKS_S))
        ):
            logger.critical("guard: the Chaos Toolkit does not come to its end; ending it")
            self._force()

    def _await_reason(self) -> bool:
        """Return when there is a reason to end; false when the run came to its end without one."""
        session = self._session
        deadline = time.monotonic() + session.plan.declared.timeout_s
        while not session.closing:
            session.must_end.wait(_POLL_S)
            session.overdue = session.overdue or time.monotonic() > deadline
            if session.stop_reason:
                return not session.closing
        return False

    def _await_end(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while not self._session.closing and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return self._session.closing
