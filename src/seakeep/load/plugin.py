"""Hooks a scenario into Locust's events: its options, its safety, its recorder and its end."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import gevent  # type: ignore[import-untyped]
from gevent.lock import RLock  # type: ignore[import-untyped]
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.event import EventHook
from locust.exception import StopTest
from locust.runners import MasterRunner, WorkerRunner
from rich.console import RenderableType

from seakeep import environment as process
from seakeep.errors import SeakeepError, UsageError
from seakeep.load import gate
from seakeep.load.command_line import add_options, plan_of
from seakeep.load.exits import judge, refuse, show, told
from seakeep.load.pace import Pace
from seakeep.load.recorder import Recorder
from seakeep.load.safety import allow, allowed_hosts
from seakeep.load.user import PlatformUser
from seakeep.load.workers import Master, Worker
from seakeep.platform import Platform, Scenario
from seakeep.platform_file import load_platform
from seakeep.processes import die_with_parent
from seakeep.store import open_store

__all__ = ["Plugin"]

_LOG = logging.getLogger(__name__)


class Plugin:
    """One scenario's part in one Locust process."""

    def __init__(self, name: str) -> None:
        """Stand for the scenario of that name; nothing is read until Locust wants its options."""
        self.pace = Pace()
        self._name = name
        self._read: tuple[Platform, Scenario] | None = None
        self._started_at = datetime.now(UTC)
        self._recorder: Recorder | None = None
        self._master: Master | None = None
        self._worker: Worker | None = None
        self._report: RenderableType | None = None
        self._ending = RLock()
        self._over = False

    def install(self) -> None:
        """Listen to what Locust fires once the locustfile is read."""
        _listen(events.init_command_line_parser, self._on_command_line)
        _listen(events.init, self._on_init)

    def _on_command_line(self, parser: LocustArgumentParser, **_: object) -> None:
        """Before Locust reads its options, and before it forks: nothing has been sent yet."""
        first = self._read is None
        with told():
            platform, scenario = self._read = self._read or _read(self._name)
            add_options(parser, platform, scenario)
            if not first:  # the web UI asks again for each page
                return
            process.run_id()  # before a fork, so that all processes share it
            options, _unknown = parser.parse_known_args()
            if not (options.worker or options.list_commands):
                gate.objectives_on_load(platform)
                allow(platform, plan_of(options), allow_production=options.allow_production)

    def _on_init(self, environment: Environment, **_: object) -> None:
        platform, scenario = self._platform_and_scenario()
        PlatformUser.hosts = allowed_hosts(platform)
        runner = environment.runner
        gevent.get_hub().loop.update_now()  # else --run-time counts from before the imports
        _interrupt_only(gevent.getcurrent())

        def give_up() -> None:
            self._give_up(environment)

        if isinstance(runner, MasterRunner):
            self._master = Master(runner, give_up)
        else:
            with told():
                store = open_store()
            self._recorder = Recorder(store, platform.name, scenario.name, give_up)
            self._recorder.start()
            _listen(events.request, self._recorder.on_request)
        if isinstance(runner, WorkerRunner) and self._recorder is not None:
            self._worker = Worker(runner, self._recorder, lambda: self._stop(environment))
            options: Any = environment.parsed_options
            if options.processes:
                die_with_parent()  # else workers load on for a minute without their master
        _listen(events.test_start, self._on_test_start)
        _listen(
            events.spawning_complete, lambda user_count, **_: self._share(environment, user_count)
        )
        _listen(events.test_stopping, self._on_test_stopping)
        _listen(events.test_stop, self._on_test_stop)
        # Fired in reverse: those added after the runner's own come before it tells the others
        _listen(events.quitting, self._on_quitting)
        _listen(events.quit, self._on_quit)

    def _on_test_start(self, environment: Environment, **_: object) -> None:
        platform, _scenario = self._platform_and_scenario()
        options: Any = environment.parsed_options
        if self._worker is not None:
            os.environ[process.RUN_ID] = options.seakeep_run_id
        elif environment.runner is not None:
            # Locust sends options it doesn't know to the workers
            options.seakeep_run_id = process.run_id()
            options.seakeep_users = environment.runner.target_user_count
        try:
            plan = plan_of(options, base_url=environment.host, users=options.seakeep_users)
            allow(platform, plan, allow_production=options.allow_production)
        except SeakeepError as error:
            if self._worker is not None:
                refuse(error)
            raise StopTest(f"seakeep: {error}") from None
        self._share(environment, options.seakeep_users)
        self._started_at = datetime.now(UTC)
        if self._master is not None:
            self._master.start()
        if self._recorder is not None:
            self._recorder.begin()

    def _share(self, environment: Environment, users: int) -> None:
        options: Any = environment.parsed_options
        self.pace.set(options.rate, users)

    def _on_test_stopping(self, **_: object) -> None:
        if self._master is not None:
            self._master.wait()

    def _on_test_stop(self, **_: object) -> None:
        if self._recorder is not None:
            self._recorder.flush()

    def _give_up(self, environment: Environment) -> None:
        """End a run that leaves no evidence: it is of no use."""
        options: Any = environment.parsed_options
        if self._worker is not None:
            self._worker.report()
        elif environment.runner is not None and options.headless:
            environment.runner.quit()
        elif environment.runner is not None:
            _LOG.error("seakeep: %s", "; ".join(self._errors()))
            environment.runner.stop()

    def _on_quitting(self, environment: Environment, **_: object) -> None:
        """Locust may quit twice at once, after a signal: the second waits for the first."""
        with self._ending:
            if not self._over:
                self._over = True
                self._end(environment)

    def _stop(self, environment: Environment) -> None:
        """Stop the users and record what they did; a second call waits for the first."""
        with self._ending:
            if isinstance(environment.runner, MasterRunner):
                environment.runner.stop(send_stop_to_client=False)
            elif environment.runner is not None:
                environment.runner.stop()

    def _end(self, environment: Environment) -> None:
        self._stop(environment)
        if self._recorder is not None:
            self._recorder.close()
        if self._worker is not None:
            self._worker.report()
        environment.process_exit_code, self._report = judge(
            environment,
            self._run(environment),
            self._errors(),
            is_worker=self._worker is not None,
        )

    def _errors(self) -> list[str]:
        """Return why the store does not hold all requests; nothing when it does."""
        if self._recorder is not None and self._recorder.error is not None:
            return [str(self._recorder.error)]
        return self._master.errors if self._master is not None else []

    def _run(self, environment: Environment) -> gate.Run:
        platform, scenario = self._platform_and_scenario()
        options: Any = environment.parsed_options
        return gate.Run(
            platform=platform,
            scenario=scenario.name,
            run_id=process.run_id(),
            started_at=self._started_at,
            rate_per_s=options.rate,
            recorded=self._master.recorded if self._master is not None else {},
        )

    def _on_quit(self, **_: object) -> None:
        if self._report is not None:
            show(self._report, self._platform_and_scenario()[0].folder.absolute())

    def _platform_and_scenario(self) -> tuple[Platform, Scenario]:
        if self._read is None:
            self._read = _read(self._name)
        return self._read


def _listen(hook: EventHook, listener: Callable[..., None]) -> None:
    hook.add_listener(listener)  # type: ignore[no-untyped-call]


def _interrupt_only(main: object) -> None:
    """Have Ctrl-C end the main greenlet: by default it may hit a user and lose its request."""
    gevent.signal_handler(signal.SIGINT, gevent.kill, main, KeyboardInterrupt)


def _read(name: str) -> tuple[Platform, Scenario]:
    platform = load_platform()
    for scenario in platform.scenarios:
        if scenario.name == name:
            return platform, scenario
    known = ", ".join(scenario.name for scenario in platform.scenarios) or "none"
    raise UsageError(f"platform {platform.name} has no scenario {name!r} (it has: {known})")
