"""What a running sandbox tells of itself: the record, its file and its shell lines."""

from __future__ import annotations

import json
import os
import shlex
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["SandboxEnvironment", "SandboxRecord", "state_directory"]


def state_directory(home: Path) -> Path:
    """Where a sandbox of that home keeps its files."""
    return home / "sandbox"


@dataclass(frozen=True, slots=True)
class SandboxEnvironment:
    """Where a running sandbox is found.

    Attributes:
        base_url: The ingress.
        kubeconfig: The file that leads Kubernetes clients to its API.
        namespace: Where its pods are.
        supervisor_pid: The process to stop it by.
        store_pid: The store's process, for whoever wants to break it.
        api_url: The Kubernetes API.
        limit_per_s: How many requests a second its ingress passes on; None for all that come.
        toxiproxy_url: The Toxiproxy API, whose proxy `edge` is the ingress.
    """

    base_url: str
    kubeconfig: Path
    namespace: str
    supervisor_pid: int
    store_pid: int
    api_url: str
    limit_per_s: float | None = None
    toxiproxy_url: str = ""

    def lines(self) -> tuple[str, ...]:
        """Shell lines that point every tool at this sandbox; made for `eval`."""
        values = {
            "SEAKEEP_HOME": str(self.kubeconfig.parent.parent),
            "SEAKEEP_BASE_URL": self.base_url,
            "KUBECONFIG": str(self.kubeconfig),
            "SEAKEEP_PLATFORM": "sandbox",
            "SEAKEEP_NAMESPACE": self.namespace,
            "SEAKEEP_TOXIPROXY_URL": self.toxiproxy_url,
            "SEAKEEP_SANDBOX_STORE_PID": str(self.store_pid),
            # Empty without one, lest a shell goes on to name that of a sandbox before.
            "SEAKEEP_SANDBOX_LIMIT": "" if self.limit_per_s is None else f"{self.limit_per_s:g}",
        }
        return tuple(f"export {name}={shlex.quote(value)}" for name, value in values.items())


@dataclass(frozen=True, slots=True)
class SandboxRecord:
    """The state file: the environment, and when the supervisor's process was created.

    A process id alone can be another process's by now; with the time of creation
    (seconds since the epoch, as the system counts it) it can't.
    """

    environment: SandboxEnvironment
    created_s: float

    def write(self, path: Path) -> None:
        """Replace the file at once, so that nobody reads half of it."""
        fields = asdict(self.environment) | {"kubeconfig": str(self.environment.kubeconfig)}
        text = json.dumps({"environment": fields, "created_s": self.created_s}, indent=2)
        write_private(path, text + "\n")

    @classmethod
    def read(cls, path: Path) -> SandboxRecord | None:
        """The record in that file; None if there is none, or none that makes sense."""
        try:
            found = json.loads(path.read_text())
            fields = found["environment"] | {"kubeconfig": Path(found["environment"]["kubeconfig"])}
            return cls(SandboxEnvironment(**fields), float(found["created_s"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def write_private(path: Path, text: str) -> None:
    """Write a file, readable by its owner only, in one step."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    Path(name).replace(path)
