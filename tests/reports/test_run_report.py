"""The four files of a report: whole, true to the run, and safe whatever the target said."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from seakeep.errors import UsageError
from seakeep.observation import Kind, Observation, Outcome
from seakeep.reports.run_report import RunReport, RunStep, write_reports
from seakeep.slo.verdict import State

from .run_builder import observation, run_report

VOID = {"meta", "br", "link", "img", "input", "hr"}
EVIL = "<script>alert(1)</script>|`]]>\x00\x1b[31m\ud800\u202e &\"' https://evil.example @you"


class Page(HTMLParser):
    """Collects tags and links, and checks that every tag is closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [v or "" for k, v in attrs if k in {"href", "src", "srcset", "xlink:href"}]
        assert not [k for k, _ in attrs if k.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def hostile() -> RunReport:
    report = run_report(60)
    bad = [
        observation(kind, EVIL, 20, 0.1, outcome=outcome, cause=EVIL, message=EVIL,
                    attributes={"suite": EVIL, "trace_id": EVIL, "fault": EVIL, "lcp_ms": EVIL})
        for kind in Kind for outcome in Outcome
    ]  # fmt: skip
    verdicts = tuple(replace(v, display_name=EVIL, reason=EVIL) for v in report.verdicts)
    step = RunStep(name=EVIL, state="refused", exit_code=None, duration_s=0, detail=EVIL)
    return replace(
        report, platform_title=EVIL, run_id=EVIL, base_url=EVIL, verdicts=verdicts,
        steps=(step,), observations=(*report.observations, *bad),
    )  # fmt: skip


def empty() -> RunReport:
    report = run_report(1)
    return replace(
        report, verdicts=(), steps=(), observations=(), push=None, ended_at=report.started_at
    )


def test_the_page_is_well_formed_and_needs_nothing_but_itself(folder: Path) -> None:
    page = write_reports(run_report(), folder).html.read_text()
    parsed = Page(page)
    assert parsed.links == ["journals/kill-pod.json"]
    assert "script" not in parsed.tags
    assert "link" not in parsed.tags
    assert not re.search(r"url\(|@import", page)


def test_the_page_says_what_was_seen(folder: Path) -> None:
    page = write_reports(run_report(), folder).html.read_text()
    for words in (
        "<h1>Breached: Availability</h1>",
        "Harbour Academy",
        "delay-store · 100 ms delay on all pods",
        "about 2,984 more events would settle it",
        "no interaction seen",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "44 of 160 bad",
        "7 groups in 41 ms",
        "observer-lag",
        "Oops &amp; | sorry",
    ):
        assert words in page, words


def test_hostile_text_stays_text_in_every_file(folder: Path) -> None:
    files = write_reports(hostile(), folder)
    page = files.html.read_text()
    assert "script" not in Page(page).tags
    assert "&lt;script&gt;" in page
    for file in (files.html, files.junit, files.summary, files.json):
        text = file.read_text()
        assert not re.search("[\x00\x1b\ud800\u202e]", text), file.name
    ET.parse(files.junit)
    summary = files.summary.read_text()
    assert "<script>" not in summary
    assert "https://" not in summary
    json.loads(files.json.read_text())


def test_table_rows_of_the_summary_keep_their_columns(folder: Path) -> None:
    lines = write_reports(hostile(), folder).summary.read_text().splitlines()
    columns = 0
    for line in lines:
        bars = len(re.findall(r"(?<!\\)\|", line))
        if line.startswith("|"):
            columns = columns or bars
            assert bars == columns, line
        else:
            columns = 0


def test_an_empty_run_is_not_proven_and_says_what_is_absent(folder: Path) -> None:
    files = write_reports(empty(), folder)
    page = files.html.read_text()
    Page(page)
    assert "Not proven: no objective was judged" in page
    for words in ("No checks were made", "No load was run", "No experiments were run"):
        assert words in page
    assert json.loads(files.json.read_text())["state"] == "not_proven"


def test_secrets_are_in_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARBOUR_API_TOKEN", "hunter2&more")
    leak = observation(
        Kind.PROBE, "leak", 3, 0.1, outcome=Outcome.BAD, message="got hunter2&more back"
    )
    files = write_reports(run_report(10, leak), folder)
    for file in (files.html, files.junit, files.summary, files.json):
        assert "hunter2" not in file.read_text()


def test_junit_counts_agree_with_its_cases(folder: Path) -> None:
    root = ET.parse(write_reports(run_report(), folder).junit).getroot()
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["probes", "journeys", "load", "chaos", "objectives", "steps"]
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        assert int(element.get("tests", "")) == len(cases)
        for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.get(key, "")) == sum(case.find(tag) is not None for case in cases)
    assert {c.get("name") for c in suites["probes"]} == {"health", "home", "lti-config"}
    endings = {c.get("name"): next((e.tag for e in c), "") for c in suites["objectives"]}
    assert endings["launch"] == "skipped"
    assert endings["page-speed"] == "failure"
    held, deviated = suites["chaos"]
    assert held.find("failure") is None
    assert "44 of 160 bad" in (deviated.findtext("system-out") or "")


def test_a_fault_that_was_not_proven_gone_is_shown_as_still_there(folder: Path) -> None:
    stuck = observation(
        Kind.CHAOS, "stuck", 40, 0, outcome=Outcome.BAD, cause="not-recovered",
        attributes={"status": "failed", "fault": "100 ms delay"},
    )  # fmt: skip
    report = replace(empty(), observations=(stuck,), ended_at=run_report(1).ended_at)
    files = write_reports(report, folder)
    page = files.html.read_text()
    assert "<h1>Not recovered: stuck</h1>" in page
    assert "from 40 s on, not proven gone" in page
    assert ET.parse(files.junit).getroot().get("failures") == "1"


