"""A worker that ``--processes`` started ends with the process that started it."""

from __future__ import annotations

import signal
from collections.abc import Callable

import gevent  # type: ignore[import-untyped]

from seakeep.lifeline import die_with_parent

__all__ = ["end_with_parent"]


def end_with_parent(lose_master: Callable[[str], None] | None) -> None:
    """Have this process, whose main greenlet calls, end when its parent does.

    By a signal that means nothing else: SIGTERM would have Locust end, and each thread of the
    parent that dies sends one, of which Locust can bear only the first.

    Args:
        lose_master: Called, perhaps several times, when the parent was the master. ``None`` when it
            was a worker that only waits for its own: this one then leaves as after Ctrl-C.
    """
    main = gevent.getcurrent()
    has_left = False

    def end() -> None:
        nonlocal has_left
        if lose_master is not None:
            lose_master("the master is gone")
        elif not has_left:
            has_left = True
            gevent.kill(main, KeyboardInterrupt)

    gevent.signal_handler(signal.SIGUSR2, end)
    die_with_parent(number=signal.SIGUSR2)
