"""The hostile servers, once for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seakeep.causes import Cause
from seakeep.observation import Observation
from tests.probes.hostile.case import CASES
from tests.probes.hostile.site import HostileSite, Visited, visit

UNFIT = frozenset({Cause.OBSERVER_LAG, Cause.OBSERVER_CPU})
LONGER = {True: "2s", False: "8s"}


def lacked_a_processor(seen: Observation) -> bool:
    wanted = CASES[seen.name]
    return seen.cause in UNFIT or (
        wanted.is_timeout and seen.cause.startswith("timeout") and seen.cause != wanted.cause
    )


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileSite]:
    running = HostileSite(tmp_path_factory.mktemp("hostile"))
    yield running
    running.close()


@pytest.fixture(scope="package")
def visited(site: HostileSite) -> Visited:
    """Every case, each in the midst of a hundred others.

    For want of a processor the observer may call itself unfit, or get no further than the
    connection. That says nothing of a case: it is visited again, with a deadline that is longer.
    """
    found = [visit(site.check(case) for case in list(CASES.values())[at::3]) for at in range(3)]
    for _ in range(3):
        seen = {name: each for batch in found for name, each in batch.seen.items()}
        again = [CASES[name] for name, each in seen.items() if lacked_a_processor(each)]
        if not again:
            break
        found.append(visit(site.check(case, timeout=LONGER[case.is_timeout]) for case in again))
    return Visited(
        seen={name: each for batch in found for name, each in batch.seen.items()},
        tasks=frozenset().union(*(batch.tasks for batch in found)),
        files=frozenset().union(*(batch.files for batch in found)),
    )
