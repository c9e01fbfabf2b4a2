"""A process that a client runs in a pod, beside its container."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["STATUS", "STDERR", "STDIN", "STDOUT", "ExecProcess"]

STDIN, STDOUT, STDERR, STATUS = 0, 1, 2, 3
"""The channels of Kubernetes' remote command protocol."""

Send = Callable[[int, bytes], Awaitable[None]]
_READ_BYTES = 32 * 1024
_LAST_WORDS_S = 1.0


class ExecProcess:
    """One command, from its start until it and all it started have ended."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls, argv: Sequence[str], directory: Path, environment: dict[str, str], *, stdin: bool
    ) -> ExecProcess:
        """Start a command in a directory, at the head of a process group of its own.

        Args:
            argv: The command and its arguments; no shell reads them.
            directory: Where.
            environment: What is added to the sandbox's own.
            stdin: Whether the client sends input; without, there is none.

        Raises:
            OSError: The system starts no process.
        """
        pipe = asyncio.subprocess.PIPE
        tied = (sys.executable, "-P", "-m", "seakeep.sandbox.exec_command", str(os.getpid()))
        process = await asyncio.create_subprocess_exec(
            *tied,
            *argv,
            stdin=pipe if stdin else asyncio.subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            cwd=directory,
            env=os.environ | environment,
            start_new_session=True,
        )
        return cls(process)

    async def run(self, send: Send) -> dict[str, Any]:
        """Pass its output on until it ends; how it ended, as a `Status`."""
        try:
            pumps = [
                asyncio.create_task(_pump(source, channel, send))
                for channel, source in (
                    (STDOUT, self._process.stdout),
                    (STDERR, self._process.stderr),
                )
                if source is not None
            ]
            code = await self._process.wait()
            _, left = await asyncio.wait(pumps, timeout=_LAST_WORDS_S)
            for pump in left:  # something it started has its output still open
                pump.cancel()
            return _status(code)
        finally:
            self.kill()

    async def feed(self, data: bytes) -> None:
        """Input for it; lost once it takes no more."""
        stdin = self._process.stdin
        if stdin is not None and not stdin.is_closing():
            with contextlib.suppress(ConnectionError):
                stdin.write(data)
                await stdin.drain()

    def end_input(self) -> None:
        """No more input will come."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def kill(self) -> None:
        """End it, and all of its group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


async def _pump(source: asyncio.StreamReader, channel: int, send: Send) -> None:
    while data := await source.read(_READ_BYTES):
        await send(channel, data)


def _status(code: int) -> dict[str, Any]:
    """As `streamLayer` in Kubernetes' pkg/kubelet/cri/streaming writes it on the error channel."""
    status: dict[str, Any] = {"metadata": {}, "status": "Success"}
    if code == 0:
        return status
    shown = code if code > 0 else 128 - code
    message = f"command terminated with non-zero exit code: exit status {shown}"
    causes = [{"reason": "ExitCode", "message": str(shown)}]
    return status | {
        "status": "Failure",
        "reason": "NonZeroExitCode",
        "message": message,
        "details": {"causes": causes},
    }
