"""The scenario's numbers as defaults of Locust's options, and some options of our own."""

from __future__ import annotations

import math
import socket
from argparse import Namespace

from locust.argument_parser import LocustArgumentParser

from seakeep.duration import format_duration
from seakeep.errors import RefusedError, UsageError
from seakeep.load.plan import AnySchedule
from seakeep.load.safety import Plan
from seakeep.load.schedule import schedule_of
from seakeep.platform import Platform, Scenario

__all__ = [
    "add_options",
    "check_master_port",
    "duration_of",
    "fixed_schedule",
    "plan_of",
    "stay_on_loopback",
]

ALL_AT_ONCE_PER_S = 10_000.0
"""Users of ours do nothing until somebody arrives: there is no reason to start them one by one."""
LOOPBACK = "127.0.0.1"
STOP_TIMEOUT_S = 1.0
"""How long users may finish what they are at when a run is stopped before its end."""


def add_options(parser: LocustArgumentParser, platform: Platform, scenario: Scenario) -> None:
    """Give Locust's options the scenario's defaults, and add ours.

    Flags, ``LOCUST_*`` variables and configuration files win over defaults.
    """
    group = parser.add_argument_group("Seakeep options")
    rate = group.add_argument(
        "--rate",
        type=float,
        metavar="<float>",
        default=scenario.rate_per_s,
        help=f"Arrivals per second at the peak of the load, which is {scenario.describe()}.",
    )
    abort = group.add_argument(
        "--abort-on-breach",
        action="store_true",
        default=False,
        help="End the run as soon as an objective is proven to be broken.",
    )
    group.add_argument(
        "--allow-production",
        action="store_true",
        default=False,
        help="Load a platform whose environment is production, for this run.",
    ).include_in_web_ui = False
    for action in (rate, abort):  # what a group adds is not in the web UI by itself
        action.include_in_web_ui = True
    group.add_argument(
        "--allow-host",
        action="append",
        metavar="<host>",
        default=[],
        help="Let requests go to this host, too, for this run; may be given more than once.",
    ).include_in_web_ui = False
    parser.set_defaults(
        host=platform.base_url,
        num_users=scenario.users,
        spawn_rate=ALL_AT_ONCE_PER_S,
        run_time=scenario.duration_s,
        stop_timeout=STOP_TIMEOUT_S,
        web_host=LOOPBACK,
    )


def stay_on_loopback(parser: LocustArgumentParser, options: Namespace) -> None:
    """Have a master whose workers are its own processes listen where nobody else can reach it."""
    if options.processes:
        parser.set_defaults(master_bind_host=LOOPBACK)


def check_master_port(options: Namespace) -> None:
    """Return when a master can listen where it is told to; Locust would fail with a traceback.

    Raises:
        UsageError: It can't.
    """
    if not (options.master or options.processes):
        return
    host = "" if options.master_bind_host == "*" else options.master_bind_host
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, options.master_bind_port))
    except OSError as error:
        raise UsageError(
            f"--master-bind-port {options.master_bind_port}: {error.strerror or error}; "
            "wanted a port that is free, with the same --master-port for the workers"
        ) from None


def fixed_schedule(
    scenario: Scenario, *, rate_per_s: float, duration_s: float, seed: int
) -> AnySchedule:
    """Return when arrivals are due by a scenario and the options given.

    Args:
        scenario: What the platform's file says.
        rate_per_s: Its peak.
        duration_s: How long arrivals come.
        seed: Chooses the draws of what is random.

    Raises:
        ConfigError: A recorded file can't be read.
        UsageError: The rate makes no load.
    """
    if not 0 < rate_per_s < math.inf:
        raise UsageError(f"{rate_per_s:g} arrivals/s make no load: wanted a --rate above 0")
    own_s = scenario.duration_s
    return schedule_of(
        scenario,
        rate_per_s=None if rate_per_s == scenario.rate_per_s else rate_per_s,
        duration_s=None if duration_s == own_s else duration_s,
        seed=seed,
    )


def duration_of(options: Namespace, platform: Platform) -> float:
    """Return how long arrivals come, in seconds; in the web UI, no run time is the most allowed.

    Raises:
        RefusedError: A run without an end, which nobody watches.
    """
    most_s = platform.limits.max_load_duration_s
    if options.run_time and options.run_time > 0:
        return float(options.run_time)
    if options.headless:
        raise RefusedError(
            f"platform {platform.name}: a run without an end is above its "
            f"limits.max_load_duration of {format_duration(most_s)}: give --run-time"
        )
    return most_s


def plan_of(options: Namespace, schedule: AnySchedule, base_url: str | None, users: int) -> Plan:
    """Return what the options ask for, as the platform's limits see it."""
    return Plan(
        base_url=base_url or options.host or "",
        users=users,
        rate_per_s=schedule.peak_per_s,
        duration_s=schedule.duration_s,
        more_hosts=tuple(options.allow_host),
    )
