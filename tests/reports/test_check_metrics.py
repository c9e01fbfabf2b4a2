"""One check in metrics: the blackbox exporter's names mean what they mean there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from seakeep.observation import Attribute, Kind, Observation, Outcome, Phases
from seakeep.reports.check_metrics import check_samples
from seakeep.reports.check_summary import summarize_check
from seakeep.reports.series import Sample, text
from seakeep.reports.sighting import read_sighting

from .prometheus_tools import complaints
from .run_builder import observation, phases

HTTPS: dict[str, Attribute] = {
    "suite": "health",
    "kind": "http",
    "url": "https://bob:hunter22@school.example/health?key=hunter22#part",
    "timeout_s": 5.0,
    "status": 200,
    "http_version": "1.1",
    "content_length": 420,
    "body_bytes": 1200,
    "redirects": 2,
    "final_url": "https://school.example/ready",
    "ip": "192.0.2.7",
    "ip_protocol": 4,
    "tls_version": "TLSv1.3",
    "tls_expires_at": 1_800_000_000.0,
    "health": "degraded",
    "degraded": True,
    "findings": "store: slow; timestamp: 90 s old",
    "consecutive_failures": 0,
}
UNANSWERED: dict[str, Attribute] = {
    "suite": "health",
    "kind": "http",
    "url": "https://school.example/health",
    "timeout_s": 5.0,
    "consecutive_failures": 3,
}


def seen(attributes: dict[str, Attribute], **fields: object) -> Observation:
    have = {"attributes": attributes, "phases": phases(0.043), **fields}
    return observation(Kind.PROBE, "health", 1, 0.043, **have)


def samples(*observations: Observation) -> list[Sample]:
    return list(check_samples(summarize_check("health", observations)))


def values(*observations: Observation) -> dict[str, float]:
    """Return values by name, with the labels beside ``check`` after it."""
    found = {}
    for sample in samples(*observations):
        labels = [value for name, value in sample.labels.items() if name != "check"]
        found[" ".join([sample.family, *labels])] = float(sample.value)
    return found


def test_an_answer_over_tls_has_every_name() -> None:
    found = values(seen(HTTPS))
    assert found == {
        "probe_success": 1,
        "probe_duration_seconds": 0.043,
        "probe_timeout_seconds": 5,
        "probe_dns_lookup_time_seconds": 0.001,
        "probe_ip_protocol": 4,
        "probe_failed_due_to_regex": 0,
        "probe_http_status_code": 200,
        "probe_http_content_length": 420,
        "probe_http_uncompressed_body_length": 1200,
        "probe_http_redirects": 2,
        "probe_http_ssl": 1,
        "probe_http_version": 1.1,
        "probe_http_duration_seconds resolve": 0.001,
        "probe_http_duration_seconds connect": 0.004,
        "probe_http_duration_seconds tls": 0.012,
        "probe_http_duration_seconds processing": pytest.approx(0.023),
        "probe_http_duration_seconds transfer": 0.003,
        "probe_ssl_earliest_cert_expiry": 1_800_000_000,
        "probe_tls_version_info TLS 1.3": 1,
        "seakeep_check_info http https://school.example/health": 1,
        "seakeep_check_degraded": 1,
        "seakeep_check_findings": 2,
        "seakeep_check_consecutive_failures": 0,
        "seakeep_check_timestamp_seconds": seen(HTTPS).at.timestamp(),
        "seakeep_invalid_observations": 0,
    }


def test_without_an_answer_http_is_all_zero_as_the_exporter_has_it() -> None:
    at_once = Phases(resolve_s=0.002)
    found = values(seen(UNANSWERED, outcome=Outcome.BAD, cause="refused", phases=at_once))
    http = {name: value for name, value in found.items() if name.startswith("probe_http")}
    assert http.pop("probe_http_duration_seconds resolve") == 0.002
    assert len(http) == 10
    assert set(http.values()) == {0}
    assert found["probe_success"] == 0
    assert found["probe_ip_protocol"] == 0
    assert found["probe_failed_due_to_regex"] == 0
    assert found["seakeep_check_failure refused"] == 1
    assert found["seakeep_check_consecutive_failures"] == 3
    assert not any(name.startswith(("probe_ssl", "probe_tls")) for name in found)
    assert "seakeep_check_degraded" not in found, "nothing was said of the platform's health"


def test_a_length_that_was_not_told_is_minus_one() -> None:
    untold = {name: value for name, value in HTTPS.items() if name != "content_length"}
    assert values(seen(untold))["probe_http_content_length"] == -1


@pytest.mark.parametrize(("status", "redirects"), [(200, 2), (301, 3), (308, 3), (304, 2)])
def test_a_redirect_counts_also_when_it_is_not_followed(status: int, redirects: int) -> None:
    found = values(seen({**HTTPS, "status": status}))
    assert found["probe_http_redirects"] == redirects


def test_only_the_last_url_decides_on_ssl() -> None:
    plain = {**HTTPS, "final_url": "http://school.example/"}
    assert values(seen(plain))["probe_http_ssl"] == 0
    stayed = {name: value for name, value in HTTPS.items() if name != "final_url"}
    assert values(seen(stayed))["probe_http_ssl"] == 1


@pytest.mark.parametrize(("cause", "is_pattern"), [("body", 1), ("header", 1), ("status", 0)])
def test_patterns_are_on_bodies_and_headers(cause: str, is_pattern: int) -> None:
    found = values(seen(HTTPS, outcome=Outcome.BAD, cause=cause))
    assert found["probe_failed_due_to_regex"] == is_pattern
    assert found[f"seakeep_check_failure {cause}"] == 1


@pytest.mark.parametrize(
    ("spoken", "label"),
    [("TLSv1", "TLS 1.0"), ("TLSv1.2", "TLS 1.2"), ("SSLv3", "unknown")],
)
def test_versions_of_tls_are_named_as_in_go(spoken: str, label: str) -> None:
    assert values(seen({**HTTPS, "tls_version": spoken}))[f"probe_tls_version_info {label}"] == 1


@pytest.mark.parametrize(("version", "value"), [("2", 2), ("1.0", 1), ("", 0), ("2.x", 0)])
def test_the_version_of_http_is_a_number(version: str, value: float) -> None:
    assert values(seen({**HTTPS, "http_version": version}))["probe_http_version"] == value


def test_a_dns_check_tells_answers_and_that_there_was_one() -> None:
    asked: dict[str, Attribute] = {
        "kind": "dns", "target": "192.0.2.53:53", "timeout_s": 2.0, "ip_protocol": 4,
    }  # fmt: skip
    found = values(seen({**asked, "dns_answers": 2}))
    assert (found["probe_dns_answer_rrs"], found["probe_dns_query_succeeded"]) == (2, 1)
    assert found["seakeep_check_info dns 192.0.2.53:53"] == 1
    assert not any(name.startswith("probe_http") for name in found)
    assert "probe_failed_due_to_regex" not in found
    nothing = values(seen({**asked, "dns_answers": 0}, outcome=Outcome.BAD, cause="dns"))
    assert (nothing["probe_dns_answer_rrs"], nothing["probe_dns_query_succeeded"]) == (0, 1)
    silent = values(seen(asked, outcome=Outcome.BAD, cause="timeout-read"))
    assert (silent["probe_dns_answer_rrs"], silent["probe_dns_query_succeeded"]) == (0, 0)


@pytest.mark.parametrize("kind", ["tcp", "tls"])
def test_tcp_and_tls_checks_have_what_all_kinds_have(kind: str) -> None:
    found = values(seen({**HTTPS, "kind": kind}))
    assert not any(name.startswith(("probe_http", "probe_dns_a")) for name in found)
    assert ("probe_failed_due_to_regex" in found) == (kind == "tcp")
    assert found["probe_ssl_earliest_cert_expiry"] == 1_800_000_000


def test_an_unfit_observer_is_counted_and_says_nothing_else() -> None:
    unfit = seen({**HTTPS, "status": 503}, outcome=Outcome.INVALID, cause="observer")
    assert values(unfit) == {"seakeep_invalid_observations": 1}
    assert values(seen(HTTPS), replace(unfit))["probe_success"] == 1
    assert values(seen(HTTPS), replace(unfit))["probe_http_status_code"] == 200


def test_a_target_has_no_secret_no_query_and_no_end() -> None:
    assert read_sighting(seen(HTTPS)).target == "https://school.example/health"
    endless = {**HTTPS, "url": "https://school.example/" + "x" * 5000}
    assert len(read_sighting(seen(endless)).target) == 200


def test_two_names_that_are_printed_alike_make_one_series() -> None:
    first = Sample("probe_success", {"check": "a"}, 0)
    metrics = text([first, Sample("probe_duration_seconds", {"check": "a"}, 1), first]).decode()
    assert metrics.count('probe_success{check="a"}') == 1


def test_promtool_has_nothing_to_say_of_any_kind() -> None:
    every = [
        seen(HTTPS),
        seen(UNANSWERED, outcome=Outcome.BAD, cause="refused"),
        seen({"kind": "dns", "dns_answers": 1}),
        seen({"kind": "tcp"}),
    ]
    for number, one in enumerate(every):
        check = summarize_check(f"check-{number}", [one])
        assert complaints(text(check_samples(check)).decode()) == ""


NAMES = [*HTTPS, "target", "dns_answers", "trace_id"]
ANYTHING: st.SearchStrategy[Attribute] = (
    st.text() | st.integers() | st.floats() | st.booleans() | st.integers(10**400, 10**401)
)


@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING), st.sampled_from(["http", "dns", "tcp"]))
def test_whatever_the_attributes_hold_the_text_is_well_formed(
    attributes: dict[str, Attribute], kind: str
) -> None:
    one = seen({"kind": kind, **attributes}, outcome=Outcome.BAD, cause="status")
    written = text(samples(one)).decode()
    names = [family.name for family in text_string_to_metric_families(written)]
    assert "probe_success" in names
    assert len(names) == len(set(names))
