"""Signals while a fault may be in place: noted first, and held off from the last steps."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from seakeep.chaos.session import Session

__all__ = ["noted"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_ASKS_FOR_THE_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_Handler = Callable[[int, FrameType | None], object]


@contextmanager
def noted(session: Session) -> Iterator[None]:
    """Note signals in the session before the Chaos Toolkit sees them.

    It turns SIGTERM in a running action into a failure of that action, and goes on with the next;
    the session knows better. While the session closes, a signal only makes it hurry: the fault
    comes first, and each of those steps has a deadline. Handlers touch no lock.
    """
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        asks = number in _ASKS_FOR_THE_END
        if asks and session.evidence.breach is None and not session.overdue:
            session.interrupted_by = session.interrupted_by or signal.Signals(number).name
        if session.closing:
            session.hurried = session.hurried or asks
            return
        # The Chaos Toolkit does not know that a terminal can be closed, and would just die of it.
        number = signal.SIGTERM if number == signal.SIGHUP else number
        earlier = before[signal.Signals(number)]
        if callable(earlier):
            earlier(number, frame)

    for number in _SIGNALS:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
