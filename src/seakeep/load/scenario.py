"""What a locustfile says to Seakeep: the name of its scenario in ``platform.yaml``."""

from __future__ import annotations

from collections.abc import Callable

from locust import User

from seakeep.errors import UsageError
from seakeep.load.plugin import Plugin

__all__ = ["pacing"]

_plugins: dict[str, Plugin] = {}


def pacing(name: str) -> Callable[[User], float]:
    """Bind this Locust run to a scenario of the platform; use it as a user's ``wait_time``.

    The platform gives Locust's options their defaults: ``--host``, ``--users``, ``--run-time``,
    and our own ``--rate``, which all users share. Requests are recorded as observations, and the
    platform's objectives decide the exit code.

    Args:
        name: The scenario's name in ``platform.yaml``, such as ``browse``.

    Raises:
        UsageError: Another scenario is bound already: a run has one.
    """
    if name not in _plugins:
        for other in _plugins:
            raise UsageError(
                f"two scenarios in one run, {other} and {name}: wanted one locustfile, such as "
                f"-f load/{other.replace('-', '_')}.py"
            )
        _plugins[name] = Plugin(name)
        _plugins[name].install()
    pace = _plugins[name].pace

    def wait_time(user: User) -> float:
        return pace.wait_s(user)

    return wait_time
