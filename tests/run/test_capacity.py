"""`seakeep capacity`: what it starts, what it refuses, and that nothing of it stays."""

from __future__ import annotations

import re
import signal
import socket
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from seakeep.cli.capacity import capacity
from seakeep.errors import UsageError
from seakeep.platform_file import load_platform
from seakeep.run.capacity import Search, command
from seakeep.run.project import Project
from seakeep.store import open_store
from tests.run.harness import Harness, wait_for_line

PROJECT = Project(root=Path("/project"), platform_folder=Path("/project/platforms/demo"))


def arguments(asked: Search, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SEAKEEP_BASE_URL", "http://127.0.0.1:1")
    made = command(PROJECT, load_platform("platforms/sandbox").scenarios[0], asked)
    assert made[0] == sys.executable
    return " ".join(made[1:])


def test_it_starts_locust_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert arguments(Search(), monkeypatch) == (
        "-m locust --headless --only-summary --loglevel WARNING -f /project/load/browse.py "
        "--find-capacity --capacity-precision 0.05"
    )


def test_it_hands_every_option_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Search(precision=0.1, hold_s=4.5, from_per_s=20, to_per_s=250, allow_production=True)
    assert arguments(asked, monkeypatch).partition("--find-capacity ")[2] == (
        "--capacity-precision 0.1 --capacity-hold 4.5 --capacity-from 20 --capacity-to 250 "
        "--allow-production"
    )


@pytest.mark.parametrize("share", ["0", "0.4%", "60%", "many", "nan", "-5%", "5%5", ""])
def test_a_precision_that_is_none_is_refused(share: str) -> None:
    ended = CliRunner().invoke(capacity, ["--platform", "sandbox", "--precision", share])
    assert isinstance(ended.exception, UsageError)
    assert "wanted a share from 0.5% to 50%" in str(ended.exception)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--scenario", "none"), 2, "has no scenario 'none' (it has: browse"),
        (("--to", "9999"), 3, "--to 9999/s is above its limits.max_rate of 500"),
        (("--from", "300", "--to", "200"), 2, "wanted no more than the highest rate, 200/s"),
    ],
)
def test_what_makes_no_search_is_told_before_anything_is_sent(
    harness: Harness, options: tuple[str, ...], code: int, said: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        url = f"http://127.0.0.1:{somebody.getsockname()[1]}"
        ended, told = harness.seakeep("capacity", *options, SEAKEEP_BASE_URL=url)
    assert ended == code
    assert said in told
    assert "Traceback" not in told
    assert harness.nothing_is_left()


def test_it_finds_the_limit_of_the_sandbox(harness: Harness) -> None:
    code, up = harness.seakeep("sandbox", "up", "--limit", "24")
    assert code == 0, up
    try:
        options = ("--from", "23", "--to", "34", "--precision", "50%", "--hold", "1s")
        code, told = harness.seakeep("capacity", *options)
    finally:
        harness.seakeep("sandbox", "down")
    assert code == 0, told
    assert "was up already" in told
    found = re.search(r"sustains (\S+)/s .*; interval (\S+) to (\S+)/s", told)
    assert found, told
    sustained, low, high = (float(number) for number in found.groups())
    assert low < 24 < high
    assert sustained <= 1.02 * 24
    with open_store(harness.home) as store:
        kinds = {str(kind) for (kind,) in store.query("SELECT DISTINCT kind FROM observation")}
    assert kinds == {"capacity", "generator"}, "no objective counts what a search broke"
    assert harness.nothing_is_left()


def test_an_interrupted_search_tells_what_it_knows_and_takes_all_down(harness: Harness) -> None:
    with harness.started("capacity") as process:
        wait_for_line(process, "15/s for 10s (raise)")
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "no answer: the search was stopped before any rate held" in said
    assert "Traceback" not in said
    assert harness.nothing_is_left()
