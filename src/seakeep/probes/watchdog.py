"""Ends a walk that a page holds up: Playwright waits for a busy page without end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

from greenlet import greenlet  # type: ignore[import-untyped]
from playwright.sync_api import Error, Page

__all__ = ["Watchdog"]


class Watchdog:
    """Closes a page that does not give control back; whoever waits for it gets an `Error`.

    Some calls, such as ``evaluate``, have no time-out, and some that have one wait for the page
    again once it is over. Nothing of the page has a say in whether it is closed.

    Attributes:
        has_bitten: Whether it closed the page.
    """

    def __init__(self, page: Page) -> None:
        self.has_bitten = False
        self._page = page

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Close the page unless what stands under this is done within so many seconds."""
        # Playwright's loop runs on this thread, in a greenlet that goes on while we wait. Calls
        # from there need a greenlet of their own, as its event handlers have.
        loop = asyncio.get_running_loop()
        timer = loop.call_later(seconds, lambda: greenlet(self._bite).switch())
        try:
            yield
        finally:
            timer.cancel()

    def _bite(self) -> None:
        self.has_bitten = True
        with contextlib.suppress(Error):
            self._page.close()
