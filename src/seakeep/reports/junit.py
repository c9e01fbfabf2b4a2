"""The run as JUnit XML, for CI systems that show tests.

A check that was bad even once is a failure: a later good one does not undo it. Errors of single
requests under load are weighed by the objectives, where there are any. The layout is that which
Jenkins and GitLab read: https://github.com/testmoapp/junitxml.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET

from seakeep.load_summary import LoadSummary, RequestSummary, arrivals_told, unfitness_told
from seakeep.observation import Outcome
from seakeep.reports.check_summary import CheckSummary
from seakeep.reports.counts import Counts
from seakeep.reports.digest import Digest, digest
from seakeep.reports.experiment_summary import GUARD_PHASES, ExperimentSummary
from seakeep.reports.experiment_words import experiment_lines
from seakeep.reports.run_record import RunReport, RunStep
from seakeep.reports.wording import iso, percent
from seakeep.slo.verdict import State, Verdict

__all__ = ["render_junit"]

_Ending = Literal["passed", "failure", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class _Case:
    classname: str
    name: str
    time_s: float
    ending: _Ending = "passed"
    message: str = ""
    notes: str = ""


def render_junit(report: RunReport | Digest) -> bytes:
    """Return the run as a JUnit XML document in UTF-8."""
    told = digest(report) if isinstance(report, RunReport) else report
    judged = bool(told.run.verdicts)
    suites = {
        "probes": [_check(check) for check in told.checks],
        "journeys": [_check(journey) for journey in told.journeys],
        "load": [
            *(_request(request, judged=judged) for request in told.loaded.requests),
            *_generator(told.loaded),
        ],
        "chaos": [_experiment(experiment) for experiment in told.experiments],
        "objectives": [_verdict(verdict) for verdict in told.run.verdicts],
        "steps": [_step(step) for step in told.run.steps],
    }
    root = ET.Element("testsuites", {"name": f"seakeep {told.run.platform_name}"})
    for name, cases in suites.items():
        root.append(_suite(name, cases, told.run))
    _total(root, [case for cases in suites.values() for case in cases])
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(name: str, cases: list[_Case], run: RunReport) -> ET.Element:
    attributes = {"name": name, "timestamp": iso(run.started_at), "hostname": run.location}
    suite = ET.Element("testsuite", attributes)
    _total(suite, cases)
    for case in cases:
        classname = f"{run.platform_name}.{case.classname}"
        element = ET.SubElement(
            suite,
            "testcase",
            {"classname": classname, "name": case.name, "time": f"{case.time_s:.6f}"},
        )
        if case.ending != "passed":
            ET.SubElement(element, case.ending, {"message": case.message})
        if case.notes:
            ET.SubElement(element, "system-out").text = case.notes
    return suite


def _total(element: ET.Element, cases: Iterable[_Case]) -> None:
    cases = list(cases)
    element.set("tests", str(len(cases)))
    for key, ending in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(key, str(sum(case.ending == ending for case in cases)))
    element.set("time", f"{sum(case.time_s for case in cases):.6f}")


def _check(check: CheckSummary) -> _Case:
    classname = check.suite if check.suite == "journey" else f"probe.{check.suite}"
    ending: _Ending = "passed"
    message = ""
    if check.last_bad:
        bad = check.last_bad
        times = f"{check.counts.bad} of {check.counts.valid} bad; the latest: "
        often = times if check.counts.valid > 1 else ""
        ending, message = "failure", f"{often}{bad.cause}: {bad.message}"
    elif check.last_valid is None:
        why = f"{check.last.cause}: {check.last.message}"
        ending, message = "skipped", f"invalid, the observer was unfit: {why}"
    trace = f"trace id {check.last.trace_id}" if check.last.trace_id else ""
    return _Case(classname, check.name, check.last.duration_s, ending, message, trace)


def _request(request: RequestSummary, *, judged: bool) -> _Case:
    bad, valid = request.bad, request.valid
    causes = ", ".join(f"{cause} x {number}" for cause, number in request.causes)
    notes = f"{bad} of {valid} requests bad" + (f": {causes}" if causes else "")
    ending: _Ending = "passed"
    if valid == 0:
        ending, notes = "skipped", "every observation was invalid: the observer was unfit"
    elif bad == valid or (bad and not judged):
        ending = "failure"
    message = notes if ending != "passed" else ""
    return _Case("load", request.name, request.response.p50_s or 0.0, ending, message, notes)


def _generator(loaded: LoadSummary) -> Iterator[_Case]:
    """What the generator did; unfit, it leaves open what the platform would have done."""
    if loaded.generator.seconds:
        unfit = unfitness_told(loaded.generator)
        ending: _Ending = "skipped" if unfit else "passed"
        yield _Case("load", "generator", 0.0, ending, unfit, arrivals_told(loaded.arrivals))


def _experiment(experiment: ExperimentSummary) -> _Case:
    endings: dict[Outcome, _Ending] = {Outcome.BAD: "failure", Outcome.INVALID: "skipped"}
    ending = endings.get(experiment.outcome, "passed")
    if experiment.ending == "tool_failed":
        ending = "error"  # it says nothing of the platform, and must not look green
    why = ": ".join(part for part in (experiment.cause, experiment.message) if part)
    message = f"{experiment.words}: {why}" if ending != "passed" else ""
    notes = "\n".join((*experiment_lines(experiment), *_guard(experiment)))
    window_s = experiment.window_s or 0.0
    return _Case("chaos", experiment.name, window_s, ending, message, notes)


def _guard(experiment: ExperimentSummary) -> Iterator[str]:
    for phase in GUARD_PHASES:
        counts: Counts = experiment.guard[phase]
        if counts.total:
            invalid = f", {counts.invalid} invalid" if counts.invalid else ""
            yield f"guard, {phase}: {counts.bad} of {counts.valid} bad{invalid}"


def _verdict(verdict: Verdict) -> _Case:
    endings: dict[State, _Ending] = {
        State.BREACHED: "failure",
        State.NO_DATA: "failure",
        State.INCONCLUSIVE: "skipped",
    }
    measured = "nothing" if verdict.estimate is None else percent(verdict.estimate)
    notes = (
        f"{verdict.display_name}: target {percent(verdict.target)}, measured {measured}, "
        f"{verdict.good} of {verdict.valid} good"
    )
    ending = endings.get(verdict.state, "passed")
    state = verdict.state.replace("_", " ")
    message = f"{state}: {verdict.reason or notes}" if ending != "passed" else ""
    return _Case("objective", verdict.objective, 0.0, ending, message, notes)


def _step(step: RunStep) -> _Case:
    ending: _Ending = "passed"
    if step.state != "passed":
        # Refused or interrupted, a step proves nothing: that must not look green.
        ending = "failure" if step.state == "failed" else "error"
    code = "no exit code" if step.exit_code is None else f"exit code {step.exit_code}"
    told = f"{step.state}, {code}" + (f": {step.detail}" if step.detail else "")
    message = told if ending != "passed" else ""
    return _Case("step", step.name, step.duration_s, ending, message)
