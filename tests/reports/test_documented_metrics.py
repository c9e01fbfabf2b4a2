"""docs/prometheus.md tells every metric, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from seakeep.reports.families import FAMILIES

DOCS = Path(__file__).parents[2] / "docs"
SUFFIXES = {"counter": "_total"}


def test_the_table_names_every_metric_once_and_no_other() -> None:
    page = (DOCS / "prometheus.md").read_text()
    told = re.findall(r"^\| `((?:probe|seakeep)_\w+)` \|", page, re.MULTILINE)
    handed_out = [name + SUFFIXES.get(kind, "") for name, (kind, _) in FAMILIES.items()]
    assert sorted(told) == sorted(handed_out)
    elsewhere = set(re.findall(r"\b(?:probe|seakeep)_\w+", page))
    assert elsewhere <= set(handed_out)


def test_every_name_of_the_blackbox_exporter_for_http_dns_and_tcp_is_there() -> None:
    wanted = (
        "success duration_seconds timeout_seconds dns_lookup_time_seconds ip_protocol "
        "http_duration_seconds http_status_code http_content_length "
        "http_uncompressed_body_length http_redirects http_ssl http_version failed_due_to_regex "
        "ssl_earliest_cert_expiry tls_version_info dns_answer_rrs dns_query_succeeded"
    )
    assert {f"probe_{name}" for name in wanted.split()} <= set(FAMILIES)
