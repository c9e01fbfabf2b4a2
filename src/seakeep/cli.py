"""The `seakeep` command: what none of pytest, Locust and Chaos Toolkit has by itself.

Everything heavy is imported inside the command that needs it, so that ``seakeep --help`` is quick.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

import seakeep
from seakeep.errors import ConfigError, SeakeepError, UsageError

__all__ = ["cli", "main"]

_PLATFORM = click.option(
    "--platform",
    envvar="SEAKEEP_PLATFORM",
    metavar="NAME|PATH",
    help="A name under platforms/, or a path.  [env: SEAKEEP_PLATFORM]",
)


def main() -> None:
    """Run the command line; errors of ours become one message and an exit code, no traceback."""
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        click.echo("seakeep: interrupted", err=True)
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except ConfigError as error:
        _show_problems(error)
        code = error.exit_code
    except SeakeepError as error:
        from seakeep.redact import redact  # noqa: PLC0415

        click.echo(f"seakeep: {redact(str(error))}", err=True)
        code = error.exit_code
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        click.echo(f"seakeep: {error.strerror or error}{where}", err=True)
        code = SeakeepError.exit_code
    sys.exit(code if isinstance(code, int) else 0)


def _show_problems(error: ConfigError) -> None:
    from seakeep.redact import redact  # noqa: PLC0415

    count = len(error.problems)
    click.echo(f"seakeep: {count} problem{'' if count == 1 else 's'}", err=True)
    for problem in error.problems:
        click.echo(redact(str(problem)), err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(seakeep.__version__, prog_name="seakeep")
def cli() -> None:
    """Probe, load and break a web platform, and judge it by one set of objectives.

    The native commands work too: pytest probes, locust -f load/<scenario>.py, and
    chaos run chaos/<experiment>.yaml; all take the platform from SEAKEEP_PLATFORM.
    """


@cli.command()
@_PLATFORM
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/out"),
    show_default=True,
    help="Where the run's folder with its reports goes.",
)
@click.option(
    "--allow-production", is_flag=True, help="Let load and chaos touch a production platform."
)
def run(platform: str | None, out: Path, *, allow_production: bool) -> int:
    """Run everything a platform declares, then judge and report it.

    Exit codes: 0 nothing breached; 1 breached, no data or deviated; 2 usage or configuration;
    3 an experiment was refused; 4 an experiment's tool failed; 130 interrupted.
    """
    from seakeep import environment  # noqa: PLC0415
    from seakeep.run.orchestrator import run_platform  # noqa: PLC0415
    from seakeep.run.progress import Progress  # noqa: PLC0415

    if allow_production:
        os.environ[environment.ALLOW_PRODUCTION] = "1"
    console = _console()
    try:
        outcome = run_platform(_named(platform), out, Progress(console))
    except KeyboardInterrupt:
        click.echo("all that the run had started is down again", err=True)
        raise
    console.print(f"\n[bold]{outcome.headline}[/bold]  report: {outcome.index}", soft_wrap=True)
    return outcome.exit_code


@cli.command()
@_PLATFORM
@click.option("--window", metavar="DURATION", help="Judge this window instead of each own one.")
@click.option("--at", metavar="TIME", help="Judge as of that time: 2026-01-31T22:00:00Z.")
@click.option("--objective", "objectives", multiple=True, metavar="NAME", help="Only this one.")
@click.option("--location", metavar="GLOB", help="Only what was observed there.")
@click.option("--exclude", metavar="WHAT", help="Leave out planned, chaos or maintenance time.")
@click.option("--require-proof", is_flag=True, help="Exit with 3 when something is unproven.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def check(platform: str | None, *, as_json: bool, require_proof: bool, **asked: Any) -> int:  # noqa: ANN401 - the options' own types
    """Judge the objectives from what has been observed.

    Exit codes: 0 nothing breached; 1 breached or no data; 2 usage or configuration; with
    --require-proof, 3 when nothing is breached but something is not proven met.
    """
    from seakeep.slo.check import Question, check_platform  # noqa: PLC0415
    from seakeep.slo.evaluate import holds, is_proven, to_json  # noqa: PLC0415
    from seakeep.slo.table import verdict_table  # noqa: PLC0415

    verdicts = check_platform(_named(platform), Question(**asked))
    with _reader_may_leave():
        if as_json:
            for verdict in verdicts:
                click.echo(to_json(verdict))
        else:
            _console().print(verdict_table(verdicts))
    if not holds(verdicts):
        return 1
    return 0 if is_proven(verdicts) or not require_proof else 3


@cli.command()
@_PLATFORM
def validate(platform: str | None) -> int:
    """Check platform.yaml and slos.yaml, and tell every mistake at once."""
    from seakeep.run.validate import validate_platform  # noqa: PLC0415

    click.echo(validate_platform(_named(platform)))
    return 0


@cli.command()
@_PLATFORM
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the rules and their promtool tests into this folder, such as reports/alerts.",
)
@click.option(
    "--check", is_flag=True, help="Only say which files differ: in reports/alerts or --out."
)
@click.option(
    "--stale-after",
    default="1h",
    show_default=True,
    metavar="DURATION",
    help="The age at which what was pushed no longer counts.",
)
def rules(platform: str | None, out: Path | None, stale_after: str, *, check: bool) -> int:
    """Print the Prometheus rules that the objectives make: recorded series and alerts.

    Exit codes: 0 done, or nothing differs; 1 files differ; 2 usage, configuration, or an alert
    policy that could never fire.
    """
    from seakeep.run.rules_command import check_rules, print_rules, write_rules  # noqa: PLC0415

    stale_after_s = _duration(stale_after, "--stale-after")
    if check:
        return check_rules(_named(platform), out or Path("reports/alerts"), stale_after_s)
    if out is not None:
        return write_rules(_named(platform), out, stale_after_s)
    return print_rules(_named(platform), stale_after_s)


@cli.command()
@_PLATFORM
@click.option("--run", "run_id", metavar="ID", help="The run to push; the latest by default.")
def push(platform: str | None, run_id: str | None) -> int:
    """Push a run's results to $SEAKEEP_PUSHGATEWAY again."""
    from seakeep.run.push_again import push_again  # noqa: PLC0415

    click.echo(push_again(_named(platform), run_id))
    return 0


