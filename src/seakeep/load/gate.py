"""The load gate: whether the platform's objectives held over a run, and the exit code for that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from seakeep.load.run_table import request_rows, request_table, run_sentences
from seakeep.load_summary import LoadSummary
from seakeep.observation import Kind
from seakeep.platform import Platform, Scenario
from seakeep.slo.evaluate import evaluate
from seakeep.slo.objective import Objective
from seakeep.slo.openslo import load_objectives
from seakeep.slo.table import verdict_table
from seakeep.slo.verdict import State, Verdict
from seakeep.store import Store

__all__ = ["Judgement", "Run", "judge_run", "no_verdict", "objectives_on_load"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One load run that is over.

    Attributes:
        platform: What was loaded.
        scenario: By which scenario.
        objectives: What it is judged by.
        run_id: The run it is recorded under.
        started_at: When its clock showed 0 (UTC).
        ended_at: When it was stopped.
        summary: What was seen.
        never_made: Those of the missed arrivals that no process took.
        aborted: The breach that ended it early, in words; empty for none.
        losses: The processes that were lost during the run, in words.
        exceptions: How many different ones the scenario's own code raised.
    """

    platform: Platform
    scenario: Scenario
    objectives: tuple[Objective, ...]
    run_id: str
    started_at: datetime
    ended_at: datetime
    summary: LoadSummary
    never_made: int = 0
    aborted: str = ""
    losses: tuple[str, ...] = ()
    exceptions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the gate says of a run.

    Attributes:
        exit_code: 0 when nothing is breached, 1 when something is, when there is no data, or when
            too many arrivals were missed; 2 when the tool failed.
        headline: The outcome in a few words.
        report: All of it for a terminal.
        sentences: What the run did, and what makes its load less than was promised.
        requests: The cells of a table of its requests, see `seakeep.load.run_table.COLUMNS`.
        verdicts: The verdict on each objective that covers load.
    """

    exit_code: int
    headline: str
    report: RenderableType
    sentences: tuple[str, ...] = ()
    requests: tuple[tuple[str, ...], ...] = ()
    verdicts: tuple[Verdict, ...] = ()


def objectives_on_load(platform: Platform) -> tuple[Objective, ...]:
    """Return the objectives that count requests of load runs among their events.

    Raises:
        ConfigError: The objectives' file is wrong; holds every problem.
    """
    return tuple(o for o in load_objectives(platform) if o.counts(Kind.LOAD))


def no_verdict(exit_code: int, *why: str) -> Judgement:
    """Return the judgement on a run that can't be judged."""
    text = "\n".join(f"seakeep: {line}" for line in why)
    report = Text(text, style="bold red")
    return Judgement(exit_code=exit_code, headline=text, report=report)


def judge_run(store: Store, run: Run) -> Judgement:
    """Judge a run by its platform's objectives, and by whether it was the load that was promised.

    Raises:
        StoreError: The store can't be read.
    """
    name = run.scenario.name
    sentences = run_sentences(name, run.summary, run.never_made, run.losses)
    if run.summary.total.valid == 0:
        made = f"all of its {run.summary.total.count} requests are invalid"
        made = made if run.summary.total.count else "not one request was made"
        headline = f"{name}: {made}: wanted at least one that tells of the platform"
        text = Text("\n".join((*sentences[1:], headline)), style="bold red")
        return Judgement(exit_code=1, headline=headline, report=text, sentences=sentences)
    verdicts = evaluate(
        store,
        run.platform.name,
        run.objectives,
        start=min(run.started_at, run.summary.first_at or run.started_at),
        end=max(run.ended_at, run.summary.last_at or run.ended_at),
        run_id=run.run_id,
        maintenance=run.platform.maintenance,
    )
    failures = list(_failures(run, verdicts))
    headline = f"failed: {'; '.join(failures)}" if failures else "nothing is breached"
    if not run.objectives and not failures:
        headline = f"no objective of {run.platform.name} covers load (kind: load in slos.yaml)"
    rows = request_rows(run.summary)
    style = "bold red" if failures else "green" if run.objectives else ""
    return Judgement(
        exit_code=2 if run.exceptions else 1 if failures else 0,
        headline=headline,
        report=Group(
            sentences[0],
            *(Text(doubt, style="yellow") for doubt in sentences[1:]),
            request_table(rows),
            *([verdict_table(verdicts)] if verdicts else []),
            Text(headline, style=style),
        ),
        sentences=sentences,
        requests=rows,
        verdicts=verdicts,
    )


def _failures(run: Run, verdicts: tuple[Verdict, ...]) -> list[str]:
    """Return why the run fails, each in a few words."""
    failures = [v.objective for v in verdicts if v.state in {State.BREACHED, State.NO_DATA}]
    total = run.summary.total
    if total.invalid > total.valid:
        failures.append(f"most requests are invalid ({total.invalid} of {total.count})")
    if run.exceptions:
        failures.append("the scenario itself failed, see the exceptions above")
    if run.aborted:
        failures.append(f"aborted, as {run.aborted}")
    arrivals = run.summary.arrivals
    if arrivals.missed_share > run.scenario.max_missed:
        failures.append(
            f"{arrivals.missed} arrivals missed, {arrivals.missed_share:.2%} of all "
            f"(max_missed: {run.scenario.max_missed:.2%})"
        )
    return failures
