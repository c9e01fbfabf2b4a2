"""Starts, finds and stops the sandbox of a home directory.

Only the standard library, psutil, the sandbox's record and what is as light are imported here, so
that a command which merely asks is quick.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from seakeep.errors import SandboxError
from seakeep.processes import living
from seakeep.sandbox.environment import SandboxEnvironment, SandboxRecord, state_directory

__all__ = ["SandboxEnvironment", "down", "foreground", "read", "up"]

_START_LIMIT_S = 30.0
_STOP_LIMIT_S = 5.0
_POLL_S = 0.02


def up(
    home: Path,
    *,
    ingress_port: int = 0,
    limit_per_s: float | None = None,
    pods: int = 3,
    restarts: bool = True,
) -> SandboxEnvironment:
    """Start the sandbox of `home` in the background, unless it runs already.

    Args:
        home: Seakeep's own directory; the sandbox keeps its files in `sandbox` within.
        ingress_port: The port of its ingress on 127.0.0.1; 0 for a free one.
        limit_per_s: How many requests a second its ingress passes on; None for all that come.
        pods: How many pods a new one has.
        restarts: Whether a container of theirs that ended is started again.

    Returns:
        Where it is found; with all its pods ready.

    Raises:
        SandboxError: It did not start, with the last lines of its log; or one with another limit
            than asked for is up.
    """
    home = home.absolute()
    with _alone(home):
        running = read(home)
        if running is not None:
            _refuse_other_limit(running, limit_per_s)
            return running
        _clear(home)
        options = _options(ingress_port, limit_per_s, pods, restarts=restarts)
        process, environment = _bring_up(home, options, subprocess.DEVNULL)
    # It is meant to outlive this process, which therefore never waits for it.
    process.returncode = 0
    return environment


def read(home: Path) -> SandboxEnvironment | None:
    """Where the running sandbox of `home` is found; None if none runs."""
    record = SandboxRecord.read(_state_file(home.absolute()))
    if record is None or _process(record) is None:
        return None
    return record.environment


def down(home: Path) -> bool:
    """Stop the sandbox of `home` and remove its files; whether there was one to stop.

    Raises:
        SandboxError: A process of it is still there.
    """
    home = home.absolute()
    if not state_directory(home).is_dir():
        return False
    with _alone(home):
        record = SandboxRecord.read(_state_file(home))
        process = _process(record) if record is not None else None
        if process is not None:
            _stop(process)
        _clear(home)
    _remove_directory(home)
    return process is not None


@contextlib.contextmanager
def foreground(
    home: Path, *, ingress_port: int = 0, limit_per_s: float | None = None
) -> Iterator[SandboxEnvironment]:
    """Run the sandbox for as long as the block runs; it ends with this process, however that ends.

    Raises:
        SandboxError: It did not start, or one runs there already.
    """
    home = home.absolute()
    with _alone(home):
        if read(home) is not None:
            raise SandboxError(f"{state_directory(home)}: a sandbox runs here already; stop it")
        _clear(home)
        options = _options(ingress_port, limit_per_s)
        process, environment = _bring_up(home, options, subprocess.PIPE)
    try:
        yield environment
    finally:
        if process.poll() is None:
            _stop(psutil.Process(process.pid))
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
        _clear(home)
        _remove_directory(home)


def _options(
    ingress_port: int, limit_per_s: float | None, pods: int = 3, *, restarts: bool = True
) -> tuple[str, ...]:
    """The supervisor's, but those that follow from how it is started."""
    limit = () if limit_per_s is None else ("--limit", repr(limit_per_s))
    rest = () if restarts else ("--no-restart",)
    return ("--ingress-port", str(ingress_port), "--pods", str(pods), *limit, *rest)


def _refuse_other_limit(running: SandboxEnvironment, limit_per_s: float | None) -> None:
    if limit_per_s not in {None, running.limit_per_s}:
        limit = running.limit_per_s
        there = "no limit" if limit is None else f"a limit of {limit:g}/s"
        raise SandboxError(
            f"a sandbox with {there} is up at {running.base_url}; wanted one of {limit_per_s:g}/s: "
            "'seakeep sandbox down' first"
        )


def _bring_up(
    home: Path, options: tuple[str, ...], stdin: int
) -> tuple[subprocess.Popen[bytes], SandboxEnvironment]:
    """Start the supervisor and wait until it is ready; whatever comes between takes it down."""
    process = _start(home, options, stdin)
    try:
        return process, _await_ready(home, process)
    except BaseException:
        if process.poll() is None:
            _stop(psutil.Process(process.pid))
        process.wait()
        _clear(home)
        raise


def _start(home: Path, options: tuple[str, ...], stdin: int) -> subprocess.Popen[bytes]:
    """Start the supervisor in a session of its own: a Ctrl-C is for its owner to handle."""
    command = [sys.executable, "-P", "-m", "seakeep.sandbox.supervisor", "--home", str(home)]
    command += options
    command += ["--foreground"] if stdin == subprocess.PIPE else []
    with _log_file(home).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - this very Python, and a path
            command, stdin=stdin, stdout=log, stderr=log, start_new_session=True
        )


def _await_ready(home: Path, process: subprocess.Popen[bytes]) -> SandboxEnvironment:
    """Wait for the state file that this very process writes."""
    ends = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < ends and process.poll() is None:
        record = SandboxRecord.read(_state_file(home))
        if record is not None and record.environment.supervisor_pid == process.pid:
            return record.environment
        time.sleep(_POLL_S)
    why = "ended" if process.poll() is not None else f"was not ready within {_START_LIMIT_S:g} s"
    if process.poll() is None:
        _stop(psutil.Process(process.pid))
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
    lines = _log_file(home).read_text(errors="replace").splitlines()[-10:]
    raise SandboxError("\n".join([f"the sandbox {why}; its log {_log_file(home)} ends:", *lines]))


def _process(record: SandboxRecord) -> psutil.Process | None:
    """The supervisor's process, if it is that of the record and alive."""
    return living(record.environment.supervisor_pid, record.created_s)


def _stop(process: psutil.Process) -> None:
    """End the supervisor, and with it its children; wait until all are gone."""
    family = [process]
    with contextlib.suppress(psutil.Error):
        family += process.children(recursive=True)
    with contextlib.suppress(psutil.Error):
        process.terminate()
    _, alive = psutil.wait_procs(family, _STOP_LIMIT_S)
    for member in alive:
        with contextlib.suppress(psutil.Error):
            member.kill()
    _, alive = psutil.wait_procs(alive, _STOP_LIMIT_S)
    alive = [member for member in alive if not _is_zombie(member)]
    if alive:
        raise SandboxError(f"still there: processes {', '.join(str(m.pid) for m in alive)}")


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the sandbox's directory, so that no two commands start or stop it at once."""
    directory = state_directory(home)
    while True:
        directory.mkdir(parents=True, exist_ok=True)
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            # Another command may have removed the directory while this one waited.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), directory.stat()):
                    yield
                    return
        finally:
            os.close(handle)


def _clear(home: Path) -> None:
    """Remove the files of a sandbox that is gone."""
    shutil.rmtree(state_directory(home) / "pods", ignore_errors=True)
    for path in state_directory(home).iterdir():
        if path.name in {"state.json", "kubeconfig"} or path.suffix == ".log":
            path.unlink(missing_ok=True)


def _remove_directory(home: Path) -> None:
    with contextlib.suppress(OSError):  # something of somebody else's is in it
        state_directory(home).rmdir()


def _state_file(home: Path) -> Path:
    return state_directory(home) / "state.json"


def _log_file(home: Path) -> Path:
    return state_directory(home) / "sandbox.log"
