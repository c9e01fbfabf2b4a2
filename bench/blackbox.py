"""Drives Debian's blackbox exporter with the same check, by HTTP, as Prometheus does.

``python -m bench.blackbox PORT CONCURRENCY`` is the driver, with the targets' addresses on its
standard input, one on each line: a process apart, so that its cost is in nobody's figures, on
connections that stay open.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

__all__ = ["CONCURRENCY", "command", "cpu_s", "find_blackbox"]

CONCURRENCY = 8
"""In flight at once: what suits the exporter best.

With 32 and with 128, one probe took 5% and 20% more CPU.
"""

_NAMES = ("prometheus-blackbox-exporter", "blackbox_exporter")  # Debian's name, and upstream's
_UNPACKED = Path(__file__).parents[1] / ".tools" / "bin"
_CONFIG = """
modules:
  bench:
    prober: http
    timeout: 5s
    http:
      valid_status_codes: [200]
      fail_if_body_not_matches_regexp: ['{pattern}']
      preferred_ip_protocol: ip4
"""
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_FRAME = re.compile(rb"\r\n[0-9a-f]+\r\n")
"""What parts chunks, anywhere: https://www.rfc-editor.org/rfc/rfc9112#section-7.1."""
_PASSED = b"\nprobe_success 1\n"
_TIMES = re.compile(rb'\nprobe_duration_seconds (\S+)\n.*\{phase="processing"\} (\S+)\n', re.DOTALL)
_Seen = tuple[str, float, float]


def find_blackbox() -> str:
    """Return the path of the exporter.

    Raises:
        RuntimeError: It is not there.
    """
    path = os.pathsep.join((str(_UNPACKED), os.environ.get("PATH", os.defpath)))
    found = (shutil.which(name, path=path) for name in _NAMES)
    program = next((one for one in found if one), None)
    if program is None:
        raise RuntimeError("no blackbox exporter: run script/setup bench")
    return program


def command(folder: Path, pattern: str, port: int) -> list[str]:
    """Write a configuration into a folder, and return the command that serves it on a port."""
    file = folder / "blackbox.yml"
    file.write_text(_CONFIG.format(pattern=pattern))
    address = f"--web.listen-address=127.0.0.1:{port}"
    return [find_blackbox(), f"--config.file={file}", address, "--log.level=error"]


def cpu_s(pid: int) -> float:
    """Return the CPU seconds, user and system, of a process without its children.

    Fields 14 and 15 of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html.
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Line(asyncio.Protocol):
    """One connection to the exporter: asks again as soon as it has its answer."""

    def __init__(self, waiting: deque[str], seen: list[_Seen], ended: asyncio.Future[None]) -> None:
        self._waiting = waiting
        self._seen = seen
        self._ended = ended
        self._received = bytearray()
        self._target = ""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(_LAST_CHUNK):
            return
        answer = _FRAME.sub(b"", self._received)
        times = _TIMES.search(answer)
        if times is None or _PASSED not in answer:
            self._ended.set_exception(RuntimeError(f"a probe did not pass: {answer!r}"))
            return
        self._seen.append((self._target, float(times[2]), float(times[1])))
        self._received.clear()
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_exception(exc or RuntimeError("the exporter closed a connection"))

    def _ask(self) -> None:
        if self._waiting and self._transport:
            self._target = self._waiting.popleft()
            query = urlencode({"module": "bench", "target": self._target})
            self._transport.write(f"GET /probe?{query} HTTP/1.1\r\nHost: _\r\n\r\n".encode())
        elif not self._ended.done():
            self._ended.set_result(None)


async def _drive(port: int, concurrency: int, targets: Sequence[str]) -> dict[str, object]:
    """Probe each target once.

    Returns:
        The seconds that this took, the driver's own CPU, and for each target the seconds that the
        exporter measured: of processing, and of the whole.
    """
    waiting, seen = deque(targets), list[_Seen]()
    loop = asyncio.get_running_loop()
    began, used = time.perf_counter(), time.process_time()
    ended = [loop.create_future() for _ in range(min(concurrency, len(targets)))]
    for one in ended:
        await loop.create_connection(partial(_Line, waiting, seen, one), "127.0.0.1", port)
    await asyncio.gather(*ended)
    took_s, driver_s = time.perf_counter() - began, time.process_time() - used
    return {"wall_s": took_s, "driver_cpu_s": driver_s, "checks": len(seen), "each": seen}


if __name__ == "__main__":
    print(
        json.dumps(
            asyncio.run(_drive(int(sys.argv[1]), int(sys.argv[2]), sys.stdin.read().split()))
        )
    )
