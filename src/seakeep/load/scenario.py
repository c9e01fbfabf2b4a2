"""What a locustfile says to Seakeep: the name of its scenario in ``platform.yaml``."""

from __future__ import annotations

from collections.abc import Callable

from locust import User

from seakeep.errors import UsageError
from seakeep.load.exits import refuse
from seakeep.load.plugin import Plugin

__all__ = ["arrivals", "record"]

_plugins: dict[str, Plugin] = {}


def arrivals(name: str) -> Callable[[User], float]:
    """Bind this Locust run to a scenario of the platform; use it as a user's ``wait_time``.

    A user then waits for its next arrival, by the scenario's schedule and whatever the answers do.
    The platform gives Locust's options their defaults: ``--host``, ``--users``, ``--run-time``, and
    our own ``--rate``. Requests are recorded as observations, and the platform's objectives decide
    the exit code.

    Args:
        name: The scenario's name in ``platform.yaml``, such as ``browse``.

    Raises:
        SystemExit: Another scenario is bound already, and a run has one: it ends with code 2.
    """
    plugin = _bound(name)

    def wait_time(user: User) -> float:
        return plugin.wait_for_arrival(user)

    return wait_time


def record(name: str) -> None:
    """Bind this Locust run to a scenario, and leave when users ask to their own ``wait_time``.

    For load that is meant to be closed: users who ask again when they have their answer. A platform
    that stalls is asked less, and that hides the stall. Durations count from the actual start.

    Raises:
        SystemExit: Another scenario is bound already, and a run has one: it ends with code 2.
    """
    _bound(name).is_closed = True


def _bound(name: str) -> Plugin:
    if name not in _plugins:
        for other in _plugins:
            refuse(  # Locust, which reads the locustfile now, would print a traceback
                UsageError(
                    f"two scenarios in one run, {other} and {name}: wanted one locustfile, such as "
                    f"-f load/{other.replace('-', '_')}.py"
                )
            )
        _plugins[name] = Plugin(name)
        _plugins[name].install()
    return _plugins[name]
