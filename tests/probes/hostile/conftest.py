"""The hostile servers, once for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seakeep.causes import Cause
from tests.probes.hostile.case import CASES
from tests.probes.hostile.site import HostileSite, Visited, visit

_FOR_WANT_OF_A_PROCESSOR = frozenset({Cause.OBSERVER_LAG, Cause.OBSERVER_CPU})


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileSite]:
    running = HostileSite(tmp_path_factory.mktemp("hostile"))
    yield running
    running.close()


@pytest.fixture(scope="package")
def visited(site: HostileSite) -> Visited:
    """Every case, each in the midst of a hundred others.

    Where the observer calls itself unfit, for want of a processor, it said nothing of the case:
    it looks at those again, in a smaller crowd.
    """
    found = [visit(site.check(case) for case in list(CASES.values())[at::3]) for at in range(3)]
    for _ in range(3):
        seen = {name: each for batch in found for name, each in batch.seen.items()}
        unfit = [name for name, each in seen.items() if each.cause in _FOR_WANT_OF_A_PROCESSOR]
        if not unfit:
            break
        found.append(visit(site.check(CASES[name]) for name in unfit))
    return Visited(
        seen={name: each for batch in found for name, each in batch.seen.items()},
        tasks=frozenset().union(*(batch.tasks for batch in found)),
        files=frozenset().union(*(batch.files for batch in found)),
    )
