"""The scenario's numbers as defaults of Locust's options, and two options of our own."""

from __future__ import annotations

from argparse import Namespace

from locust.argument_parser import LocustArgumentParser

from seakeep.load.safety import Plan
from seakeep.platform import Platform, Scenario

__all__ = ["add_options", "plan_of"]

STOP_TIMEOUT_S = 1.0
"""How long users may finish what they are at; a request cut off would not be recorded."""

_MAX_SPAWN_RATE_PER_S = 100.0  # Locust warns above it


def add_options(parser: LocustArgumentParser, platform: Platform, scenario: Scenario) -> None:
    """Give Locust's options the scenario's defaults, and add ``--rate`` and ``--allow-production``.

    Flags, ``LOCUST_*`` variables and configuration files win over defaults.
    """
    group = parser.add_argument_group("Seakeep options")
    group.add_argument(
        "--rate",
        type=float,
        metavar="<float>",
        default=scenario.rate_per_s,
        help="Requests per second that all users make together.",
    )
    group.add_argument(
        "--allow-production",
        action="store_true",
        default=False,
        help="Load a platform whose environment is production, for this run.",
    ).include_in_web_ui = False
    parser.set_defaults(
        host=platform.base_url,
        num_users=scenario.users,
        spawn_rate=min(float(scenario.users), _MAX_SPAWN_RATE_PER_S),
        run_time=scenario.duration_s,
        stop_timeout=STOP_TIMEOUT_S,
    )


def plan_of(options: Namespace, base_url: str | None = None, users: int | None = None) -> Plan:
    """Return what the options ask for; ``base_url`` and ``users`` are those set in the web UI."""
    return Plan(
        base_url=base_url or options.host or "",
        users=options.num_users if users is None else users,
        rate_per_s=options.rate,
        duration_s=options.run_time or 0.0,
        attended=options.worker or not options.headless,
    )
