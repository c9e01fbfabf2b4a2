"""Suites of the platform's file as markers of tests in plain Python."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.project import Project

MARKED = """
import pytest

@pytest.mark.partners
@pytest.mark.shop
def test_orders(check):
    check.get("/200").expect(status=200)
"""
WHAT_IS_LOADED = """
import sys
def pytest_unconfigure():
    print("LOADED", "seakeep.platform_file" in sys.modules)
"""


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (("tests", "--platform", "p"), {}),
        (("probes/test_a.py::test_orders",), {"SEAKEEP_PLATFORM": "p"}),
    ],
)
def test_each_suite_of_the_platforms_file_is_a_marker(
    project: Project, arguments: tuple[str, ...], environ: dict[str, str]
) -> None:
    project.platform(
        {"name": "a", "suite": "partners", "path": "/200"}, defaults={"shop": {"timeout": "2s"}}
    )
    (project.folder / "tests").mkdir()
    for folder in ("tests", "probes"):
        (project.folder / folder / "test_a.py").write_text(MARKED)
    done = project.pytest(*arguments, **environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed in" in done.stdout


@pytest.mark.parametrize(("folder", "loaded"), [("tests", False), ("probes", True)])
def test_only_a_session_about_probes_reads_the_platform_of_the_environment(
    project: Project, folder: str, loaded: bool
) -> None:
    (project.folder / "tests").mkdir()
    (project.folder / folder / "test_a.py").write_text("def test_a(): pass\n")
    (project.folder / "conftest.py").write_text(WHAT_IS_LOADED)
    no_browser = ("-p", "no:playwright")  # its fixtures ask for the platform, too
    done = project.pytest(f"{folder}/test_a.py", *no_browser, SEAKEEP_PLATFORM="no-such")
    assert done.returncode == 0, "no test needs the platform: " + done.stdout + done.stderr
    assert f"LOADED {loaded}" in done.stdout
