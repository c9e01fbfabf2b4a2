"""The load gate: whether the platform's objectives held over a run, and the exit code for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.text import Text

from seakeep.environment import home
from seakeep.observation import Kind
from seakeep.platform import Platform
from seakeep.slo.evaluate import evaluate, holds
from seakeep.slo.objective import Objective
from seakeep.slo.openslo import load_objectives
from seakeep.slo.table import verdict_table
from seakeep.slo.verdict import State, Verdict
from seakeep.store import Condition, Store, to_us

__all__ = ["Judgement", "Run", "judge_run", "objectives_on_load"]

_DELIVERED = 0.9
"""A run with less than this share of the promised rate says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One load run that is over.

    Attributes:
        platform: What was loaded.
        scenario: The scenario's name.
        run_id: The run it is recorded under.
        started_at: When its first user started (UTC).
        rate_per_s: The requests per second that were promised.
        recorded: The requests that workers say they recorded, by place; none without workers.
    """

    platform: Platform
    scenario: str
    run_id: str
    started_at: datetime
    rate_per_s: float
    recorded: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the gate says of a run.

    Attributes:
        exit_code: 0 when nothing is breached, 1 when something is, or when there is no data, 2 when
            the store lacks requests that were recorded.
        requests: How many requests were recorded.
        verdicts: The verdict on each objective that covers load.
        report: The same for a terminal.
    """

    exit_code: int
    requests: int
    verdicts: tuple[Verdict, ...]
    report: RenderableType


def objectives_on_load(platform: Platform) -> tuple[Objective, ...]:
    """Return the objectives that count requests of load runs among their events.

    Raises:
        ConfigError: The objectives' file is wrong; holds every problem.
    """
    return tuple(o for o in load_objectives(platform) if o.counts(Kind.LOAD))


def judge_run(store: Store, run: Run) -> Judgement:
    """Judge a run by its platform's objectives.

    Raises:
        ConfigError: The objectives' file is wrong.
        StoreError: The store can't be read.
    """
    requests, span_s = _count(store, run)
    if requests < sum(run.recorded.values()):
        where = Text(_elsewhere(run, requests), style="bold red")
        return Judgement(exit_code=2, requests=requests, verdicts=(), report=where)
    if requests == 0:
        text = f"{run.scenario}: not one request was made: wanted at least one"
        return Judgement(exit_code=1, requests=0, verdicts=(), report=Text(text, style="bold red"))
    objectives = objectives_on_load(run.platform)
    verdicts = evaluate(
        store,
        run.platform.name,
        objectives,
        start=run.started_at,
        end=datetime.now(UTC),
        run_id=run.run_id,
        maintenance=run.platform.maintenance,
    )
    return Judgement(
        exit_code=0 if holds(verdicts) else 1,
        requests=requests,
        verdicts=verdicts,
        report=Group(_delivered(run, requests, span_s), _table(run, verdicts)),
    )


def _count(store: Store, run: Run) -> tuple[int, float]:
    """Return how many requests a run made, and the seconds from the first to the last."""
    mine = Condition(
        "platform = ? AND at_us >= ? AND run_id = ? AND kind = ?",
        (run.platform.name, to_us(run.started_at), run.run_id, Kind.LOAD),
    )
    ((count, span_us),) = store.select("count(*), coalesce(max(at_us) - min(at_us), 0)", mine)
    return int(str(count)), int(str(span_us)) / 1e6


def _elsewhere(run: Run, requests: int) -> str:
    places = "; ".join(f"{count} in {place}" for place, count in sorted(run.recorded.items()))
    return (
        f"seakeep: the store in {home()} holds {requests} of the {sum(run.recorded.values())} "
        f"requests that the workers of {run.scenario} recorded ({places}): no verdict; wanted one "
        "SEAKEEP_HOME for the master and its workers, or 'seakeep check' where the requests are"
    )


def _delivered(run: Run, requests: int, span_s: float) -> Text:
    text = Text(f"{run.scenario}: {requests} requests")
    if requests > 1 and span_s > 0:
        rate_per_s = (requests - 1) / span_s
        text.append(f" in {span_s:.1f} s: {rate_per_s:.1f}/s of {run.rate_per_s:g}/s")
        if rate_per_s < _DELIVERED * run.rate_per_s:
            text.append("; less than promised: slow answers slow users down, try more of them")
    return text


def _table(run: Run, verdicts: tuple[Verdict, ...]) -> RenderableType:
    if not verdicts:
        return Text(f"no objective of {run.platform.name} covers load (kind: load in slos.yaml)")
    breached = [v.objective for v in verdicts if v.state in {State.BREACHED, State.NO_DATA}]
    outcome = f"failed: {', '.join(breached)}" if breached else "nothing is breached"
    return Group(verdict_table(verdicts), Text(outcome, style="bold red" if breached else "green"))
