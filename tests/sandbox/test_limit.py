"""The ingress passes on as many requests a second as it was told, and queues the rest."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import httpx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from seakeep.cli.sandbox import sandbox
from seakeep.errors import SandboxError
from seakeep.sandbox import control
from seakeep.sandbox.environment import SandboxEnvironment
from seakeep.sandbox.limit import PassLimit, QueueFullError

LIMIT_PER_S = 200.0


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxEnvironment]:
    with control.foreground(tmp_path_factory.mktemp("home"), limit_per_s=LIMIT_PER_S) as found:
        yield found


@given(
    gaps=st.lists(st.floats(0, 0.1), min_size=1, max_size=200),
    per_s=st.floats(1, 1000),
)
def test_requests_pass_in_their_order_and_never_faster_than_the_limit(
    gaps: list[float], per_s: float
) -> None:
    limit, now_s = PassLimit(per_s, longest_queue_s=1e9), 100.0
    passed: list[float] = []
    for gap in gaps:
        now_s += gap
        due_s = limit.due_s(now_s)
        assert due_s >= now_s
        assert due_s == now_s or due_s == pytest.approx(passed[-1] + 1 / per_s)  # never idle
        passed.append(due_s)
    assert all(b - a >= 0.999999 / per_s - 1e-9 for a, b in itertools.pairwise(passed))


def test_below_the_limit_nobody_waits_and_a_pause_saves_nothing_up() -> None:
    limit = PassLimit(10)
    assert [limit.due_s(at) for at in (1.0, 1.1, 1.25, 9.0)] == [1.0, 1.1, 1.25, 9.0]
    assert limit.due_s(9.0) == pytest.approx(9.1)


def test_who_would_wait_too_long_is_turned_away_and_takes_no_place() -> None:
    limit = PassLimit(10, longest_queue_s=0.25)
    assert [limit.due_s(5.0) for _ in range(3)] == pytest.approx([5.0, 5.1, 5.2])
    with pytest.raises(QueueFullError):
        limit.due_s(5.0)
    assert limit.due_s(5.1) == pytest.approx(5.3)


def test_at_overload_it_passes_exactly_its_limit(limited: SandboxEnvironment) -> None:
    ended = asyncio.run(overload(f"{limited.base_url}/live", workers=32, requests=300))
    rate_per_s = (len(ended) - 1) / (max(ended) - min(ended))
    assert rate_per_s == pytest.approx(LIMIT_PER_S, rel=0.02)


async def overload(url: str, workers: int, requests: int) -> list[float]:
    """Have always more under way than can pass; returns when each was answered."""
    ended: list[float] = []
    left = iter(range(requests))

    async def work(session: aiohttp.ClientSession) -> None:
        for _ in left:
            async with session.get(url) as answer:
                assert answer.status == 200
                await answer.read()
            ended.append(time.perf_counter())

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(work(session) for _ in range(workers)))
    return ended


def test_one_request_at_a_time_is_not_delayed(
    limited: SandboxEnvironment, bare_http: httpx.Client
) -> None:
    took_s = []
    for _ in range(20):
        time.sleep(2 / LIMIT_PER_S)  # half the limit, at most
        started = time.perf_counter()
        assert bare_http.get(f"{limited.base_url}/live").status_code == 200
        took_s.append(time.perf_counter() - started)
    assert min(took_s) < 1.5 / LIMIT_PER_S + 0.005


def test_the_command_takes_the_limit_and_the_environment_tells_it(
    tmp_path: Path, bare_http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEAKEEP_HOME", str(tmp_path))
    command = [sys.executable, "-m", "seakeep.cli", "sandbox", "up", "--limit", "0.05"]
    try:
        up = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert "export SEAKEEP_SANDBOX_LIMIT=0.05" in up.splitlines()
        found = control.read(tmp_path)
        assert found is not None
        assert found.limit_per_s == 0.05
        assert control.up(tmp_path) == found
        with pytest.raises(SandboxError, match=r"a limit of 0.05/s is up .*wanted one of 70/s"):
            control.up(tmp_path, limit_per_s=70)

        url = found.base_url
        for _ in range(3):
            assert "http_requests_total" in bare_http.get(f"{url}/metrics").text
        assert bare_http.get(f"{url}/live").status_code == 200
        turned_away = bare_http.get(f"{url}/live")  # in 20 s it would be its turn
        assert turned_away.status_code == 503
        assert turned_away.json() == {"error": "the queue is longer than 10 s"}
    finally:
        control.down(tmp_path)


@pytest.mark.parametrize("rate", ["0", "-3", "nan", "inf", "many"])
def test_a_limit_that_is_no_rate_is_refused(rate: str) -> None:
    ended = CliRunner().invoke(sandbox, ["up", "--limit", rate])
    assert ended.exit_code == 2
    assert "--limit" in ended.output
