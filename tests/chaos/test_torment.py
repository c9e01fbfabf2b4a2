"""A sample of what `python -m bench chaos_torment` does two hundred times."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from bench.chaos_reaction import false_aborts
from bench.torture import Torture, Way, torture


@pytest.fixture(scope="module")
def tortured() -> Iterator[Torture]:
    with torture() as made:
        yield made


@pytest.mark.parametrize("way", [Way.DEAD_API, Way.FULL_DISK])
def test_whatever_ends_an_experiment_leaves_no_fault_no_process_and_a_true_record(
    tortured: Torture, way: Way
) -> None:
    after_s = random.uniform(2.0, 7.0)
    ordeal = tortured.inflict(way, after_s)
    assert ordeal.wrong == (), f"{way} after {after_s:.3f} s"


def test_a_platform_that_keeps_to_its_budget_is_not_aborted() -> None:
    assert false_aborts(1.0, runs=20, seed=7) == 0
