"""The hostile servers, once for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.probes.hostile.case import CASES
from tests.probes.hostile.site import HostileSite, Visited, visit


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileSite]:
    running = HostileSite(tmp_path_factory.mktemp("hostile"))
    yield running
    running.close()


@pytest.fixture(scope="package")
def visited(site: HostileSite) -> Visited:
    """Every case, all of them side by side in one run."""
    return visit(site.check(case) for case in CASES.values())
