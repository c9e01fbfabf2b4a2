"""The sandbox's main process: runs ingress, links, API and pods until told to stop.

It stops on SIGTERM and SIGINT, and in the foreground also when its stdin ends,
which it does when whoever started it dies.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
from pathlib import Path

import psutil

from seakeep.sandbox.cluster import NAMESPACE, Cluster
from seakeep.sandbox.environment import (
    SandboxEnvironment,
    SandboxRecord,
    state_directory,
    write_private,
)
from seakeep.sandbox.ingress import Ingress
from seakeep.sandbox.kubernetes_api import KubernetesApi
from seakeep.sandbox.lifeline import on_stdin_end
from seakeep.sandbox.toxiproxy_api import ToxiproxyApi

__all__ = ["Supervisor", "main"]


class Supervisor:
    """Opens everything, keeps the state file true, and closes everything."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._directory = state_directory(options.home)
        self._ingress_port: int = options.ingress_port
        self._cluster = Cluster(self._directory, options.pods, restarts=not options.no_restart)
        self._limit_per_s: float | None = options.limit
        self._ingress = Ingress(self._cluster, self._limit_per_s)
        self._api = KubernetesApi(self._cluster)
        self._toxiproxy = ToxiproxyApi()
        self._state = self._directory / "state.json"
        self._kubeconfig = self._directory / "kubeconfig"

    async def run(self, stopped: asyncio.Event) -> None:
        """Run the sandbox until `stopped` is set.

        Raises:
            OSError: A port is taken or a file can't be written.
        """
        try:
            self._cluster.start()
            ingress_port = await self._ingress.open(self._ingress_port)
            api_url = f"http://127.0.0.1:{await self._api.open()}"
            write_private(self._kubeconfig, _kubeconfig(api_url))
            toxiproxy_url = f"http://127.0.0.1:{await self._toxiproxy.open(self._ingress.edge)}"
            base_url = f"http://127.0.0.1:{ingress_port}"
            telling = asyncio.create_task(self._tell(base_url, api_url, toxiproxy_url))
            await stopped.wait()
            telling.cancel()
        finally:
            self._state.unlink(missing_ok=True)
            self._kubeconfig.unlink(missing_ok=True)
            await self._toxiproxy.close()
            await self._ingress.close()
            await self._api.close()
            await self._cluster.close()

    async def _tell(self, base_url: str, api_url: str, toxiproxy_url: str) -> None:
        """Write the state file once all pods are ready, and again for each new store process."""
        told_pid = 0
        while True:
            self._cluster.ready_changed.clear()
            store = self._cluster.store
            pid = (store.container.pid if store and store.container else None) or 0
            if pid != told_pid and (told_pid or self._all_ready()) and pid:
                told_pid = pid
                environment = SandboxEnvironment(
                    base_url=base_url,
                    kubeconfig=self._kubeconfig,
                    namespace=NAMESPACE,
                    supervisor_pid=os.getpid(),
                    store_pid=pid,
                    api_url=api_url,
                    limit_per_s=self._limit_per_s,
                    toxiproxy_url=toxiproxy_url,
                )
                SandboxRecord(environment, psutil.Process().create_time()).write(self._state)
            await self._cluster.ready_changed.wait()

    def _all_ready(self) -> bool:
        ready = sum(pod.ready for pod in self._cluster.app_pods())
        return ready >= self._cluster.deployment.replicas


def _kubeconfig(api_url: str) -> str:
    """A kubeconfig for the sandbox; JSON, which is YAML too."""
    name = NAMESPACE
    found = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": api_url}}],
        "users": [{"name": name, "user": {}}],
        "contexts": [
            {"name": name, "context": {"cluster": name, "user": name, "namespace": NAMESPACE}}
        ],
    }
    return json.dumps(found, indent=2) + "\n"


async def _serve(options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if options.foreground:
        on_stdin_end(loop, stopped.set)
    await Supervisor(options).run(stopped)


def main() -> None:
    """Run the sandbox of a home directory; see the arguments."""
    parser = argparse.ArgumentParser(prog="seakeep.sandbox.supervisor")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--ingress-port", type=int, default=0)
    parser.add_argument("--limit", type=float)
    parser.add_argument("--pods", type=int, default=3)
    parser.add_argument("--no-restart", action="store_true")
    parser.add_argument("--foreground", action="store_true")
    options = parser.parse_args()
    state_directory(options.home).mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options))


if __name__ == "__main__":
    main()
