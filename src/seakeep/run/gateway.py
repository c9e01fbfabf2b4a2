"""The real Pushgateway on loopback, for the length of one run against the sandbox."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx

from seakeep.lifeline import die_with_parent
from seakeep.processes import end_tree

__all__ = ["find_pushgateway", "local_pushgateway"]

_NAMES = ("prometheus-pushgateway", "pushgateway")
_START_TIMEOUT_S = 5.0
_POLL_S = 0.05


def find_pushgateway() -> str | None:
    """Return the path of the Pushgateway's binary, or ``None`` when it is not installed."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextlib.contextmanager
def local_pushgateway(binary: str, log: Path) -> Iterator[str | None]:
    """Run a Pushgateway on a free loopback port; yields its URL, or ``None`` if it won't start."""
    address = f"127.0.0.1:{_free_port()}"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the binary was found on PATH
            [binary, f"--web.listen-address={address}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - no locks here
        )
    try:
        url = f"http://{address}"
        yield url if _wait_until_ready(url, process) else None
    finally:
        if process.poll() is None:
            end_tree(process.pid)
        process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/-/ready", timeout=1.0, trust_env=False).is_success:
                return True
        time.sleep(_POLL_S)
    return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
