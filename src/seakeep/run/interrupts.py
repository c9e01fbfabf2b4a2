"""Ctrl-C, SIGTERM and SIGHUP as one interrupt that leaves time to clean up."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

__all__ = ["Interrupts"]

_Handler = Callable[[int, FrameType | None], object] | int | signal.Handlers | None
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Within it the first signal raises `KeyboardInterrupt`; later ones only say "patience".

    What runs in ``finally`` and ``with`` blocks after the first signal is therefore never
    interrupted itself, and no fault, process or file is left because somebody pressed twice.
    From `hold` on, not even the first signal interrupts: the clean-up has begun by itself.
    """

    def __init__(self, on_repeat: Callable[[], None]) -> None:
        """Keep what to call when a signal comes during the clean-up."""
        self._on_repeat = on_repeat
        self._before: dict[signal.Signals, _Handler] = {}
        self._held = False
        self.received: signal.Signals | None = None

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def hold(self) -> None:
        """Let no signal interrupt what follows."""
        self._held = True

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self._held or self.received is not None:
            self._on_repeat()
            return
        self.received = signal.Signals(number)
        raise KeyboardInterrupt
