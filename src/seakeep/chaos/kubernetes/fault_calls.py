"""Calls that make a fault: they go through chaosk8s, which knows no time-outs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from seakeep.errors import FaultError
from seakeep.plain import one_line

__all__ = ["FaultCalls"]

_MOST_SAID = 400


class FaultCalls:
    """Each call has a thread of its own, which may be left behind; none is forgotten."""

    def __init__(self) -> None:
        """Begin with none."""
        self._threads: list[threading.Thread] = []

    def run(self, call: Callable[[], Any], deadline_s: float) -> Any:  # noqa: ANN401 - untyped
        """Return what a call returns.

        Raises:
            FaultError: It failed, or no answer came in time. Then it may still take effect.
        """
        results: list[Any] = []
        errors: list[Exception] = []

        def work() -> None:
            try:
                results.append(call())
            except Exception as error:  # noqa: BLE001 - translated below, on the caller's thread
                errors.append(error)

        thread = threading.Thread(target=work, daemon=True, name="chaosk8s")
        self._threads.append(thread)
        thread.start()
        thread.join(deadline_s)
        if errors:
            why = one_line(str(errors[0]), _MOST_SAID)  # with all that the cluster answered
            raise FaultError(f"the cluster did not take the fault: {why}") from errors[0]
        if not results:
            raise FaultError(f"the cluster did not answer within {deadline_s:g} s")
        return results[0]

    def settle(self, deadline_s: float) -> None:
        """Wait until no call is on its way: none may arrive after its undo.

        Raises:
            FaultError: One still is, so that no absence proves anything yet.
        """
        end = time.monotonic() + deadline_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if self._threads:
            raise FaultError(
                f"{len(self._threads)} call for a fault is still on its way; it may take effect yet"
            )
