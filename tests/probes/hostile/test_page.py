"""The page on hostile servers tells what there is, and no more."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from tests.probes.hostile.case import CASES

PAGE = Path(__file__).parents[3] / "docs" / "hostile.md"


def rows() -> dict[str, tuple[int, str]]:
    """Return, by the file that has the cases, how many there are, and their causes."""
    causes: dict[str, list[str]] = defaultdict(list)
    for case in CASES.values():
        causes[case.home].append(case.cause or "good")
    return {
        home: (len(found), ", ".join(f"`{c}`" if c != "good" else c for c in sorted(set(found))))
        for home, found in causes.items()
    }


def test_the_page_tells_the_number_of_cases() -> None:
    (number,) = re.findall(r"has (\d+) cases", PAGE.read_text())
    assert int(number) == len(CASES)


def test_the_page_tells_the_cases_and_causes_of_each_file() -> None:
    told = {
        home: (int(number), causes)
        for home, number, causes in re.findall(
            r"(?m)^\| `(\w+)\.py` \| (\d+) \| [^|]+ \| (.+) \|$", PAGE.read_text()
        )
    }
    assert told == rows()
