"""pytest by itself pushes what it saw, too; a gateway that is down changes nothing."""

import http.server
import os
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from seakeep.run.gateway import find_pushgateway, local_pushgateway
from tests.reports.prometheus_tools import complaints
from tests.run.harness import Harness

NAMES = re.compile("probe_|seakeep_")

PLATFORM = """
name: demo
environment: staging
base_url: {url}
checks:
  - {{name: home, suite: home, path: /, expect: {{status: 200}}}}
  - {{name: news, suite: home, path: /, expect: {{status: 200}}}}
"""


@pytest.fixture
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def demo(harness: Harness, site: str) -> Harness:
    folder = harness.root / "platforms" / "demo"
    folder.mkdir()
    (folder / "platform.yaml").write_text(PLATFORM.format(url=site))
    slos = (harness.root / "platforms" / "sandbox" / "slos.yaml").read_text()
    (folder / "slos.yaml").write_text(slos.split("---")[0])
    return harness


def pytest_probes(
    demo: Harness, gateway: str, *options: str, textfile: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "probes", "--platform", "demo", "-m", "not journey"]
    return subprocess.run(
        [*command, *options],
        cwd=demo.root,
        env=demo.environment | {"SEAKEEP_PUSHGATEWAY": gateway, "SEAKEEP_TEXTFILE": textfile},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_what_pytest_saw_is_handed_on_with_the_objectives_as_they_stand(
    demo: Harness, tmp_path: Path
) -> None:
    file = tmp_path / "textfile" / "seakeep.prom"
    binary = find_pushgateway()
    assert binary, "the Pushgateway is not on PATH: set-up installs it"
    with local_pushgateway(binary, tmp_path / "gateway.log") as url:
        assert url is not None
        ended = pytest_probes(demo, url, textfile=str(file))
        in_part = pytest_probes(demo, url, "-k", "news")
        pushed = urllib.request.urlopen(f"{url}/metrics", timeout=5).read().decode()
    assert (ended.returncode, in_part.returncode) == (0, 0), ended.stdout + in_part.stdout
    assert "groups pushed in" in ended.stdout
    assert f"groups written to {file}" in ended.stdout
    for metrics in (pushed, file.read_text()):
        ours = [line for line in metrics.splitlines(keepends=True) if NAMES.search(line)]
        assert complaints("".join(ours)) == ""
        assert 'probe_success{check="home"' in metrics, "a run of a part takes nothing away"
        assert 'probe_success{check="news"' in metrics
        assert 'objective="availability"' in metrics


def test_a_gateway_that_is_down_is_told_once_and_fails_nothing(demo: Harness) -> None:
    ended = pytest_probes(demo, "http://127.0.0.1:9")
    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.count("push failed") == 1
    assert "sends it again" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_textfile_that_can_not_be_written_is_told_in_one_line_and_fails_nothing(
    demo: Harness,
) -> None:
    ended = pytest_probes(demo, "", textfile="/dev/null/seakeep.prom")
    assert ended.returncode == 0, ended.stdout
    (told,) = (line for line in ended.stdout.splitlines() if "textfile failed" in line)
    assert told.startswith("textfile failed: can't write /dev/null/seakeep.prom: ")
    assert "writes it again" in told


def test_without_a_gateway_nothing_is_said_of_it(demo: Harness) -> None:
    said = pytest_probes(demo, "").stdout
    assert "push" not in said
    assert "textfile" not in said
    assert "SEAKEEP_PUSHGATEWAY" not in os.environ


def test_a_platform_that_promises_nothing_yet_is_handed_on_all_the_same(
    demo: Harness, tmp_path: Path
) -> None:
    (demo.root / "platforms" / "demo" / "slos.yaml").unlink()
    file = tmp_path / "seakeep.prom"
    ended = pytest_probes(demo, "", textfile=str(file))
    assert ended.returncode == 0, ended.stdout
    assert f"groups written to {file}" in ended.stdout
    assert 'probe_success{check="home"' in file.read_text()
