"""What a run needs around it: a sandbox and a Pushgateway where the platform asks for them."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from seakeep import environment
from seakeep.errors import SandboxError
from seakeep.platform import Environment
from seakeep.platform_file import FILE_NAME
from seakeep.run.gateway import find_pushgateway, local_pushgateway
from seakeep.run.progress import Progress
from seakeep.yaml_source import read_documents

__all__ = ["BASE_URL", "sandbox_where_wanted", "surroundings", "variables"]

BASE_URL = "SEAKEEP_BASE_URL"
_CONNECT_TIMEOUT_S = 2.0


@contextlib.contextmanager
def surroundings(
    platform_folder: Path, home: Path, logs: Path, progress: Progress
) -> Iterator[None]:
    """Bring up what the platform lacks, and take down on the way out what was brought up.

    A platform whose ``environment`` is ``sandbox`` gets a sandbox when ``SEAKEEP_BASE_URL`` is
    not set (the one that is up already, if there is one), and a Pushgateway when
    ``SEAKEEP_PUSHGATEWAY`` is not set. Both are told to children through the environment.

    Raises:
        ConfigError: The platform's file can't be read.
        SandboxError: The sandbox does not start.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(sandbox_where_wanted(platform_folder, home, progress))
        if _is_sandbox(platform_folder) and not environment.pushgateway():
            _enter_gateway(stack, logs, progress)
        yield


@contextlib.contextmanager
def sandbox_where_wanted(
    platform_folder: Path, home: Path, progress: Progress, *, limit_per_s: float | None = None
) -> Iterator[None]:
    """Bring up a sandbox where the platform asks for one; see `surroundings`.

    Args:
        platform_folder: The platform's.
        home: Whose sandbox is taken, when one is up.
        progress: Where to say so.
        limit_per_s: How many requests a second a new one passes on; ``None`` for all.

    Raises:
        ConfigError: The platform's file can't be read.
        SandboxError: The sandbox does not start.
    """
    with contextlib.ExitStack() as stack:
        if _is_sandbox(platform_folder):
            if os.environ.get(BASE_URL):
                _refuse_dead_sandbox(os.environ[BASE_URL])
            else:
                _enter_sandbox(stack, home, progress, limit_per_s)
        yield


def _refuse_dead_sandbox(base_url: str) -> None:
    """Tell a shell that still names a sandbox of yesterday from a platform that is down.

    Raises:
        SandboxError: Nobody listens there.
    """
    parts = urlsplit(base_url)
    try:
        address = (parts.hostname or "", parts.port or 80)
        socket.create_connection(address, timeout=_CONNECT_TIMEOUT_S).close()
    except (OSError, ValueError):
        raise SandboxError(
            f"{BASE_URL} is {base_url}, where no sandbox is up: 'seakeep sandbox up' and "
            f"'eval \"$(seakeep sandbox env)\"', or 'unset {BASE_URL}'"
        ) from None


def _is_sandbox(platform_folder: Path) -> bool:
    for document in read_documents(platform_folder / FILE_NAME):
        value = document.value
        if isinstance(value, dict) and value.get("environment") == Environment.SANDBOX.value:
            return True
    return False


def _enter_sandbox(
    stack: contextlib.ExitStack, home: Path, progress: Progress, limit_per_s: float | None
) -> None:
    from seakeep.sandbox import control  # noqa: PLC0415 - only where a sandbox is wanted

    started = time.monotonic()
    running = control.read(home)
    found = running or stack.enter_context(control.foreground(home, limit_per_s=limit_per_s))
    values = {
        BASE_URL: found.base_url,
        "KUBECONFIG": str(found.kubeconfig),
        "SEAKEEP_NAMESPACE": found.namespace,
    }
    stack.enter_context(variables(values))
    how = "was up already" if running else f"up in {time.monotonic() - started:.1f} s"
    limit = "" if found.limit_per_s is None else f", limited to {found.limit_per_s:g} requests/s"
    progress.note("sandbox", f"{how}, at {found.base_url}{limit}")


def _enter_gateway(stack: contextlib.ExitStack, logs: Path, progress: Progress) -> None:
    binary = find_pushgateway()
    if binary is None:
        progress.note("pushgateway", "not installed, so nothing is pushed")
        return
    url = stack.enter_context(local_pushgateway(binary, logs / "pushgateway.log"))
    if url is None:
        progress.note("pushgateway", f"did not start: see {logs / 'pushgateway.log'}")
        return
    stack.enter_context(variables({environment.PUSHGATEWAY: url}))
    progress.note("pushgateway", f"the real one, for this run, at {url}")


@contextlib.contextmanager
def variables(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables for the length of a block, for us and our children."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
