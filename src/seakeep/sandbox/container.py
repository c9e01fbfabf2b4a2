"""A container: one operating-system process that a pod runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from seakeep.sandbox.container_log import ContainerLog

__all__ = ["Container", "ContainerCommand", "ContainerNotStartedError"]

_START_LIMIT_S = 20.0
_LAST_WORDS_S = 1.0


class ContainerNotStartedError(Exception):
    """The process ended, or said no port, before it was up."""


@dataclass(frozen=True, slots=True)
class ContainerCommand:
    """What a container runs: a module, its arguments, and the directory of its pod.

    The module prints `port <number>` as its first line when it listens, and exits when
    its stdin ends. All else that it prints is in its log.
    """

    module: str
    arguments: tuple[str, ...]
    directory: Path

    @property
    def log(self) -> Path:
        """What the present container of the pod says."""
        return self.directory / "container.log"

    @property
    def previous_log(self) -> Path:
        """What the one before said."""
        return self.directory / "previous.log"

    def argv(self) -> tuple[str, ...]:
        """The command line; the child is told its parent's pid first."""
        return (sys.executable, "-P", "-m", self.module, str(os.getpid()), *self.arguments)


class Container:
    """One run of a command: from its start to its exit, never started twice."""

    def __init__(self, command: ContainerCommand) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self.started_at = datetime.now(UTC)
        self.finished_at: datetime | None = None
        self.exit_code: int | None = None
        self.port: int | None = None
        self.log: ContainerLog | None = None
        self._logging: list[asyncio.Task[None]] = []

    @property
    def pid(self) -> int | None:
        """The process id, once there is one."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """Whether it listens and has not exited."""
        return self.port is not None and self.exit_code is None

    async def start(self) -> None:
        """Start the process and wait until it listens.

        Raises:
            ContainerNotStartedError: It ended, or was silent too long.
        """
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command.argv(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._command.directory,
        )
        assert process.stdout is not None  # noqa: S101 - pipes were asked for
        assert process.stderr is not None  # noqa: S101
        self.log = self._new_log()
        loop = asyncio.get_running_loop()
        self._logging.append(loop.create_task(self.log.copy(process.stderr, "stderr")))
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _START_LIMIT_S)
            self.port = int(line.decode().removeprefix("port "))
        except (TimeoutError, ValueError):
            self.signal(signal.SIGKILL)
            await self.wait()
            raise ContainerNotStartedError(f"see {self._command.log}") from None
        self._logging.append(loop.create_task(self.log.copy(process.stdout, "stdout")))

    def _new_log(self) -> ContainerLog:
        """An empty log; what the container before said is kept beside it."""
        with contextlib.suppress(OSError):
            self._command.log.replace(self._command.previous_log)
        return ContainerLog(self._command.log)

    async def wait(self) -> int:
        """Wait for the exit; the exit code, or minus the signal's number."""
        if self._process is None:
            return 0
        self.exit_code = await self._process.wait()
        self.finished_at = self.finished_at or datetime.now(UTC)
        await self._finish_log()
        return self.exit_code

    async def _finish_log(self) -> None:
        """Write down its last words; not those of what it left behind with its pipes."""
        if self._logging:
            _, open_still = await asyncio.wait(self._logging, timeout=_LAST_WORDS_S)
            for task in open_still:
                task.cancel()
        if self.log is not None and not self.log.ended:
            self.log.close()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if the process is still there."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def stop(self, grace_s: float) -> None:
        """SIGTERM, then SIGKILL after the grace period; with none, SIGKILL at once."""
        if grace_s > 0:
            self.signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wait(), grace_s)
                return
        self.signal(signal.SIGKILL)
        await self.wait()
