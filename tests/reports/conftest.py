"""A real Pushgateway; without its binary the tests fail, since set-up installs it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

NAMES = ("prometheus-pushgateway", "pushgateway")


@pytest.fixture(scope="session")
def pushgateway() -> Iterator[str]:
    """Yield the URL of a fresh gateway."""
    binary = next(filter(None, map(shutil.which, NAMES)), None)
    if binary is None:
        pytest.fail(f"no {' or '.join(NAMES)} on PATH; the set-up script installs it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with subprocess.Popen(
        [binary, f"--web.listen-address={address}", "--log.level=error"]
    ) as process:
        try:
            _await_ready(f"http://{address}", process)
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder for a report, with one journal in it."""
    (tmp_path / "journals").mkdir()
    (tmp_path / "journals" / "kill-pod.json").write_text("{}")
    return tmp_path


def _await_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        try:
            if httpx.get(f"{url}/-/ready").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
        assert process.poll() is None, "the Pushgateway ended at once"
    pytest.fail("the Pushgateway was not ready within 5 s")
