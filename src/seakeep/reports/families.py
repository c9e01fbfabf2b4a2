"""Every metric that Seakeep hands out: its name, its type and its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["FAMILIES"]

# The blackbox exporter's names, with its meaning, so that its dashboards and alerts work unchanged:
# https://github.com/prometheus/blackbox_exporter/tree/master/prober
_BLACKBOX = {
    "probe_success": ("gauge", "Whether the latest valid observation was good."),
    "probe_duration_seconds": ("gauge", "How long the latest valid observation took."),
    "probe_timeout_seconds": ("gauge", "The deadline that it had."),
    "probe_dns_lookup_time_seconds": ("gauge", "How long the lookup of the name took."),
    "probe_ip_protocol": ("gauge", "The version of the address reached, 4 or 6, else 0."),
    "probe_http_duration_seconds": ("gauge", "Time by phase, summed over all redirects."),
    "probe_http_status_code": ("gauge", "Status code of the last answer; 0 without one."),
    "probe_http_content_length": ("gauge", "Content-Length; -1 when not told, 0 unanswered."),
    "probe_http_uncompressed_body_length": ("gauge", "Length of the body, unpacked."),
    "probe_http_redirects": ("gauge", "Redirects that were answered, followed or not."),
    "probe_http_ssl": ("gauge", "Whether the last answer came over TLS."),
    "probe_http_version": ("gauge", "Version of HTTP of the last answer; 0 without one."),
    "probe_failed_due_to_regex": ("gauge", "Whether a body or header pattern did not hold."),
    "probe_ssl_earliest_cert_expiry": ("gauge", "When the first certificate expires, unix time."),
    "probe_tls_version_info": ("gauge", "The version of TLS that was spoken, always 1."),
    "probe_dns_answer_rrs": ("gauge", "Records in the answer section."),
    "probe_dns_query_succeeded": ("gauge", "Whether the DNS server answered, whatever it said."),
}
# Named and scaled (milliseconds, CLS without a unit) as Grafana's synthetic browser checks have
# them.
_VITALS = {
    "probe_browser_web_vital_lcp": ("gauge", "Largest Contentful Paint in milliseconds."),
    "probe_browser_web_vital_inp": ("gauge", "Interaction to Next Paint in milliseconds."),
    "probe_browser_web_vital_cls": ("gauge", "Cumulative Layout Shift, without a unit."),
    "probe_browser_web_vital_fcp": ("gauge", "First Contentful Paint in milliseconds."),
    "probe_browser_web_vital_ttfb": ("gauge", "Time to First Byte in milliseconds."),
}
_OURS = {
    "seakeep_check_info": ("gauge", "What a check asks, to be joined on; always 1."),
    "seakeep_check_degraded": ("gauge", "Whether the platform calls itself degraded."),
    "seakeep_check_findings": ("gauge", "Things found that are no failure."),
    "seakeep_check_consecutive_failures": ("gauge", "Valid observations that were bad in a row."),
    "seakeep_check_failure": ("gauge", "The cause why the latest valid one was bad, always 1."),
    "seakeep_check_timestamp_seconds": ("gauge", "When the latest valid observation began."),
    "seakeep_invalid_observations": ("gauge", "Observations that an unfit observer made."),
    "seakeep_load_requests": ("counter", "Requests of the latest load run by outcome."),
    "seakeep_load_request_duration_seconds": ("summary", "Response times of the latest load run."),
    "seakeep_load_service_duration_seconds": ("summary", "Service times of the latest load run."),
    "seakeep_load_arrivals": ("gauge", "Arrivals of the latest load run by what became of them."),
    "seakeep_load_unfit_seconds": ("gauge", "Seconds in which the load generator was unfit."),
    "seakeep_experiment_held": ("gauge", "Whether the platform held its steady state."),
    "seakeep_experiment_state": ("gauge", "How the experiment ended: 1 for that state."),
    "seakeep_experiment_detection_seconds": ("gauge", "From injection until it was seen."),
    "seakeep_experiment_removal_seconds": ("gauge", "From that until the fault was gone."),
    "seakeep_experiment_recovery_seconds": ("gauge", "From removal (injection, for a kill) on."),
    "seakeep_experiment_worst_error_ratio": ("gauge", "Share of bad answers, worst second."),
    "seakeep_experiment_worst_duration_seconds": ("gauge", "The slowest answer of its fault."),
    "seakeep_experiment_budget_spent_ratio": ("gauge", "Share of an error budget that it took."),
    "seakeep_experiment_timestamp_seconds": ("gauge", "When the latest run of it began."),
    "seakeep_experiment_runs": ("gauge", "Runs of the scorecard's period by how they ended."),
    "seakeep_experiment_recovery_trend_seconds": ("gauge", "Recovery of late less that before."),
    "seakeep_experiment_recovery_trend_p_value": ("gauge", "How often chance does as much."),
    "seakeep_verdict": ("gauge", "What may be claimed of the objective: 1 for that state."),
    "seakeep_slo_target": ("gauge", "Share of events that must be good."),
    "seakeep_slo_estimate": ("gauge", "Share of events that were good."),
    "seakeep_slo_lower_bound": ("gauge", "Lower confidence bound of the true share."),
    "seakeep_slo_upper_bound": ("gauge", "Upper confidence bound of the true share."),
    "seakeep_slo_error_budget_remaining": ("gauge", "Share of the budget left; may be negative."),
    "seakeep_slo_burn_rate": ("gauge", "Error ratio over error budget."),
    "seakeep_slo_events": ("gauge", "Events of the latest run that had any, by outcome."),
    "seakeep_last_run_timestamp_seconds": ("gauge", "When the latest run ended."),
    "seakeep_build_info": ("gauge", "The version of Seakeep, always 1."),
}

FAMILIES: Mapping[str, tuple[str, str]] = MappingProxyType({**_BLACKBOX, **_VITALS, **_OURS})
"""Name: (type, help). `docs/prometheus.md` tells each in full."""
