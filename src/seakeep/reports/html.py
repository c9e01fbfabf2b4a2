"""The report as one page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from seakeep.load_summary import arrivals_told, unfitness_told
from seakeep.observation import Outcome
from seakeep.reports import small_charts, wording
from seakeep.reports.check_summary import CheckSummary
from seakeep.reports.digest import Digest, digest
from seakeep.reports.experiment_chart import experiment_pictures
from seakeep.reports.experiment_summary import GUARD_PHASES
from seakeep.reports.history_chart import history_chart
from seakeep.reports.run_record import RunReport
from seakeep.reports.scorecard_words import ago, budget_told, correction_told, trend_told
from seakeep.reports.sighting import Sighting
from seakeep.reports.timeline import NARROW, WIDE, outside, timeline
from seakeep.reports.vitals import VITALS

__all__ = ["render_html"]

_MAX_REQUESTS = 40


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("seakeep.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = {name: getattr(wording, name) for name in wording.__all__}
    environment.filters |= words
    told_of_load = {"arrivals_told": arrivals_told, "unfitness_told": unfitness_told}
    environment.globals |= words | told_of_load
    environment.globals |= {
        "trend_told": trend_told,
        "correction_told": correction_told,
        "budget_told": budget_told,
        "ago": ago,
        "history_chart": history_chart,
        "experiment_pictures": experiment_pictures,
    }
    charts = ("whisker", "budget_bar", "phase_bar", "vital_meter")
    environment.filters |= {name: getattr(small_charts, name) for name in charts}
    return environment


def _reasons(check: CheckSummary) -> tuple[Sighting, ...]:
    """Return what there is to explain: the latest if it is not good, and a bad one before it."""
    latest = () if check.last.outcome is Outcome.GOOD else (check.last,)
    if check.last_bad is None or check.last.outcome is Outcome.BAD:
        return latest
    return (*latest, check.last_bad)


def render_html(report: RunReport | Digest, journals: Sequence[str] = ()) -> str:
    """Return the page.

    Args:
        report: The run.
        journals: The names of the chaos journals that lie in ``journals/`` beside the page.
    """
    told = digest(report) if isinstance(report, RunReport) else report

    def when(at: datetime) -> str:
        offset_s = (at - told.run.started_at).total_seconds()
        return wording.clock(round(offset_s, 1), told.run.duration_s)

    exchanges = [c.last_valid or c.last for c in told.checks]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            told=told,
            run=told.run,
            pictures=[timeline(told, WIDE), timeline(told, NARROW)],
            not_drawn=outside(told),
            when=when,
            reasons=_reasons,
            longest_s=max((e.duration_s for e in exchanges), default=0.0),
            journals={name.removesuffix(".json"): name for name in journals},
            vitals=VITALS,
            phases=small_charts.PHASES,
            guard_phases=GUARD_PHASES,
            requests=told.loaded.requests[:_MAX_REQUESTS],
        )
    )
