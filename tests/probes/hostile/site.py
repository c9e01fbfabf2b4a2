"""The hostile servers as a test sees them: where they are, what they got, and checks that visit."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from seakeep.observation import Observation
from seakeep.platform import Platform
from seakeep.probes.engine import run_checks
from tests.probes.hostile.case import Case
from tests.probes.hostile.certificates import AUTHORITY
from tests.probes.hostile.servers import LEDGER

__all__ = ["HostileSite", "Visited", "visit"]

_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """What a batch of checks has left behind, beside its observations.

    Attributes:
        seen: The observations, by the checks' names.
        tasks: Tasks that did not end by themselves soon after the last observation.
        files: What this process had open afterwards, and not before.
    """

    seen: Mapping[str, Observation]
    tasks: frozenset[str]
    files: frozenset[str]


class HostileSite:
    """All servers of `tests.probes.hostile.servers`, in a process of their own."""

    def __init__(self, folder: Path) -> None:
        self._authority = str(folder / AUTHORITY)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.probes.hostile.servers", str(folder)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.urls: dict[str, str] = json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=10)

    def check(self, case: Case, **more: object) -> dict[str, object]:
        """Return the check of a case, as it would stand in a platform's file."""
        url = self.urls.get(case.name, "")
        path = case.target.format(port=urlsplit(url).port) if case.target else f"{url}/"
        own = dict(case.check)
        if path.startswith("https:") or "tls" in own:
            tls = own.get("tls", {})
            assert isinstance(tls, dict)
            own["tls"] = {k: v for k, v in {"ca": self._authority, **tls}.items() if v is not None}
            if not own["tls"]:
                del own["tls"]
        return {
            "name": case.name,
            "suite": "hostile",
            "path": path,
            "timeout": f"{case.timeout_ms}ms",
            "expect": {"status": 200},
            **own,
            **more,
        }

    def received(self) -> Mapping[str, list[str]]:
        """Return the heads of the requests that each of the servers got so far."""
        address = urlsplit(self.urls[LEDGER])
        assert address.port is not None
        with socket.create_connection((address.hostname, address.port)) as ledger:
            told = b"".join(iter(lambda: ledger.recv(65536), b""))
        found: dict[str, list[str]] = json.loads(told)
        return found


def visit(checks: Iterable[Mapping[str, object]]) -> Visited:
    """Run checks side by side, through what the engine offers to all."""
    platform = Platform.model_validate(
        {
            "name": "hostile",
            "environment": "sandbox",
            "base_url": "http://127.0.0.1:1",
            "checks": list(checks),
        }
    )

    async def run() -> tuple[tuple[Observation, ...], frozenset[str]]:
        seen = await run_checks(platform, platform.checks, location="here", run_id="r1")
        others = asyncio.all_tasks() - {asyncio.current_task()}
        left = (await asyncio.wait(others, timeout=5))[1] if others else ()
        return seen, frozenset(str(task) for task in left)

    before = _open_files()
    with asyncio.Runner() as runner:
        runner.get_loop()
        before |= _open_files()
        seen, tasks = runner.run(run())
        files = _open_files() - before
    return Visited(seen={each.name: each for each in seen}, tasks=tasks, files=files)


def _open_files() -> frozenset[str]:
    found = set()
    for each in os.listdir("/proc/self/fd"):  # noqa: PTH208 - links may be gone by the next line
        try:
            found.add(f"{each} {os.readlink(f'/proc/self/fd/{each}')}")  # noqa: PTH115
        except OSError:
            continue
    return frozenset(found)
