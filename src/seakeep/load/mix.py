"""How often each task is done, as ``platform.yaml`` says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from locust import User

from seakeep.errors import UsageError

__all__ = ["apply_mix"]


def apply_mix(users: Sequence[type[User]], mix: Mapping[str, int], scenario: str) -> None:
    """Give tasks the weights of a scenario's ``mix``; one that it does not name is not done.

    Args:
        users: The user classes of the locustfile.
        mix: Weights by the names of the tasks; empty to leave the locustfile's own.
        scenario: The scenario's name, for the message.

    Raises:
        UsageError: The mix names a task that the locustfile lacks, or leaves a class without any.
    """
    if not mix:
        return
    known = {_name(task) for user in users for task in user.tasks}
    unknown = sorted(set(mix) - known)
    if unknown:
        raise UsageError(
            f"scenario {scenario}: its mix has {', '.join(unknown)}, which the locustfile lacks; "
            f"wanted names among {', '.join(sorted(known))}"
        )
    for user in users:
        once: dict[str, Any] = {_name(task): task for task in user.tasks}
        user.tasks = [task for name, task in once.items() for _ in range(mix.get(name, 0))]
        if not user.tasks:
            raise UsageError(
                f"scenario {scenario}: its mix leaves {user.__name__} without a task; wanted one "
                f"of {', '.join(sorted(once))} in it"
            )


def _name(task: Any) -> str:  # noqa: ANN401 - a function or a TaskSet
    return str(task.__name__)