def test_a_refused_experiment_has_no_time_in_the_picture(folder: Path) -> None:
    refused = observation(
        Kind.CHAOS, "flood", 40, 0, outcome=Outcome.INVALID, cause="refused",
        attributes={"status": "refused", "fault": ""},
    )  # fmt: skip
    files = write_reports(replace(empty(), observations=(refused,)), folder)
    page = files.html.read_text()
    assert "<h1>Not proven: refused: flood</h1>" in page
    assert "not injected" in page
    assert ET.parse(files.junit).getroot().get("skipped") == "1"


def test_a_refused_step_is_not_green(folder: Path) -> None:
    step = RunStep(name="chaos", state="refused", exit_code=3, duration_s=0.1)
    files = write_reports(replace(empty(), steps=(step,)), folder)
    assert ET.parse(files.junit).getroot().get("errors") == "1"
    assert "Not proven: refused: chaos" in files.html.read_text()


def test_a_run_of_an_unfit_observer_says_so_and_not_that_the_platform_is_down(folder: Path) -> None:
    unfit = {"outcome": Outcome.INVALID, "cause": "observer-lag", "attributes": {"suite": "health"}}
    seen = [observation(Kind.PROBE, f"check-{n}", n, 0.1, **unfit) for n in range(3)]
    step = RunStep(name="probes", state="failed", exit_code=1, duration_s=1)
    no_data = [one for one in run_report(0).verdicts if one.state is State.NO_DATA]
    run = replace(empty(), observations=tuple(seen), steps=(step,), verdicts=tuple(no_data))
    page = write_reports(run, folder).html.read_text()
    assert "Not proven: the observer was unfit: 3 of 3 observations are invalid" in page
    assert "this says nothing of the platform" in page


def test_what_was_found_and_is_no_failure_is_shown(folder: Path) -> None:
    have = {"suite": "health", "degraded": True, "findings": "without <redis>; a clock is off"}
    seen = observation(Kind.PROBE, "ready", 5, 0.1, attributes=have)
    files = write_reports(replace(empty(), observations=(seen,)), folder)
    page = files.html.read_text()
    assert "degraded</span>" in page
    assert "found: without &lt;redis&gt;" in page
    assert "found: a clock is off" in page
    assert "| ready | without \\<redis\\>; a clock is off |" in files.summary.read_text()
    assert json.loads(files.json.read_text())["checks"][0]["last"]["findings"] == [
        "without <redis>",
        "a clock is off",
    ]


def test_the_keys_of_the_json_are_stable(folder: Path) -> None:
    result = json.loads(write_reports(run_report(), folder).json.read_text())
    assert list(result) == [
        "schema_version", "seakeep_version", "state", "summary", "run_id", "platform", "location",
        "started_at", "ended_at", "duration_s", "observations", "verdicts", "steps", "checks",
        "journeys", "load", "experiments", "scorecard", "invalid", "push",
    ]  # fmt: skip
    assert result["schema_version"] == 1
    assert result["started_at"] == "2026-01-31T10:15:00.000Z"
    assert [v["state"] for v in result["verdicts"]] == [
        "breached", "met", "inconclusive", "no_data", "met",
    ]  # fmt: skip
    assert result["load"]["requests"][0]["name"] == "GET /health"
    assert result["load"]["requests"][0]["observations"]["bad"] > 0
    assert result["journeys"][0]["vitals"]["inp_ms"] == {"p75": None, "rating": None, "walks": 0}
    assert result["experiments"][1]["recover_s"] == 1.9


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ((State.MET, State.MET), "Held"),
        ((State.MET, State.INCONCLUSIVE), "Nothing breached; not proven yet: Launch"),
        ((State.NO_DATA, State.MET), "No data: Availability"),
    ],
)
def test_the_run_in_words(folder: Path, states: tuple[State, State], words: str) -> None:
    report = run_report(10)
    chosen = (report.verdicts[0], report.verdicts[2])
    verdicts = tuple(replace(v, state=s) for v, s in zip(chosen, states, strict=True))
    calm = replace(empty(), verdicts=verdicts)
    assert f"<h1>{words}</h1>" in write_reports(calm, folder).html.read_text()


def test_files_are_replaced_whole_and_leave_no_drafts(folder: Path) -> None:
    write_reports(run_report(10), folder)
    write_reports(empty(), folder)
    names = {file.name for file in folder.iterdir()}
    assert names == {"index.html", "junit.xml", "summary.md", "result.json", "journals"}


def test_a_folder_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="wanted a writable folder"):
        write_reports(run_report(1), tmp_path / "file" / "report")


def test_a_hundred_thousand_requests_are_written_in_time(folder: Path) -> None:
    report = run_report(100_000)
    began = time.process_time()
    files = write_reports(report, folder)
    assert time.process_time() - began < 6, "about 1.2 s are usual on one core"
    assert files.html.stat().st_size < 400_000


def test_names_without_end_do_not_fill_the_page(folder: Path) -> None:
    many: list[Observation] = [
        observation(Kind.LOAD, f"GET /user/{n}", 10 + n / 100, 0.1) for n in range(2000)
    ]
    many += [observation(Kind.PROBE, f"check-{n}", 10, 0.1) for n in range(30)]
    files = write_reports(run_report(10, *many), folder)
    page = files.html.read_text()
    assert "(all other names)" in files.json.read_text()
    assert "26 more" in page
    assert len(page) < 300_000
