"""The run as JSON, for programs: stable keys, units in their names, UTC times in ISO 8601.

Keys are added without notice; a key that changes its meaning or goes raises `SCHEMA_VERSION`.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from seakeep.load_summary import LoadSummary, RequestSummary
from seakeep.reports.check_summary import CheckSummary, JourneySummary
from seakeep.reports.counts import Counts
from seakeep.reports.digest import Digest, digest
from seakeep.reports.experiment_summary import ExperimentSummary
from seakeep.reports.json_forms import finite, form
from seakeep.reports.run_record import RunReport
from seakeep.reports.scorecard import Scorecard
from seakeep.reports.scorecard_words import scorecard_json

__all__ = ["SCHEMA_VERSION", "render_json"]

SCHEMA_VERSION = 1


def render_json(report: RunReport | Digest) -> str:
    """Return the run as a JSON document."""
    told = digest(report) if isinstance(report, RunReport) else report
    document = {
        "schema_version": SCHEMA_VERSION,
        "seakeep_version": told.run.version,
        "state": told.overall.state,
        "summary": told.overall.words,
        **_run(told.run),
        "observations": _counts(told.counts),
        "verdicts": [asdict(verdict) | {"bad": verdict.bad} for verdict in told.run.verdicts],
        "steps": [asdict(step) for step in told.run.steps],
        "checks": [_check(check) for check in told.checks],
        "journeys": [_journey(journey) for journey in told.journeys],
        "load": _load(told.loaded),
        "experiments": [_experiment(experiment) for experiment in told.experiments],
        "scorecard": _scorecard(told.run.scorecard),
        "invalid": [
            {
                "kind": unfit.kind,
                "count": unfit.count,
                "causes": _causes(unfit.causes),
                "example": unfit.example,
            }
            for unfit in told.unfit
        ],
        "push": asdict(told.run.push) if told.run.push else None,
    }
    return json.dumps(finite(document), indent=2, default=form, allow_nan=False) + "\n"


def _run(run: RunReport) -> dict[str, object]:
    return {
        "run_id": run.run_id,
        "platform": {
            "name": run.platform_name,
            "title": run.platform_title,
            "environment": run.environment,
            "base_url": run.base_url,
        },
        "location": run.location,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "duration_s": run.duration_s,
    }


def _check(check: CheckSummary) -> dict[str, object]:
    return {
        "name": check.name,
        "suite": check.suite,
        "observations": _counts(check.counts),
        "last": asdict(check.last),
        "last_bad": asdict(check.last_bad) if check.last_bad else None,
    }


def _journey(journey: JourneySummary) -> dict[str, object]:
    return {
        **_check(journey),
        "vitals": {
            reading.vital.attribute: {
                "p75": reading.value,
                "rating": reading.rating,
                "walks": reading.walks,
            }
            for reading in journey.vitals
        },
        "js_errors": journey.js_errors,
        "requests": journey.requests,
        "bytes": journey.body_bytes,
    }


def _load(loaded: LoadSummary) -> dict[str, object]:
    return {
        "duration_s": loaded.span_s,
        "requests_per_s": loaded.requests_per_s,
        "requests": [_request(request) for request in loaded.requests],
        "total": _request(loaded.total),
        "arrivals": asdict(loaded.arrivals) | {"missed_share": loaded.arrivals.missed_share},
        "scenarios": [asdict(arrivals) for arrivals in loaded.scenarios],
        "generator": asdict(loaded.generator),
    }


def _request(request: RequestSummary) -> dict[str, object]:
    counts = {"good": request.good, "bad": request.bad, "invalid": request.invalid}
    return {
        "name": request.name,
        "observations": counts,
        "rate_per_s": request.rate_per_s,
        "error_share": request.error_share,
        **asdict(request.response),
        "service": asdict(request.service),
        "causes": _causes(request.causes),
        "example": request.message,
    }


def _experiment(experiment: ExperimentSummary) -> dict[str, object]:
    return {
        "name": experiment.name,
        "state": experiment.state,
        "fault": experiment.fault,
        "injected_at": experiment.injected_at,
        "removed_at": experiment.removed_at,
        "window_s": experiment.window_s,
        "detect_s": experiment.detect_s,
        "removed_s": experiment.removed_s,
        "recover_s": experiment.recover_s,
        "baseline_p50_s": experiment.baseline_p50_s,
        "during_p50_s": experiment.during_p50_s,
        "worst_error_ratio": experiment.worst_error_ratio,
        "worst_duration_s": experiment.worst_duration_s,
        "cause": experiment.cause,
        "message": experiment.message,
        "faults": [asdict(effect) | {"gone_at": effect.gone_at} for effect in experiment.faults],
        "objectives": [asdict(impact) for impact in experiment.objectives],
        "guard": {phase: _counts(counts) for phase, counts in experiment.guard.items()},
    }


def _scorecard(card: Scorecard | None) -> list[dict[str, object]] | None:
    return None if card is None else [scorecard_json(row, card) for row in card.rows]


def _counts(counts: Counts) -> dict[str, int]:
    return {"good": counts.good, "bad": counts.bad, "invalid": counts.invalid}


def _causes(causes: tuple[tuple[str, int], ...]) -> list[dict[str, object]]:
    return [{"cause": cause, "count": number} for cause, number in causes]
