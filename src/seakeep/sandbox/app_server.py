"""Runs the application as a process of its own, until SIGTERM or the parent's end."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from pathlib import Path

from aiohttp import web

from seakeep.sandbox.app import Application
from seakeep.sandbox.lifeline import die_with_parent, on_stdin_end

__all__ = ["main"]

_DRAIN_S = 0.1  # requests already on their way when SIGTERM comes still get in


async def _serve(options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    on_stdin_end(loop, stopped.set)
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    loop.add_signal_handler(signal.SIGINT, stopped.set)
    application = Application(options.pod, options.store_port, options.directory)
    runner = web.AppRunner(
        application.build(), access_log=None, keepalive_timeout=3600, shutdown_timeout=0
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=512)
    await site.start()
    sys.stdout.write(f"port {runner.addresses[0][1]}\n")
    sys.stdout.flush()
    _say(f"{options.pod} listens on port {runner.addresses[0][1]}")
    await stopped.wait()
    _say(f"{options.pod} stops, with {application.in_flight} requests in flight")
    await _drain(application, options.grace_s)
    await runner.cleanup()


def _say(what: str) -> None:
    """Write a line into the container's log."""
    sys.stderr.write(f"{what}\n")


async def _drain(application: Application, grace_s: float) -> None:
    """Wait until the requests in flight are answered, at most for the grace period."""
    ends = time.monotonic() + grace_s
    await asyncio.sleep(_DRAIN_S)
    while application.in_flight and time.monotonic() < ends:  # noqa: ASYNC110 - a last, short wait
        await asyncio.sleep(0.01)


def main() -> None:
    """Run one pod's application; see the arguments."""
    parser = argparse.ArgumentParser(prog="seakeep.sandbox.app_server")
    parser.add_argument("parent", type=int)
    parser.add_argument("--pod", required=True)
    parser.add_argument("--store-port", type=int, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--grace-s", type=float, default=30.0)
    options = parser.parse_args()
    die_with_parent(options.parent)
    asyncio.run(_serve(options))


if __name__ == "__main__":
    main()
