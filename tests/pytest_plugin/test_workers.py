"""``pytest probes -n 2``: one run, as without, whoever of its workers does what."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter

import pytest

from tests.pytest_plugin.project import Project, Site, ended, serving

OWN = """
def test_own(check):
    check.get("/200").expect(status=200)

def test_wrong(check):
    check.get("/503").expect(status=200)
"""
LEADER_DIES = """
import os
from pathlib import Path
from seakeep.pytest_plugin.looking import session_of

def pytest_runtest_setup(item):
    died = Path("died")
    if session_of(item.config)._crew.leads and not died.exists():
        died.touch()
        os._exit(3)
"""


def _names(project: Project) -> Counter[str]:
    return Counter(one.name for one in project.seen())


def test_all_workers_are_one_run_with_one_summary_and_one_push(
    project: Project, site: Site
) -> None:
    (project.folder / "probes" / "test_own.py").write_text(OWN)
    names = [f"c{number}" for number in range(12)]
    project.platform(*({"name": name, "path": "/200"} for name in names))
    project.objectives()
    done = project.pytest(
        "probes", "--platform", "p", "-n", "2", "--dist", "loadfile",
        SEAKEEP_PUSHGATEWAY=site.base_url,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 13 passed in" in done.stdout
    assert done.stdout.count("= seakeep: p =") == 1
    assert done.stdout.count("\ngood  ") == 13
    assert done.stdout.count("\nbad  ") == 1
    assert "availability" in done.stdout
    assert site.pushes
    assert set(site.pushes.values()) == {1}, "each group is put once"
    assert _names(project) == Counter([*names, "test-own", "test-wrong"])
    assert len({one.run_id for one in project.seen()}) == 1
    assert sorted(p.name for p in (project.folder / "home").glob("[!s]*")) == []


def test_the_checks_of_a_worker_that_dies_are_sent_by_another(project: Project) -> None:
    with serving() as site:
        project = Project(project.folder / "own", site.base_url)
        project.platform({"name": "quick", "path": "/200"}, {"name": "held", "path": "/held"})
        (project.folder / "conftest.py").write_text(LEADER_DIES)
        process = project.start("probes", "--platform", "p", "-n", "2")
        assert site.held.wait(30)
        while not (project.folder / "died").exists():
            assert process.poll() is None
            site.released.wait(0.02)
        site.released.set()
        done = ended(process)
    assert done.returncode == 1
    assert re.search(r"worker '\w+' crashed", done.stdout)
    assert _names(project) == Counter(["quick", "held"])
    assert "good     held" in done.stdout


@pytest.mark.parametrize("workers", [0, 2])
def test_what_had_ended_is_kept_when_ctrl_c_comes(project: Project, workers: int) -> None:
    with serving() as site:
        project = Project(project.folder / "own", site.base_url)
        project.platform({"name": "quick", "path": "/200"}, {"name": "held", "path": "/held"})
        process = project.start("probes", "--platform", "p", "-n", str(workers))
        assert site.held.wait(30)
        while not (project.folder / "home").exists() or not project.seen():
            assert process.poll() is None
            site.released.wait(0.05)
        os.killpg(process.pid, signal.SIGINT)
        done = ended(process)
        assert done.returncode == 2, done.stdout + done.stderr
        assert _names(project) == Counter(["quick"])
        assert "good     quick" in done.stdout
        assert "\nnot ended: 1 check: held\n" in done.stdout
        assert "seakeep" not in done.stderr


@pytest.mark.parametrize("platform", ["no-such", "p"])
def test_what_keeps_workers_from_starting_is_told_once(project: Project, platform: str) -> None:
    project.platform({"name": "quick", "path": "/200"})
    (project.folder / "home").write_text("a file, and no store")
    done = project.pytest("probes", "-n", "2", SEAKEEP_PLATFORM=platform)
    assert done.returncode == 4
    said = "no platform 'no-such'" if platform == "no-such" else "can't open the store"
    assert done.stdout.count(f"ERROR: {said}") == 1
    assert "INTERNALERROR" not in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
