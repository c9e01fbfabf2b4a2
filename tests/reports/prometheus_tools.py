"""What Prometheus' own tools say of our metrics."""

from __future__ import annotations

import shutil
import subprocess


def complaints(metrics: str) -> str:
    """Return what ``promtool check metrics`` has to say; nothing is best."""
    promtool = shutil.which("promtool")
    assert promtool, "no promtool on PATH; the set-up script installs it with Prometheus"
    done = subprocess.run(
        [promtool, "check", "metrics"], input=metrics, text=True, capture_output=True, check=False
    )
    said = done.stdout + done.stderr
    return said if said or done.returncode == 0 else f"exit code {done.returncode}"
