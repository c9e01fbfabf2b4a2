"""The file for the node exporter's textfile collector."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from seakeep.errors import UsageError
from seakeep.reports.families import FAMILIES
from seakeep.reports.metrics import metric_groups
from seakeep.reports.textfile import textfile_path, write_textfile

from .prometheus_tools import complaints
from .run_builder import run_report


@pytest.fixture
def closed_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_every_group_is_there_with_labels_for_its_key_and_no_series_twice(tmp_path: Path) -> None:
    file = tmp_path / "textfile" / "seakeep.prom"
    write_textfile(metric_groups(run_report()), file)
    families = list(text_string_to_metric_families(file.read_text()))
    assert {f.name for f in families} <= set(FAMILIES)
    for family in families:
        labels = [(s.name, *sorted(s.labels.items())) for s in family.samples]
        assert len(labels) == len(set(labels))
        assert all({"platform", "suite", "location"} <= set(s.labels) for s in family.samples)
        assert not any({"job", "instance"} & set(s.labels) for s in family.samples)
    assert complaints(file.read_text()) == ""


def test_the_node_exporter_may_read_it_whatever_the_umask(
    tmp_path: Path, closed_umask: None
) -> None:
    file = tmp_path / "seakeep.prom"
    write_textfile(metric_groups(run_report(50)), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [found.name for found in tmp_path.iterdir()] == ["seakeep.prom"], "no draft is left"


def test_in_a_folder_each_platform_and_location_has_a_file(tmp_path: Path) -> None:
    assert textfile_path(str(tmp_path), "harbour", "eu/west 1") == (
        tmp_path / "seakeep-harbour-eu%2Fwest%201.prom"
    )
    assert textfile_path(f"{tmp_path}/new/", "harbour", "a").name == "seakeep-harbour-a.prom"
    assert textfile_path(f"{tmp_path}/x.prom", "harbour", "a") == tmp_path / "x.prom"


def test_a_file_that_no_node_exporter_reads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"found '.*metrics.txt'.*ends in \.prom"):
        textfile_path(f"{tmp_path}/metrics.txt", "harbour", "local")


def test_a_file_that_cannot_be_written_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="wanted a writable folder"):
        write_textfile(metric_groups(run_report(50)), Path("/dev/null/seakeep.prom"))
