"""Metrics as a file for the node exporter's textfile collector, where there is no Pushgateway.

See https://github.com/prometheus/node_exporter#textfile-collector.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from seakeep.reports.atomic import write_atomically
from seakeep.reports.metrics import metric_groups
from seakeep.reports.run_record import RunReport
from seakeep.reports.series import text

__all__ = ["write_textfile"]


def write_textfile(report: RunReport, path: Path) -> None:
    """Write a run's metrics to ``path``; what is a group's key in a push is labels here.

    ``job`` is left out: the scrape of the node exporter sets it.

    Raises:
        UsageError: The file can't be written there.
    """
    samples = []
    for group in metric_groups(report):
        key = {name: value for name, value in group.key.items() if name != "job"}
        samples += [replace(each, labels={**key, **each.labels}) for each in group.samples]
    write_atomically(path, text(samples))
