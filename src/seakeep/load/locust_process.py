"""What a run of ours needs changed in Locust's own process."""

from __future__ import annotations

import logging
import signal
from argparse import Namespace
from collections.abc import Callable

import gevent  # type: ignore[import-untyped]
from locust.env import Environment
from locust.event import EventHook
from locust.exception import StopTest

__all__ = [
    "interrupt_only",
    "listen",
    "quit_after",
    "take_over_the_end",
    "take_over_the_web_end",
    "tidy",
]


_MOST_TOLD = 20
_LONGEST_TOLD = 10_000


def listen(hook: EventHook, listener: Callable[..., None]) -> None:
    """Have a function called with an event of Locust's."""
    hook.add_listener(listener)  # type: ignore[no-untyped-call]


class _Once(logging.Filter):
    """Lets a message pass the first time: a task that raises does so for every visitor."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        told = record.getMessage()[:_LONGEST_TOLD]
        is_new = told not in self._seen and len(self._seen) < _MOST_TOLD
        if is_new:
            self._seen.add(told)
        return is_new


def tidy() -> None:
    """Have timers count from now, and not from before the imports, and the log say what is true."""
    hub = gevent.get_hub()
    hub.loop.update_now()
    hub.NOT_ERROR = (*hub.NOT_ERROR, StopTest)  # Locust says why; gevent would print a traceback
    _silence("locust.runners", "spawn rate is very high")  # of users, who do nothing yet
    logging.getLogger("locust.user.task").addFilter(_Once())


def interrupt_only(main: object) -> None:
    """Have Ctrl-C end the main greenlet: by default it may hit a user and lose its request."""
    gevent.signal_handler(signal.SIGINT, gevent.kill, main, KeyboardInterrupt)
    gevent.signal_handler(signal.SIGHUP, gevent.kill, main, KeyboardInterrupt)  # a lost terminal


def take_over_the_end(options: Namespace) -> None:
    """Keep Locust from ending the run by its own clock, which starts before the users are there."""
    options.run_time = None
    _silence("locust.main", "No run time limit set")  # there is one


def take_over_the_web_end(environment: Environment) -> None:
    """Do the same for a run that the web interface started, once its users are there.

    Locust has no public way; without this one, the run ends a third of a second early.
    """
    cancel = getattr(environment.web_ui, "_cancel_run_time_timer", None)
    if cancel is not None:
        cancel()


def quit_after(seconds: float, environment: Environment) -> None:
    """Quit as ``--autoquit`` says: Locust does it only where its own clock ended the run."""
    gevent.sleep(seconds)
    if environment.runner is not None:
        environment.runner.quit()
    if environment.web_ui is not None:
        environment.web_ui.stop()  # type: ignore[no-untyped-call]


def _silence(logger: str, untrue: str) -> None:
    logging.getLogger(logger).addFilter(lambda record: untrue not in record.getMessage())
