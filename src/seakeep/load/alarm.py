"""Sleeps of a greenlet that end when they should.

gevent's timers are whole milliseconds, rounded up, since epoll's are: on average an arrival would
start half a millisecond late. Linux has timers that are file descriptors, with nanoseconds
(https://man7.org/linux/man-pages/man2/timerfd_create.2.html), and gevent waits for these as for
sockets.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from time import perf_counter
from typing import Any

import gevent  # type: ignore[import-untyped]

__all__ = ["Alarm"]

# From <time.h> and <sys/timerfd.h>; Python's own os.timerfd_create came with 3.13.
_CLOCK_MONOTONIC = 1  # that of perf_counter
_TFD_TIMER_ABSTIME = 1
_READ = 1  # gevent's and libev's event of a readable descriptor
_SOONEST_NS = 1  # 0 would disarm the timer
_NS = 1_000_000_000


class _Spec(ctypes.Structure):
    """``struct itimerspec``: the interval, which we don't use, and the moment."""

    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("at_s", ctypes.c_long),
        ("at_ns", ctypes.c_long),
    )


class Alarm:
    """What one greenlet sleeps by."""

    def __init__(self) -> None:
        """Take a timer; where there are none, gevent's own serve."""
        self._file: int | None = None
        self._watcher: Any = None
        self._set: Any = None
        if sys.platform == "linux":
            with contextlib.suppress(AttributeError, OSError):
                self._open()

    def _open(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._set = libc.timerfd_settime
        file = libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if file >= 0:
            self._file = file
            self._watcher = gevent.get_hub().loop.io(file, _READ)

    def sleep_until(self, at_s: float) -> None:
        """Return at a moment of `perf_counter`; others have their turn, even if it has passed."""
        if self._file is None or not self._arm(self._file, int(at_s * _NS)):
            gevent.sleep(max(0.0, at_s - perf_counter()))
            return
        gevent.get_hub().wait(self._watcher)
        with contextlib.suppress(BlockingIOError):
            os.read(self._file, 8)

    def close(self) -> None:
        """Give the timer back; whoever sleeps any more does so by gevent's own."""
        if self._file is not None:
            self._watcher.close()
            os.close(self._file)
            self._file = None

    def _arm(self, file: int, at_ns: int) -> bool:
        at_ns = max(_SOONEST_NS, at_ns)
        spec = _Spec(0, 0, at_ns // _NS, at_ns % _NS)
        return bool(self._set(file, _TFD_TIMER_ABSTIME, ctypes.byref(spec), None) == 0)
