"""Runs the benchmarks and prints one table."""

from __future__ import annotations

import importlib
import os
import platform
import sys

from rich.console import Console
from rich.table import Table

from bench.measure import Figure

SUITES = ("start_up", "store", "sandbox", "scale", "probes", "load", "chaos")
PARTS = (
    *("load_stall", "load_rate", "load_percentiles", "load_throughput", "load_soak"),
    *("chaos_faults", "chaos_reaction", "chaos_torment"),
)
"""Of ``load`` and ``chaos``, each of which can be asked for alone."""


def main(chosen: list[str]) -> int:
    """Run the suites named, or all; returns 2 for one that does not exist.

    With ``--full``, the scale suite takes thirty days, as it is meant to, in place of three, and
    the soak of load ten minutes in place of one.
    """
    if "--full" in chosen:
        os.environ.setdefault("SEAKEEP_BENCH_DAYS", "3,10,30")
        os.environ.setdefault("SEAKEEP_BENCH_SOAK_S", "600")
        chosen = [name for name in chosen if name != "--full"]
    unknown = [name for name in chosen if name not in SUITES + PARTS]
    if unknown:
        print(f"bench: no {', '.join(unknown)}; wanted some of {', '.join(SUITES + PARTS)}")
        return 2
    console = Console(width=100, highlight=False)
    console.print(f"{_cpu()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("what", "median", "min", "max", "aim", ""):
        table.add_column(title, justify="left" if title in {"what", "aim", ""} else "right")
    for name in chosen or SUITES:
        for figure in importlib.import_module(f"bench.{name}").run():
            console.print(f"  {figure.name}: {_show(figure.median, figure.unit)}")
            table.add_row(*_row(figure))
    console.print("", table, sep="\n")
    return 0


def _row(figure: Figure) -> tuple[str, ...]:
    verdict = {None: "", True: "reached", False: "missed"}[figure.reached]
    shown = (figure.median, min(figure.values), max(figure.values))
    return (figure.name, *(_show(value, figure.unit) for value in shown), figure.aim, verdict)


def _show(value: float, unit: str) -> str:
    return f"{value:,.0f}{unit}" if unit == "/s" else f"{value:,.3g} {unit}"


def _cpu() -> str:
    try:
        with open("/proc/cpuinfo") as lines:  # noqa: PTH123 - a device of the kernel's
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
