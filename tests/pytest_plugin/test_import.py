"""What every pytest session of an environment with Seakeep pays for it."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"asyncio", "httpx", "pydantic", "yaml", "rich", "seakeep.platform", "seakeep.checks"}


def test_the_plugin_alone_imports_nothing_heavy() -> None:
    program = (
        "import pytest, sys; before = set(sys.modules); import seakeep.pytest_plugin; "
        f"print(sorted({HEAVY!r} & (set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
