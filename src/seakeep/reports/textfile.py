"""Metrics as a file for the node exporter's textfile collector, where there is no Pushgateway.

See https://github.com/prometheus/node_exporter#textfile-collector.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from seakeep.errors import UsageError
from seakeep.reports.atomic import write_atomically
from seakeep.reports.series import MetricGroup, text

__all__ = ["textfile_path", "textfile_text", "write_textfile"]

_SUFFIX = ".prom"
"""The collector reads no other files."""

_READABLE_BY_ALL = 0o644
"""The node exporter has a user of its own, whatever the umask of a cron job is."""


def textfile_text(groups: Iterable[MetricGroup]) -> bytes:
    """Return groups in Prometheus' text format; what is a group's key in a push is labels here.

    ``job`` is left out: the scrape of the node exporter sets it.
    """
    samples = []
    for group in groups:
        key = {name: value for name, value in group.key.items() if name != "job"}
        samples += [replace(each, labels={**key, **each.labels}) for each in group.samples]
    return text(samples)


def textfile_path(destination: str, platform: str, location: str) -> Path:
    """Return the file to write: ``destination`` itself, or a platform's own in a folder.

    The collector takes no series from two files, and one file has only one writer: in a folder,
    each platform and location gets a file.

    Raises:
        UsageError: The file's name does not end in ``.prom``.
    """
    path = Path(destination)
    if destination.endswith(os.sep) or path.is_dir():
        own = "-".join(quote(part, safe="") for part in ("seakeep", platform, location))
        return path / f"{own}{_SUFFIX}"
    if path.suffix != _SUFFIX:
        raise UsageError(
            f"found {destination!r} as the textfile; wanted a folder, or a file whose name ends in "
            f"{_SUFFIX}: the node exporter reads no other"
        )
    return path


def write_textfile(groups: Iterable[MetricGroup], path: Path) -> None:
    """Write groups to ``path``, whole or not at all, for everyone to read.

    Raises:
        UsageError: The file can't be written there.
    """
    write_atomically(path, textfile_text(groups), _READABLE_BY_ALL)
