"""Hooks a scenario into Locust's events: its options, its safety, its load and its end."""

from __future__ import annotations

import logging
import os
from functools import partial
from pathlib import Path
from typing import Any

import gevent  # type: ignore[import-untyped]
from gevent.event import Event  # type: ignore[import-untyped]
from gevent.lock import RLock  # type: ignore[import-untyped]
from locust import User, events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopTest
from locust.runners import MasterRunner, WorkerRunner

from seakeep import environment as process
from seakeep.errors import SeakeepError, UsageError
from seakeep.load import gate
from seakeep.load.capacity_search import (
    CapacitySearch,
    add_search_options,
    use_search_defaults,
)
from seakeep.load.ceiling import Ceiling
from seakeep.load.command_line import (
    add_options,
    check_master_port,
    duration_of,
    stay_on_loopback,
)
from seakeep.load.declared import Declared, read_declared
from seakeep.load.exits import judge, refuse, show, told
from seakeep.load.fitness import GeneratorWatch, most_lag_s
from seakeep.load.growing import GrowingSchedule, no_arrivals
from seakeep.load.html_report import add_to_file, add_to_web, with_judgement
from seakeep.load.lead import Lead
from seakeep.load.locust_process import (
    interrupt_only,
    listen,
    quit_after,
    take_over_the_end,
    take_over_the_web_end,
    tidy,
)
from seakeep.load.mix import apply_mix
from seakeep.load.orders import Follower
from seakeep.load.parent import end_with_parent
from seakeep.load.plan import RunPlan
from seakeep.load.process import LoadProcess, Names
from seakeep.load.recorder import Recorder
from seakeep.load.safety import allowed_hosts
from seakeep.load.team import Alone, Team
from seakeep.load.under_way import UnderWay
from seakeep.load.user import PlatformUser, check_users
from seakeep.load.wire import PlatformAgent
from seakeep.load.workers import Master, Worker
from seakeep.load.writer import Writer
from seakeep.store import open_store
from seakeep.trace_context import Traceparents

__all__ = ["Plugin"]

_LOG = logging.getLogger(__name__)


