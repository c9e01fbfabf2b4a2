"""`seakeep sandbox`: a small real platform on this machine."""

from __future__ import annotations

import click

from seakeep.cli.rate import RATE

__all__ = ["sandbox"]


@click.group()
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
@click.option(
    "--limit",
    type=RATE,
    metavar="RATE",
    help="Requests per second that the ingress passes on, in all; the rest queues.",
)
@click.option(
    "--pods",
    default=3,
    show_default=True,
    type=click.IntRange(1, 20),
    metavar="N",
    help="How many pods the application has.",
)
@click.option(
    "--no-restart", is_flag=True, help="A container that ended stays down: a fragile platform."
)
def up(port: int, limit: float | None, pods: int, no_restart: bool) -> int:
    """Start the sandbox, and print the environment that points everything at it."""
    from seakeep import environment  # noqa: PLC0415
    from seakeep.sandbox import control  # noqa: PLC0415

    found = control.up(
        environment.home(),
        ingress_port=port,
        limit_per_s=limit,
        pods=pods,
        restarts=not no_restart,
    )
    click.echo("\n".join(found.lines()))
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
