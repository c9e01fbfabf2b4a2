"""The pages that show a platform's file: what they show is valid, and what they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seakeep.causes import Cause
from seakeep.platform_file import read_platform

ROOT = Path(__file__).parent.parent
PAGES = ("probes.md", "health.md", "shapes.md", "chaos-schedule.md", "chaos-preflight.md")
PLATFORM = "name: demo\nenvironment: staging\nbase_url: https://demo.example.org\n"
CHECKS = "checks:\n  - {name: any, suite: home, path: /, expect: {status: 200}}\n"
SECTIONS = ("checks", "defaults", "experiments", "limits", "maintenance", "scenarios")


def blocks() -> list[tuple[str, str]]:
    return [
        (page, block)
        for page in PAGES
        for block in re.findall(
            r"^```yaml\n(.*?)^```", (ROOT / "docs" / page).read_text(), re.MULTILINE | re.DOTALL
        )
        if block.startswith(SECTIONS)
    ]


@pytest.mark.parametrize(("page", "block"), blocks())
def test_each_piece_of_a_platform_s_file_in_the_docs_is_valid(
    page: str, block: str, tmp_path: Path
) -> None:
    rest = "" if re.search(r"^checks:", block, re.MULTILINE) else CHECKS
    (tmp_path / "platform.yaml").write_text(f"{PLATFORM}{rest}{block}")
    for named in re.findall(r"file: ([\w.]+)", block):
        (tmp_path / named).touch()  # a page can not show what stands beside
    _, problems = read_platform(tmp_path)
    assert [str(problem) for problem in problems] == [], page


def test_the_page_on_probes_names_every_cause() -> None:
    pages = ("probes.md", "fitness.md", "journeys.md", "load.md", "kinds.md")
    told = "".join((ROOT / "docs" / page).read_text() for page in pages)
    assert [cause.value for cause in Cause if f"`{cause.value}`" not in told] == []


def test_every_page_that_is_linked_is_there() -> None:
    for page in (*(ROOT / "docs").glob("*.md"), ROOT / "README.md"):
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
