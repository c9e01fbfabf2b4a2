"""Stress processes as the sandbox sees them: started, waited for, and ended without fail."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from seakeep.sandbox.chaos_record import InjectionError

__all__ = ["StressorProcess"]

_START_LIMIT_S = 8.0
_END_LIMIT_S = 3.0
_ERROR_LIMIT_BYTES = 4096


class StressorProcess:
    """One process of `seakeep.sandbox.stressor`, a child of this one that dies with it."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Its process id; 0 before it has one."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Start it, and return when it says that it is under way.

        Raises:
            InjectionError: It can't do what it is for; the message is its own.
        """
        command = (sys.executable, "-P", "-m", "seakeep.sandbox.stressor", str(os.getpid()))
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                *self._options,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise InjectionError(f"the stressor did not start: {error}") from None
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            async with asyncio.timeout(_START_LIMIT_S):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise InjectionError(f"not under way within {_START_LIMIT_S:g} s") from None
        if line.strip() != b"under way":
            raise InjectionError(await self._why())

    async def ended(self) -> str:
        """Wait until it has ended by itself; how."""
        code = await self._process.wait() if self._process else 0
        return f"the stressor, process {self.pid}, ended with code {code}"

    async def end(self) -> None:
        """Kill it, and return when it is gone; no error if it is.

        Raises:
            InjectionError: It is still there.
        """
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        try:
            async with asyncio.timeout(_END_LIMIT_S):
                await self._process.wait()
        except TimeoutError:
            raise InjectionError(f"the stressor, process {self.pid}, does not end") from None

    async def _why(self) -> str:
        """What it said on stderr before it ended; else how it ended."""
        assert self._process is not None  # noqa: S101 - called after it was started
        assert self._process.stderr is not None  # noqa: S101 - a pipe was asked for
        said = (await self._process.stderr.read(_ERROR_LIMIT_BYTES)).decode("utf-8", "replace")
        lines = said.strip().splitlines()
        return lines[-1] if lines else await self.ended()