class Plugin:
    """One scenario's part in one Locust process.

    Attributes:
        is_closed: Whether users ask by a ``wait_time`` of their own, and not by the schedule.
    """

    def __init__(self, name: str) -> None:
        """Stand for the scenario of that name; nothing is read until Locust wants its options."""
        self.is_closed = False
        self._name = name
        self._read: Declared | None = None
        self._ceiling = Ceiling()
        self._process: LoadProcess | None = None
        self._follower: Follower | None = None
        self._worker: Worker | None = None
        self._lead: Lead | None = None
        self._search: CapacitySearch | None = None
        self._judged: tuple[int, gate.Judgement] | None = None
        self._shown = 0
        self._ready = Event()
        self._ending = RLock()
        self._over = self._quits = self._has_own_master = False

    def install(self) -> None:
        """Listen to what Locust fires once the locustfile is read."""
        listen(events.init_command_line_parser, self._on_command_line)
        listen(events.init, self._on_init)
        listen(events.test_start, self._on_test_start)

    def wait_for_arrival(self, user: User) -> float:
        """Return 0, as a ``wait_time``, when it is this user's turn."""
        if self._process is None or not isinstance(user, PlatformUser):
            raise UsageError(
                f"{type(user).__name__}: arrivals are for a PlatformUser, in a run of Locust"
            )
        user.arrive(self._process.loop.take())
        return 0.0

    def _on_command_line(self, parser: LocustArgumentParser, **_: object) -> None:
        """Before Locust reads its options, and before it forks: nothing has been sent yet."""
        first = self._read is None
        with told():
            platform, scenario = self._declared.platform, self._declared.scenario
            add_options(parser, platform, scenario)
            add_search_options(parser)
            if not first:  # the web UI asks again for each page
                return
            process.run_id()  # before a fork, so that all processes share it
            options, _unknown = parser.parse_known_args()
            stay_on_loopback(parser, options)
            if options.find_capacity and not options.worker:
                use_search_defaults(parser, options, platform, scenario)
            options, _unknown = parser.parse_known_args()
            self._has_own_master = not options.worker
            if not (options.worker or options.list_commands):
                check_master_port(options)
                options.seakeep_duration_s = duration_of(options, platform)
                schedule = self._declared.schedule(options)
                self._declared.allow(options, schedule, options.host, options.num_users)

    def _on_init(self, environment: Environment, **_: object) -> None:
        platform, scenario = self._declared.platform, self._declared.scenario
        options: Any = environment.parsed_options
        runner = environment.runner
        PlatformAgent.ceiling = self._ceiling
        PlatformAgent.traceparents = Traceparents()
        tidy()
        interrupt_only(gevent.getcurrent())
        with told():
            if not self.is_closed:
                check_users(environment.user_classes)
            apply_mix(environment.user_classes, scenario.mix, scenario.name)
            if not isinstance(runner, MasterRunner):
                self._make_load(environment)
            if not isinstance(runner, WorkerRunner):
                self._lead = self._made_lead(environment)
        if not options.worker:  # which may have heard from its master already
            options.seakeep_duration_s = None
        if (options.headless or options.autostart) and not options.worker:
            options.seakeep_duration_s = duration_of(options, platform)
            take_over_the_end(options)
        listen(events.spawning_complete, partial(self._on_spawning_complete, environment))
        listen(events.test_stopping, self._on_test_stopping)
        listen(events.test_stop, self._on_test_stop)
        # Fired in reverse: those added after the runner's own come before it tells the others
        listen(events.quitting, self._on_quitting)
        listen(events.quit, partial(self._on_quit, environment))
        if environment.web_ui is not None and environment.web_ui.app is not None:
            add_to_web(environment.web_ui.app, partial(self._add_to_report, environment))
        self._ready.set()

    def _make_load(self, environment: Environment) -> None:
        platform, scenario = self._declared.platform, self._declared.scenario
        runner: Any = environment.runner
        options: Any = environment.parsed_options
        limits_s = self._declared.limits_s
        recorder = Recorder(platform.name, scenario.name, limits_s)
        under_way = UnderWay(limits_s)
        self._process = LoadProcess(
            Names(platform=platform.name, scenario=scenario.name, process=runner.client_id),
            recorder,
            GeneratorWatch(most_lag_s(limits_s)),
            self._ceiling,
            users=lambda: runner.user_count,
            under_way=under_way,
        )
        PlatformAgent.under_way = under_way
        PlatformAgent.clock = self._process.clock
        self._follower = Follower(self._process, self._ceiling)
        listen(events.request, recorder.on_request)
        if isinstance(runner, WorkerRunner):
            stop, lost = partial(self._stop, environment), partial(self._on_lost, environment)
            self._worker = Worker(runner, self._process, self._follower, stop, lost)
            if options.processes:
                end_with_parent(self._worker.lose_master if self._has_own_master else None)

    def _made_lead(self, environment: Environment) -> Lead:
        runner = environment.runner
        end = partial(self._end_run, environment)
        writer = Writer(open_store(), on_error=end)
        team: Team
        if isinstance(runner, MasterRunner):
            team = Master(runner)
        else:
            assert self._process is not None and self._follower is not None  # noqa: S101, PT018
            team = Alone(self._process, self._follower)
        return Lead(team, writer, self._declared.objectives, stop=end)

    def _on_test_start(self, environment: Environment, **_: object) -> None:
        self._ready.wait()  # a worker that joins a run hears of it before it is ready itself
        options: Any = environment.parsed_options
        runner: Any = environment.runner
        platform, scenario = self._declared.platform, self._declared.scenario
        try:
            if self._lead is not None:
                # Locust sends options that it doesn't know to the workers
                options.seakeep_run_id = process.run_id()
                if self._lead.runs:  # another one, from the web interface
                    options.seakeep_run_id = process.new_run_id()
                options.seakeep_run = self._lead.runs
                options.seakeep_users = runner.target_user_count
                self._lead.aborts_on_breach = options.abort_on_breach
                if options.seakeep_duration_s is None:
                    options.seakeep_duration_s = duration_of(options, platform)
            os.environ[process.RUN_ID] = options.seakeep_run_id
            schedule = self._declared.schedule(options)
            self._declared.allow(options, schedule, environment.host, options.seakeep_users)
            if self._lead is not None and isinstance(schedule, GrowingSchedule):
                self._search = CapacitySearch(
                    options, platform, scenario, self._declared.objectives, schedule
                )
                self._lead.search(self._search.see)
        except SeakeepError as error:
            if self._worker is not None:
                refuse(error)
            raise StopTest(f"seakeep: {error}") from None
        plan = RunPlan(
            number=options.seakeep_run,
            schedule=no_arrivals(schedule.duration_s) if self.is_closed else schedule,
            max_rate_per_s=platform.limits.max_rate_per_s,
            patience_s=0.0 if self.is_closed else scenario.patience_s,
            platform=platform.name,
            scenario=scenario.name,
            is_open=not self.is_closed,
        )
        PlatformAgent.hosts = allowed_hosts(platform, options.allow_host)
        PlatformAgent.patience_s = min(
            scenario.patience_s, max(self._declared.limits_s, default=scenario.patience_s)
        )
        if self._lead is not None:
            self._lead.prepare(plan)
        elif self._worker is not None and self._process is not None and self._follower is not None:
            self._worker.prepare(plan.number)
            self._follower.prepare(plan.number, plan.schedule, plan.max_rate_per_s)
            self._process.prepare(plan.patience_s, self._worker.tell)

    def _on_spawning_complete(self, environment: Environment, **_: object) -> None:
        if self._lead is not None:
            self._lead.begin()
            take_over_the_web_end(environment)
            if self._search is not None:
                self._search.start(self._lead.elapsed_s)

    def _on_test_stopping(self, **_: object) -> None:
        if self._lead is not None:
            self._lead.finish()

    def _on_test_stop(self, environment: Environment, **_: object) -> None:
        options: Any = environment.parsed_options
        if self._lead is not None:
            self._lead.end()
            options.run_time, options.seakeep_duration_s = options.seakeep_duration_s, None
            if not options.headless:
                self._judge(environment)
                self._show()
            elif not (self._quits or self._over):  # Locust stopped it, when no worker was left
                gevent.spawn(self._end_run, environment)
        elif self._process is not None:
            self._process.end()

    def _end_run(self, environment: Environment) -> None:
        """End the run: it is over, or of no use any more."""
        options: Any = environment.parsed_options
        if environment.runner is None:
            return
        if options.headless:
            self._quits = True
            environment.runner.quit()
            return
        for trouble in self._lead.troubles if self._lead is not None else ():
            _LOG.error("seakeep: %s", trouble)
        environment.runner.stop()
        if options.autostart and options.autoquit != -1:
            quit_after(options.autoquit, environment)

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

    def _on_lost(self, environment: Environment) -> None:
        """End a worker that has lost its master."""
        self._stop(environment)  # as whatever else may stop it: Locust must not do so twice at once
        if environment.runner is not None:
            environment.runner.quit()

    def _end(self, environment: Environment) -> None:
        if self._worker is not None:
            self._worker.leave()
        self._stop(environment)
        if self._worker is not None:
            self._worker.tell((), is_final=True)
            environment.process_exit_code = 2 if self._worker.has_lost_master else 0
        if self._lead is None:
            return
        self._lead.close()
        if self._lead.runs:
            judgement = self._judge(environment)
            environment.process_exit_code = judgement.exit_code

    def _judge(self, environment: Environment) -> gate.Judgement:
        """Return the judgement on the latest run; a second call returns the same."""
        assert self._lead is not None  # noqa: S101 - workers do not judge
        if self._judged is None or self._judged[0] != self._lead.runs:
            run, troubles = self._run(environment, self._lead), self._lead.troubles
            self._judged = (self._lead.runs, judge(run, troubles, self._search))
        return self._judged[1]

    def _show(self) -> None:
        """Print the judgement on the latest run, once."""
        if self._judged is not None and self._judged[0] != self._shown:
            self._shown = self._judged[0]
            show(self._judged[1].report, self._declared.platform.folder.absolute())

    def _run(self, environment: Environment, lead: Lead) -> gate.Run:
        declared = self._declared
        return gate.Run(
            platform=declared.platform,
            scenario=declared.scenario,
            objectives=declared.objectives,
            run_id=process.run_id(),
            started_at=lead.started_at,
            ended_at=lead.ended_at,
            summary=lead.summary(),
            never_made=lead.never_made,
            aborted=lead.aborted,
            losses=tuple(lead.losses),
            exceptions=len(environment.runner.exceptions) if environment.runner else 0,
        )

    def _on_quit(self, environment: Environment, **_: object) -> None:
        options: Any = environment.parsed_options
        if self._judged is not None and options.html_file:
            add_to_file(Path(options.html_file), self._judged[1])
        self._show()

    def _add_to_report(self, environment: Environment, page: str) -> str:
        """Add the judgement to the report that the web interface hands out."""
        if self._lead is None or not self._lead.runs:
            return page
        if self._lead.is_running:
            return page
        return with_judgement(page, self._judge(environment))

    @property
    def _declared(self) -> Declared:
        if self._read is None:
            self._read = read_declared(self._name)
        return self._read
