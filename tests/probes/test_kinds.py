"""Kinds of checks are found by entry points: our own, and those of other packages."""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from pathlib import Path
from typing import Any

import pytest
import trustme

from seakeep.checks.kinds import load_kind
from seakeep.platform_file import read_platform
from seakeep.probes.dns_expectation import DnsExpectation
from seakeep.probes.kind import Kind
from seakeep.validation import FileModel
from tests.probes.listeners import listening

ROOT = Path(__file__).parent.parent.parent
FOREIGN = """
from typing import Literal

from seakeep.causes import Cause, Failure
from seakeep.checks import Check
from seakeep.probes.kind import Asking, Kind, Seen


class MoodCheck(Check):
    kind: Literal["mood"] = "mood"
    mood: str

    def target(self, base_url: str) -> str:
        return f"mood:{self.mood}"


async def look(check: MoodCheck, asking: Asking) -> Seen:
    is_good = check.mood == "good"
    return Seen(None if is_good else Failure(Cause.BANNER, "mood: wanted good, got another"))


KIND = Kind(check=MoodCheck, look=look, repeat=lambda check, base_url: "sing")
"""


PAGE = (ROOT / "docs" / "kinds.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


async def say_nothing(reader: StreamReader, writer: StreamWriter) -> None:
    pass


def run(folder: Path, *checks: dict[str, Any], options: str) -> subprocess.CompletedProcess[str]:
    """Run ``pytest probes`` in a project whose path also has the package of a stranger."""
    shutil.copytree(ROOT / "probes", folder / "probes", ignore=shutil.ignore_patterns("__*"))
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:locust -p no:playwright\n")
    information = folder / "site" / "moods-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: moods\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[seakeep.kinds]\nmood = moods:KIND\n")
    (folder / "site" / "moods.py").write_text(FOREIGN)
    document = {"name": "p", "environment": "sandbox", "base_url": "http://127.0.0.1:1"}
    platform = folder / "platforms" / "p" / "platform.yaml"
    platform.parent.mkdir(parents=True)
    platform.write_text(json.dumps({**document, "checks": list(checks)}))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SEAKEEP_", "PYTEST_"))}
    paths = {"PYTHONPATH": f"{folder / 'site'}", "SEAKEEP_HOME": str(folder / "home")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "probes", "--platform", "p", *options.split()],
        cwd=folder,
        env={**kept, **paths},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def keys_of(model: type[FileModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


@pytest.mark.parametrize("name", ["dns", "tcp", "tls"])
def test_each_kind_is_one_line_in_the_map(name: str) -> None:
    kind = load_kind(name)
    assert isinstance(kind, Kind)
    assert kind.check.model_fields["kind"].default == name


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_of_the_page_is_valid(example: str, tmp_path: Path) -> None:
    platform = f"name: p\nenvironment: sandbox\nbase_url: http://127.0.0.1:1\n{example}"
    (tmp_path / "platform.yaml").write_text(platform)
    (tmp_path / "ca.pem").touch()
    record, problems = read_platform(tmp_path)
    assert [str(problem) for problem in problems] == []
    assert record is not None


def test_the_page_tells_all_keys() -> None:
    for name in ("dns", "tcp", "tls"):
        assert [key for key in keys_of(load_kind(name).check) if f"`{key}`" not in PAGE] == []
    assert [key for key in keys_of(DnsExpectation) if f"`expect.{key}`" not in PAGE] == []


def test_a_suite_of_another_kind_is_run_by_its_marker(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with listening() as listeners:
        address = listeners.tcp(say_nothing, tls=context)
        secure = {"name": "good", "suite": "tls", "kind": "tls", "address": address}
        done = run(
            tmp_path,
            {**secure, "ca": str(tmp_path / "ca.pem")},
            {**secure, "name": "strange"},
            {"name": "broker", "suite": "tcp", "kind": "tcp", "address": address},
            options="-m tls -v",
        )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_check[good] PASSED" in done.stdout
    assert "test_check[strange] FAILED" in done.stdout
    assert "1 deselected" in done.stdout
    assert "cause    tls-untrusted" in done.stdout
    assert f"repeat   openssl s_client -connect {address}" in done.stdout


def test_a_kind_of_another_package_works_like_our_own(tmp_path: Path) -> None:
    mood = {"suite": "moods", "kind": "mood"}
    done = run(
        tmp_path,
        {**mood, "name": "one", "mood": "good"},
        {**mood, "name": "two", "mood": "bad"},
        options="-m moods -v",
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_check[one] PASSED" in done.stdout
    assert "mood: wanted good, got another" in done.stdout
    assert "repeat   sing" in done.stdout