@cli.command()
def recover() -> int:
    """Undo every fault that a crash, a kill or a reboot left behind.

    Exit codes: 0 nothing is left; 4 a fault may still be in place.
    """
    from seakeep import environment  # noqa: PLC0415
    from seakeep.chaos.recovery import looked_at  # noqa: PLC0415
    from seakeep.chaos.recovery import recover as undo  # noqa: PLC0415
    from seakeep.run.gone_sandbox import close_entries_of_gone_sandboxes  # noqa: PLC0415

    home = environment.home()
    gone = close_entries_of_gone_sandboxes(home)
    for line in gone:
        click.echo(line)
    recovered = undo(home)
    for entry in recovered:
        click.echo(str(entry))
    if not recovered and not gone:
        click.echo(f"nothing to recover: {looked_at(home)}")
    return 0 if all(entry.proven for entry in recovered) else 4


@cli.command()
@click.argument("name")
@click.option("--url", metavar="URL", help="The platform's base URL, to start with.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to make; by default one of the platform's name.",
)
def init(name: str, url: str | None, into: Path | None) -> int:
    """Make a harness for a platform of your own: suites, scenarios, experiments, objectives."""
    from seakeep.run.init import make_harness  # noqa: PLC0415

    click.echo(make_harness(name, into or Path(name), url))
    return 0


@cli.group()
def store() -> None:
    """Look after the store of observations."""


@store.command()
@click.option("--keep", required=True, metavar="DURATION", help="Keep what is younger: 30d.")
@click.option(
    "--keep-rollups",
    default="400d",
    show_default=True,
    metavar="DURATION",
    help="Keep the counts of objectives for so long; never shorter than --keep.",
)
def prune(keep: str, keep_rollups: str) -> int:
    """Delete observations and verdicts by age; objectives go on counting what is deleted."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    from seakeep.slo.rollup_fold import prune as prune_all  # noqa: PLC0415
    from seakeep.store import open_store  # noqa: PLC0415

    now = datetime.now(UTC)
    before = now - timedelta(seconds=_duration(keep, "--keep"))
    rollups_before = now - timedelta(seconds=_duration(keep_rollups, "--keep-rollups"))
    with open_store() as opened:
        deleted = prune_all(opened, before, rollups_before)
        click.echo(f"{deleted} rows older than {keep} deleted from {opened.file}")
    return 0


@cli.group()
def sandbox() -> None:
    """A small real platform on this machine, to probe, load and break."""


@sandbox.command()
@click.option(
    "--port",
    default=0,
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="The ingress's port; a free one if 0.",
)
def up(port: int) -> int:
    """Start the sandbox, and print the environment that points everything at it."""
    from seakeep import environment  # noqa: PLC0415
    from seakeep.sandbox import control  # noqa: PLC0415

    click.echo("\n".join(control.up(environment.home(), ingress_port=port).lines()))
    return 0


@sandbox.command()
def down() -> int:
    """Stop the sandbox; nothing of it stays."""
    from seakeep import environment  # noqa: PLC0415
    from seakeep.run.gone_sandbox import close_entries_of_gone_sandboxes  # noqa: PLC0415
    from seakeep.sandbox import control  # noqa: PLC0415

    stopped = control.down(environment.home())
    for line in close_entries_of_gone_sandboxes(environment.home()):
        click.echo(line)
    click.echo("the sandbox is down" if stopped else "no sandbox was up")
    return 0


@sandbox.command()
def env() -> int:
    """Print the environment of the running sandbox, for eval "$(seakeep sandbox env)"."""
    from seakeep import environment  # noqa: PLC0415
    from seakeep.errors import SandboxError  # noqa: PLC0415
    from seakeep.sandbox import control  # noqa: PLC0415

    running = control.read(environment.home())
    if running is None:
        raise SandboxError(f"no sandbox is up in {environment.home()}: 'seakeep sandbox up'")
    click.echo("\n".join(running.lines()))
    return 0


@contextlib.contextmanager
def _reader_may_leave() -> Iterator[None]:
    """Keep the exit code true when who reads our output has seen enough, as ``head`` does."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _named(platform: str | None) -> str:
    if not platform:
        raise UsageError(
            "no platform: set SEAKEEP_PLATFORM or give --platform "
            "(a name under platforms/, or a path)"
        )
    return platform


def _duration(text: str, option: str) -> float:
    from seakeep.duration import parse_duration  # noqa: PLC0415

    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"{option}: found {text!r}; wanted {error}") from None


def _console() -> Console:
    from rich.console import Console  # noqa: PLC0415

    console = Console(highlight=False)
    return Console(highlight=False, width=max(100, console.width if console.is_terminal else 0))


if __name__ == "__main__":
    main()
