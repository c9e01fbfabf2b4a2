"""What the application says of its own health, in the forms that platforms use."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seakeep.sandbox.pod_memory import resident_bytes, stressors_resident_bytes
from seakeep.sandbox.store_client import StoreClient, StoreUnreachableError

__all__ = ["HealthChecks", "ServiceHealth"]

_MEMORY_LIMIT_BYTES = 512 * 1024 * 1024
_DISK_FREE_LIMIT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """One thing the application stands on, as just found."""

    service: str
    healthy: bool
    details: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The entry of this service in the answer of `/health`."""
        status = "healthy" if self.healthy else "unhealthy"
        return {"service": self.service, "status": status, "details": self.details}


class HealthChecks:
    """Checks the store, the memory and the disk, each time anew."""

    def __init__(self, store: StoreClient, directory: Path, pod: str) -> None:
        self._store = store
        self._directory = directory
        self._pod_directory = directory / "pods" / pod
        self._key = f"health_check_{pod}"

    async def store(self) -> ServiceHealth:
        """Ping the store, then write, read and delete a key, within the client's limit."""
        started = time.perf_counter()
        written = f'"{time.time_ns()}"'
        commands = (f"SET {self._key} {written}", f"GET {self._key}", f"DEL {self._key}")
        try:
            ping, _, read, _ = await self._store.ask("PING", *commands)
        except StoreUnreachableError as error:
            details = {"latency": _ms_since(started), "error": f"store unreachable: {error}"}
            return ServiceHealth("store", False, details)
        same = ping == "PONG" and read == f"VALUE {written}"
        details = {"latency": _ms_since(started), "connection": "ok"}
        details["read_write"] = "ok" if same else f"read {read!r} after writing {written!r}"
        return ServiceHealth("store", same, details)

    def memory(self) -> ServiceHealth:
        """Whether the process's resident memory is below its limit."""
        started = time.perf_counter()
        resident = resident_bytes("self")
        details = {
            "latency": _ms_since(started),
            "resident_bytes": resident,
            "limit_bytes": _MEMORY_LIMIT_BYTES,
            "pod_resident_bytes": resident + stressors_resident_bytes(self._pod_directory),
        }
        return ServiceHealth("memory", resident < _MEMORY_LIMIT_BYTES, details)

    def disk(self) -> ServiceHealth:
        """Whether the disk of the sandbox's directory has room."""
        started = time.perf_counter()
        found = os.statvfs(self._directory)
        free = found.f_bavail * found.f_frsize
        details = {"latency": _ms_since(started), "free_bytes": free}
        return ServiceHealth("disk", free > _DISK_FREE_LIMIT_BYTES, details)

    async def all(self) -> tuple[ServiceHealth, ...]:
        """Every service, the store first."""
        return (await self.store(), self.memory(), self.disk())


def now_text() -> str:
    """The time, in UTC, as JavaScript's `toISOString` writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def simple_form(services: tuple[ServiceHealth, ...], version: str) -> dict[str, Any]:
    """The answer of `/health`: a status, and an entry for each service."""
    healthy = all(service.healthy for service in services)
    return {
        "status": "healthy" if healthy else "unhealthy",
        "timestamp": now_text(),
        "services": [service.as_json() for service in services],
        "version": version,
    }


def detailed_form(
    services: tuple[ServiceHealth, ...], version: str, uptime_s: float
) -> dict[str, Any]:
    """The answer of `/health/detailed`: a boolean for each check, and the process's metrics.

    Without the store the application is unhealthy; short of memory or disk, degraded.
    """
    checks = {service.service: service.healthy for service in services}
    status = "healthy" if all(checks.values()) else "degraded"
    if not checks["store"]:
        status = "unhealthy"
    cpu = os.times()
    return {
        "status": status,
        "timestamp": now_text(),
        "version": version,
        "checks": checks,
        "metrics": {
            "uptime": round(uptime_s, 3),
            "memory": next(s.details for s in services if s.service == "memory"),
            "cpu": {"user": cpu.user, "system": cpu.system},
            "tasks": len(asyncio.all_tasks()),
        },
    }


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
