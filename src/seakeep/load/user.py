"""A `FastHttpUser` that arrives in time, says who it is, and stays on its platform's hosts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any, ClassVar

import gevent  # type: ignore[import-untyped]
from locust import FastHttpUser, TaskSet, User
from locust.contrib.fasthttp import FastHttpSession, ResponseContextManager
from locust.env import Environment
from locust.event import EventHook

import seakeep
from seakeep import environment as process
from seakeep.errors import UsageError
from seakeep.load.causes import CutOffError, NoAnswerError
from seakeep.load.recorder import INTENDED_AT, LATE_S
from seakeep.load.wire import Clients, Cookies, PlatformAgent

__all__ = ["PlatformUser", "check_users"]

USER_AGENT = f"seakeep/{seakeep.__version__} (load)"
RUN_HEADER = "X-Seakeep-Run"


class PlatformUser(FastHttpUser):
    """The user to derive scenarios from. All that `FastHttpUser` can do, it can do too.

    It stands for one visitor after the other: each arrival of the schedule is somebody new, whom
    one task is for. What `on_start` does is done once, before the first of them.

    Each request carries a W3C ``traceparent`` of its own, so that a failed one is found in the
    platform's traces, the run in ``X-Seakeep-Run``, and a ``User-Agent`` that names Seakeep. No
    request is repeated behind your back, and none leaves the platform's hosts. Its response time
    counts from when it was meant to start, in Locust's own statistics too.
    """

    abstract = True
    reconnect: ClassVar[bool] = False
    """Whether each visitor comes over a connection of their own, as strangers do."""

    def __init__(self, environment: Environment) -> None:
        """Make a user with a connection pool of its own."""
        super().__init__(environment)
        self._intended_at: float | None = None
        self._has_arrived = False
        agent: Any = self.client.client
        agent.default_headers.update({"User-Agent": USER_AGENT, RUN_HEADER: process.run_id()})
        agent.__class__ = PlatformAgent  # Locust leaves no choice of session and agent
        agent.cookiejar = self.client.cookiejar = Cookies()
        if self.client_pool is None:
            agent.clientpool = Clients(**agent.clientpool.client_args)
        self.client.__class__ = _PlatformSession
        self.client.request_event = _IntendedRequests(self.environment.events.request, agent)

    def __init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 - whatever the metaclass takes
        """Have a scenario's own `on_start` be followed by the wait for the first arrival."""
        super().__init_subclass__(**kwargs)
        own = cls.__dict__.get("on_start")
        if own is not None:
            cls.on_start = _then_wait(own)  # type: ignore[assignment,method-assign]

    def on_start(self) -> None:
        """Wait for this user's first arrival."""
        self._await_first()

    def arrive(self, intended_at: float) -> None:
        """Become the next visitor.

        Args:
            intended_at: The moment of `perf_counter` at which they were meant to come.
        """
        self._intended_at = intended_at
        self._has_arrived = True
        self.client.cookiejar.clear()
        if self.reconnect:
            self.client.client.clientpool.close()

    def think(self, shortest_s: float, longest_s: float | None = None) -> None:
        """Wait between two requests of one visitor, as a person who reads does.

        Args:
            shortest_s: The least, in seconds; without the other, always this.
            longest_s: The most; any time between the two is as likely as another.
        """
        thought_s = random.uniform(shortest_s, longest_s or shortest_s)  # noqa: S311 - no secret
        self._intended_at = perf_counter() + thought_s
        gevent.sleep(thought_s)

    def begin_request(self) -> float:
        """Return for how long the next request is late, in seconds: it begins now."""
        intended_at, self._intended_at = self._intended_at, None
        return 0.0 if intended_at is None else max(0.0, perf_counter() - intended_at)

    def _await_first(self) -> None:
        if not self._has_arrived:
            self.wait()  # type: ignore[no-untyped-call]


def check_users(users: Iterable[type[User]]) -> None:
    """Return when all users are ours, and one task is all that one visitor does.

    Others know no arrivals, no hosts and no ceiling. A `TaskSet` waits between its tasks as its
    user does: for another visitor.

    Raises:
        UsageError: One of them is not.
    """
    for user in users:
        if not issubclass(user, PlatformUser):
            raise UsageError(
                f"{user.__name__}: arrivals are for users derived from PlatformUser "
                "(seakeep.load.user); wanted one, or scenario.record in place of scenario.arrivals"
            )
        for task in user.tasks:
            if _waits_as_its_user(task):
                name = getattr(task, "__name__", task)
                raise UsageError(
                    f"{user.__name__}: its {name} is a set of tasks, each of which would be for "
                    "another visitor; wanted one task that makes all steps of a visit (see "
                    "load/work.py), or a set with a wait_time of its own that ends by interrupt()"
                )


def _waits_as_its_user(task: object) -> bool:
    is_set = isinstance(task, type) and issubclass(task, TaskSet)
    return is_set and getattr(task, "wait_time", None) is TaskSet.wait_time


def _then_wait(on_start: Callable[[Any], None]) -> Callable[[Any], None]:
    def started(user: PlatformUser) -> None:
        on_start(user)
        user._await_first()  # noqa: SLF001 - a method of the same class, as it were

    return started


class _PlatformSession(FastHttpSession):
    """Notes for each request how late it begins, and tells of those that the run's end cut off."""

    user: PlatformUser

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        late_s = self.user.begin_request()
        began = perf_counter()
        intended_at = began - late_s
        timing = {LATE_S: late_s, INTENDED_AT: PlatformAgent.clock.at(intended_at)}
        context = kwargs["context"] = {**kwargs.get("context", {}), **timing}
        PlatformAgent.under_way.begin(self.user, intended_at)
        try:
            response = super().request(method, url, *args, **kwargs)
        except gevent.GreenletExit:
            waited_s = perf_counter() - began
            self.request_event.fire(
                request_type=method,
                name=kwargs.get("name") or (args[0] if args else None) or self.request_name or url,
                response_time=waited_s * 1000,
                response_length=0,
                start_time=0.0,
                exception=_unanswered(waited_s),
                response=None,
                context=context,
            )
            raise
        finally:
            PlatformAgent.under_way.end(self.user)
        if isinstance(response, ResponseContextManager):
            response.__class__ = _ReportedResponse
        return response


class _ReportedResponse(ResponseContextManager):
    """Reports its request also when the run's end comes while the scenario looks at the answer."""

    def __exit__(self, *raised: Any) -> Any:  # noqa: ANN401 - the base's
        kind, *_ = raised
        if kind is not None and issubclass(kind, gevent.GreenletExit):
            super().__exit__(None, None, None)  # type: ignore[no-untyped-call]
            return False
        return super().__exit__(*raised)  # type: ignore[no-untyped-call]


def _unanswered(waited_s: float) -> Exception:
    """A platform that hangs must not look good, as if those who wait had never asked."""
    kind = CutOffError if waited_s < PlatformAgent.patience_s else NoAnswerError
    return kind("no answer when the run ended")  # one line for all of them: no figure in it


class _IntendedRequests:
    """Stands for Locust's ``request`` event: response times count from the intended start."""

    def __init__(self, hook: EventHook, agent: PlatformAgent) -> None:
        self._hook = hook
        self._agent = agent

    def fire(self, **meta: Any) -> None:  # noqa: ANN401 - Locust's own arguments
        late_s, held_s = meta["context"][LATE_S], self._agent.held_s
        self._agent.held_s = 0.0
        meta["response_time"] += (late_s - held_s) * 1000
        meta["start_time"] = meta["context"][INTENDED_AT] + held_s
        self._hook.fire(**meta)  # type: ignore[no-untyped-call]
