"""A search for the capacity in Locust's own process: its options, its clock and its answer."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import Any

import gevent  # type: ignore[import-untyped]
from locust.argument_parser import LocustArgumentParser
from rich.console import Console

from seakeep.errors import RefusedError, UsageError
from seakeep.load.capacity import CapacityRun, latency_limits
from seakeep.load.capacity_report import answer, capacity_report, exit_code
from seakeep.load.gate import Judgement
from seakeep.load.growing import GrowingSchedule
from seakeep.load.search import FLOOR_PER_S, Bounds, Search
from seakeep.load.search_step import needed_hold_s
from seakeep.platform import Platform, Scenario
from seakeep.slo.objective import Objective

__all__ = ["CapacitySearch", "add_search_options", "bounds_of", "use_search_defaults"]

_PULSE_S = 0.2
_HOLD_S = 10.0
_FIRST_SHARE = 0.25
_MARGIN = 1.1
"""A hold is a little longer than it must be, since what is answered at once takes time, too."""


def add_search_options(parser: LocustArgumentParser) -> None:
    """Add ``--find-capacity`` and what belongs to it; none of it is for the web UI."""
    group = parser.add_argument_group("Seakeep's search for the capacity")
    found = group.add_argument(
        "--find-capacity",
        action="store_true",
        default=False,
        help="Search for the highest rate within the objectives, in place of the scenario's shape.",
    )
    added = [found]
    for name, default, told in (
        (
            "precision",
            0.05,
            "How close a rate that holds and one that breaks must be: 0.05 is 5%%.",
        ),
        ("hold", None, "How long each rate is held, in seconds."),
        ("from", None, "The first rate, in arrivals per second."),
        ("to", None, "The highest rate; by default the platform's limits.max_rate."),
    ):
        option = f"--capacity-{name}"
        added.append(
            group.add_argument(option, type=float, metavar="<float>", default=default, help=told)
        )
    for action in added:
        action.include_in_web_ui = False


def use_search_defaults(
    parser: LocustArgumentParser, options: Namespace, platform: Platform, scenario: Scenario
) -> None:
    """Give Locust's own options the defaults of a search.

    Raises:
        UsageError: The options make no search.
        RefusedError: The highest rate is above the platform's limits.
    """
    if not options.headless:
        raise UsageError(
            "--find-capacity: wanted --headless with it, since it sets the rate itself"
        )
    ceiling_per_s = bounds_of(options, platform).ceiling_per_s
    if not 0.001 <= options.capacity_precision <= 1.0:
        raise UsageError("--capacity-precision: wanted a share from 0.001 to 1, such as 0.05")
    if options.capacity_hold is not None and not 1.0 <= options.capacity_hold < float("inf"):
        raise UsageError("--capacity-hold: wanted at least 1 second")
    first_per_s = options.capacity_from
    if first_per_s is not None and not 0 < first_per_s <= ceiling_per_s:
        raise UsageError(
            f"--capacity-from: found {first_per_s:g}; wanted a rate above 0, and at most the "
            f"highest of {ceiling_per_s:g}/s"
        )
    users = scenario.users_at_most(ceiling_per_s)
    parser.set_defaults(
        num_users=users, spawn_rate=float(users), run_time=platform.limits.max_load_duration_s
    )


def bounds_of(options: Namespace, platform: Platform) -> Bounds:
    """Return how far a search may go.

    Raises:
        UsageError: The highest rate is none.
        RefusedError: It is above the platform's ``limits.max_rate``.
    """
    limits, asked = platform.limits, options.capacity_to
    if asked is not None and not asked > 0:
        raise UsageError(f"--capacity-to: found {asked:g}; wanted a rate above 0")
    if asked is not None and asked > limits.max_rate_per_s:
        raise RefusedError(
            f"platform {platform.name}: --capacity-to {asked:g} is above its limits.max_rate of "
            f"{limits.max_rate_per_s:g}"
        )
    ceiling_per_s = limits.max_rate_per_s if asked is None else float(asked)
    return Bounds(
        ceiling_per_s=ceiling_per_s,
        floor_per_s=min(FLOOR_PER_S, ceiling_per_s),
        longest_s=limits.max_load_duration_s,
    )


def _search(
    options: Namespace,
    platform: Platform,
    scenario: Scenario,
    limits: Sequence[tuple[float, float]],
) -> Search:
    """Return the search that the options ask for; ``limits`` are those of `latency_limits`."""
    hold_s = options.capacity_hold
    if hold_s is None:
        needed_s = _MARGIN * needed_hold_s(options.capacity_precision, limits)
        hold_s = max(_HOLD_S, needed_s)
    return Search(
        options.capacity_from or max(1.0, _FIRST_SHARE * scenario.rate_per_s),
        bounds_of(options, platform),
        precision=options.capacity_precision,
        hold_s=hold_s,
        latency_limits=limits,
    )


class CapacitySearch:
    """A search while a run goes on. It is one of the lead's listeners."""

    def __init__(
        self,
        options: Namespace,
        platform: Platform,
        scenario: Scenario,
        objectives: Sequence[Objective],
        schedule: GrowingSchedule,
    ) -> None:
        """Search by a schedule that is still empty.

        Raises:
            UsageError: No objective can break, or the first rate makes no sense.
            RefusedError: The highest rate is above the platform's limits.
        """
        if not objectives:
            raise UsageError(
                f"platform {platform.name}: no objective covers load (kind: load in slos.yaml); "
                "wanted one that a rate can break"
            )
        self._run = CapacityRun(
            _search(options, platform, scenario, latency_limits(objectives)),
            schedule,
            objectives,
            max_missed_share=scenario.max_missed,
            patience_s=scenario.patience_s,
        )
        self._schedule = schedule
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._greenlet: Any = None
        self.see = self._run.see

    def start(self, elapsed_s: Callable[[], float]) -> None:
        """Go on until the search is over; a second call does nothing.

        Args:
            elapsed_s: Tells what the run's clock shows, in seconds.
        """
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._go, elapsed_s)

    def stop(self) -> None:
        """Go no further; what is known is the answer."""
        if self._greenlet is not None:
            self._greenlet.kill()
        self._run.search.stop()

    def judgement(self) -> Judgement:
        """Return the answer, as the gate gives its own."""
        self.stop()
        found = self._run.search.result
        assert found is not None  # noqa: S101 - it was stopped
        return Judgement(
            exit_code=exit_code(found),
            headline=answer(found)[0],
            report=capacity_report(found),
        )

    def _go(self, elapsed_s: Callable[[], float]) -> None:
        while not self._schedule.ended:
            for line in self._run.advance(elapsed_s(), time.time()):
                self._console.print(line)
                sys.stderr.flush()
            gevent.sleep(_PULSE_S)
