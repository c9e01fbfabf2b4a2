"""Writes a run's report: a page for people, and files for CI and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seakeep.reports.atomic import write_atomically
from seakeep.reports.digest import digest
from seakeep.reports.html import render_html
from seakeep.reports.junit import render_junit
from seakeep.reports.result_json import render_json
from seakeep.reports.run_record import PushOutcome, RunReport, RunStep, StepState
from seakeep.reports.summary import render_summary

__all__ = [
    "PushOutcome",
    "ReportFiles",
    "RunReport",
    "RunStep",
    "StepState",
    "write_reports",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """Where a run's report lies.

    Attributes:
        html: The page for people, ``index.html``.
        junit: Its JUnit XML for CI, ``junit.xml``.
        summary: Its Markdown for a CI job's summary, ``summary.md``.
        json: Its JSON for programs, ``result.json``.
    """

    html: Path
    junit: Path
    summary: Path
    json: Path


def write_reports(report: RunReport, folder: Path) -> ReportFiles:
    """Write the four files of a report into ``folder``, each whole or not at all.

    Chaos journals that lie in ``folder/journals`` are linked.

    Raises:
        UsageError: The folder can't be written.
    """
    told = digest(report)
    files = ReportFiles(
        html=folder / "index.html",
        junit=folder / "junit.xml",
        summary=folder / "summary.md",
        json=folder / "result.json",
    )
    journals = sorted(file.name for file in (folder / "journals").glob("*.json"))
    write_atomically(files.json, render_json(told))
    write_atomically(files.junit, render_junit(told))
    write_atomically(files.summary, render_summary(told))
    # The page last: whoever sees it finds the rest in place.
    write_atomically(files.html, render_html(told, journals))
    return files
