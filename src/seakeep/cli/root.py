"""The group of all commands, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import sys

import click

import seakeep
from seakeep.errors import ConfigError, SeakeepError

__all__ = ["cli", "main"]


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
