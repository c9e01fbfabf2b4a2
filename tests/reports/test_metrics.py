"""What a run comes to in metrics."""

from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from seakeep.observation import Kind, Outcome
from seakeep.reports.metrics import metric_groups
from seakeep.reports.objective_events import ObjectiveEvents, count_events
from seakeep.reports.quantile import quantile
from seakeep.reports.series import text
from seakeep.reports.wording import percent, seconds
from seakeep.slo.objective import Goodness, Objective, ObservedRatio, Selector
from seakeep.slo.window import RollingWindow

from .run_builder import observation, run_report


def values(suite: str, family: str, load: int = 1500) -> dict[str, float]:
    """Return a family's samples in one group, by the values of their labels."""
    group = next(g for g in metric_groups(run_report(load)) if g.key["suite"] == suite)
    return {
        " ".join(s.labels.values()) + s.suffix: s.value for s in group.samples if s.family == family
    }


def test_a_check_has_the_names_of_the_blackbox_exporter() -> None:
    assert values("health", "probe_success") == {"health": 1}
    assert values("health", "probe_http_status_code") == {"health": 200}
    phases = values("health", "probe_http_duration_seconds")
    assert phases == {
        "health resolve": 0.001, "health connect": 0.004, "health tls": 0.012,
        "health processing": pytest.approx(0.023), "health transfer": 0.003,
    }  # fmt: skip


def test_an_unfit_observer_does_not_undo_the_last_valid_state() -> None:
    assert values("home", "probe_success") == {"home": 1}
    assert values("home", "seakeep_invalid_observations") == {"home": 1}


def test_vitals_are_in_milliseconds_and_absent_when_not_measured() -> None:
    assert values("journey", "probe_browser_web_vital_lcp")["open-course"] == 1480
    assert set(values("journey", "probe_browser_web_vital_inp")) == {"submit-quiz"}


def test_load_is_a_counter_and_a_summary() -> None:
    counts = values("load", "seakeep_load_requests")
    assert counts["GET /health good_total"] + counts["GET /health bad_total"] == 1000
    durations = values("load", "seakeep_load_request_duration_seconds")
    assert durations["GET /health_count"] == 1000
    assert durations["GET /health 0.5"] < durations["GET /health 0.95"]


def test_verdicts_are_state_sets_and_absent_numbers_stay_absent() -> None:
    states = values("objectives", "seakeep_verdict")
    assert states["availability breached"] == 1
    assert sum(states.values()) == 5
    assert "page-speed" not in values("objectives", "seakeep_slo_estimate")
    assert "page-speed" not in values("objectives", "seakeep_slo_lower_bound")
    assert values("objectives", "seakeep_slo_target")["page-speed"] == 0.9


def test_experiments_tell_held_deviated_and_neither() -> None:
    assert values("chaos", "seakeep_experiment_held") == {"delay-store": 1, "kill-pod": 0}
    assert values("chaos", "seakeep_experiment_recovery_seconds")["kill-pod"] == 1.9
    refused = observation(Kind.CHAOS, "flood", 50, 0, outcome=Outcome.INVALID)
    groups = metric_groups(run_report(10, refused))
    chaos = next(g for g in groups if g.key["suite"] == "chaos").samples
    mine = {(s.family, s.labels.get("state")): s.value for s in chaos if "flood" in str(s.labels)}
    assert ("seakeep_experiment_held", None) not in mine
    assert mine["seakeep_experiment_state", "refused"] == 1


def test_what_was_not_done_has_no_group() -> None:
    report = run_report(10)
    probes = tuple(o for o in report.observations if o.kind is Kind.PROBE)
    groups = metric_groups(replace(report, observations=probes, verdicts=()))
    assert {g.key["suite"] for g in groups} == {"health", "home", "lti"}


def test_each_objective_has_a_group_for_its_events_so_that_no_other_run_displaces_it() -> None:
    events = (ObjectiveEvents(objective="availability", good=58, bad=2),)
    groups = metric_groups(replace(run_report(10), events=events))
    (group,) = (g for g in groups if "objective" in g.key)
    assert group.key["suite"] == "objectives"
    counts = {s.labels["outcome"]: s.value for s in group.samples if "outcome" in s.labels}
    assert counts == {"good": 58, "bad": 2}
    assert "seakeep_last_run_timestamp_seconds" in {s.family for s in group.samples}


def test_an_objective_without_events_in_the_run_is_not_counted_as_zero() -> None:
    probes = Selector(kinds=(Kind.PROBE,))
    objectives = [
        objective("availability", probes),
        objective("load", Selector(kinds=(Kind.LOAD,))),
    ]
    seen = [
        observation(Kind.PROBE, "health", 1, 0.1),
        observation(Kind.PROBE, "health", 2, 0.1, outcome=Outcome.BAD),
        observation(Kind.PROBE, "health", 3, 0.1, outcome=Outcome.INVALID),
    ]
    assert count_events(objectives, seen) == (
        ObjectiveEvents(objective="availability", good=1, bad=1),
    )


def objective(name: str, events: Selector) -> Objective:
    return Objective(
        name=name,
        display_name=name,
        description="",
        service="harbour",
        target=0.99,
        window=RollingWindow(86_400.0),
        indicator=ObservedRatio(events=events, good=Goodness()),
        place="slos.yaml:1",
    )


def test_a_suite_may_be_named_like_one_of_ours() -> None:
    check = observation(Kind.PROBE, "a", 1, 0.1, attributes={"suite": "journey"})
    group = next(g for g in metric_groups(run_report(9, check)) if g.key["suite"] == "journey")
    families = {f.name: f for f in text_string_to_metric_families(text(group.samples).decode())}
    assert len(families["probe_success"].samples) == 3


@pytest.mark.parametrize(
    ("share", "value"), [(0.5, 10), (0.95, 19), (0.99, 20), (1.0, 20), (0.01, 1)]
)
def test_quantiles_are_values_that_were_seen(share: float, value: float) -> None:
    assert quantile([float(n) for n in range(1, 21)], share) == value


@pytest.mark.parametrize(
    ("share", "words"),
    [(1.0, "100%"), (0.999996, "99.999%"), (0.9963, "99.63%"), (0.999, "99.9%"), (0.99, "99%"),
     (0.0, "0%"), (0.00004, "0.004%"), (-2.67, "-267%"), (0.8, "80%")],
)  # fmt: skip
def test_a_percentage_never_looks_better_than_it_is(share: float, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [(0.0042, "4.2 ms"), (0.128, "128 ms"), (0.9996, "1 s"), (1.418, "1.42 s"), (125, "2m 5s")],
)
def test_a_latency_has_three_digits(duration_s: float, words: str) -> None:
    assert seconds(duration_s) == words
