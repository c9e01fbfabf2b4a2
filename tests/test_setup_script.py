"""What script/setup, script/test and the Makefile decide, on a machine made of stubs.

The scripts run for real, in a copy of the checkout, with a PATH that holds only a few basic
programs and the stubs a test puts there. Each stub notes how it was called.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BASICS = (
    *("bash", "sh", "env", "cat", "chmod", "cp", "dirname", "flock", "ln", "mkdir", "mv", "rm"),
    *("sed", "sha256sum", "sleep", "tail", "timeout"),
)

# Makes a .venv that holds this stub again, with a Playwright whose driver runs. Whether it has
# ensurepip is for a test to say: the Python that runs the tests may come without.
PYTHON_STUB = f"""
case "$*" in
  *'import ensurepip'*) [ ! -e no-ensurepip ] ;;
  *'-m venv'*)
    [ ! -e no-ensurepip ] || case "$*" in *--without-pip*) ;; *) exit 1 ;; esac
    mkdir -p .venv/bin .venv/lib/python3.11/site-packages/playwright/driver/package
    cp "$0" .venv/bin/python
    cp "$0" .venv/lib/python3.11/site-packages/playwright/driver/node
    ;;
  *' install '*) [ ! -e pip-fails ] ;;
  *-c*) exec {sys.executable} "$@" ;;
esac
"""
OLD_PYTHON_STUB = "exit 1"  # what the script's question about the version comes to
APT_STUB = """
case "$*" in
  *download*) : >one.deb ;;
esac
"""
DPKG_STUB = """
mkdir -p "$3/usr/bin" "$3/usr/sbin" "$3/usr/lib/stub-linux-gnu"
for tool in bin/prometheus bin/promtool bin/prometheus-pushgateway bin/kubectl \\
  bin/prometheus-blackbox-exporter bin/hey bin/wrk sbin/nginx; do
  printf '#!/bin/sh\\nexit 2\\n' >"$3/usr/$tool"  # as hey says of --version
  chmod +x "$3/usr/$tool"
done
"""
DPKG_STUB_OF_PIP = """
mkdir -p "$3/usr/share/python-wheels"
: >"$3/usr/share/python-wheels/pip-23.0.1-py3-none-any.whl"
"""
# What script/test always hands to pytest, as the stub of pytest prints it.
PYTEST_ALWAYS = "[-n][3][--dist][loadfile]"


@dataclass(frozen=True)
class Machine:
    """A copy of the checkout in ``here``, and the folder ``bin`` that is its whole PATH."""

    here: Path
    bin: Path

    def put(self, name: str, body: str = "") -> None:
        """Installs a stub on PATH."""
        self.write(self.bin / name, body)

    def write(self, path: Path, body: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        calls = self.bin.parent / "calls"
        path.write_text(f'#!/bin/sh\necho "{path.name} $*" >>"{calls}"\n{body}\n')
        path.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        return {"PATH": str(self.bin), "HOME": str(self.bin.parent), **more}

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.here,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    def setup(self, mode: str = "test", **more: str) -> subprocess.CompletedProcess[str]:
        return self.run("script/setup", mode, **more)

    def new_calls(self) -> list[str]:
        """What the stubs noted since the last time, but for questions about versions."""
        calls = self.bin.parent / "calls"
        lines = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return [line for line in lines if " install " in line or "apt-get" in line]


@pytest.fixture
def bare(tmp_path: Path) -> Machine:
    """A machine without Python, Chromium and Prometheus, and a user without rights."""
    here, programs = tmp_path / "a checkout", tmp_path / "bin"
    shutil.copytree(ROOT / "script", here / "script")
    shutil.copytree(ROOT / ".ci", here / ".ci")
    shutil.copy(ROOT / "Makefile", here)
    (here / "pyproject.toml").touch()
    (here / "requirements.lock").touch()
    programs.mkdir()
    for name in BASICS:
        if found := shutil.which(name):
            (programs / name).symlink_to(found)
    machine = Machine(here, programs)
    machine.put("id", "echo 1000")
    machine.put("sudo", "exit 1")
    return machine


@pytest.fixture
def machine(bare: Machine) -> Machine:
    """A machine that lacks nothing."""
    bare.put("python3", PYTHON_STUB)
    for name in ("chromium", "prometheus", "promtool", "prometheus-pushgateway"):
        bare.put(name)
    tools = bare.here / ".tools" / "bin"
    tools.mkdir(parents=True)
    (tools / "kubectl").symlink_to(bare.bin / "prometheus")
    return bare


def test_no_python_is_one_clear_line(bare: Machine) -> None:
    result = bare.setup()
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("setup: found no Python 3.11 or newer; install python3")
    assert result.stderr.count("\n") == 1


def test_a_python_that_is_too_old_is_passed_over(machine: Machine) -> None:
    machine.put("python3", OLD_PYTHON_STUB)
    assert "no Python 3.11" in machine.setup().stderr
    machine.put("python3.12", PYTHON_STUB)
    assert machine.setup().returncode == 0


def test_the_lock_is_installed_by_hash_and_then_the_project_alone(machine: Machine) -> None:
    result = machine.setup()
    assert (result.returncode, result.stderr) == (0, "")
    lock, project = machine.new_calls()
    assert lock.endswith("install --require-hashes -r requirements.lock")
    assert project.endswith("install --no-deps --no-build-isolation -e .")


def test_a_second_setup_is_silent_and_calls_neither_pip_nor_apt(machine: Machine) -> None:
    machine.put("apt-get")
    machine.setup()
    machine.new_calls()
    result = machine.setup()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert machine.new_calls() == []


def test_a_changed_pyproject_installs_the_project_alone(machine: Machine) -> None:
    machine.setup()
    machine.new_calls()
    (machine.here / "pyproject.toml").write_text("changed")
    machine.setup()
    (call,) = machine.new_calls()
    assert "-e ." in call


def test_a_changed_lock_makes_the_environment_anew(machine: Machine) -> None:
    machine.setup()
    machine.new_calls()
    left_over = machine.here / ".venv/left-over"
    left_over.touch()
    (machine.here / "requirements.lock").write_text("changed")
    machine.setup()
    assert len(machine.new_calls()) == 2
    assert not left_over.exists()


def test_a_failed_setup_says_so_and_the_next_one_repairs_it(machine: Machine) -> None:
    fails = machine.here / "pip-fails"
    fails.touch()
    result = machine.setup()
    assert result.returncode == 1
    assert "setup: could not install requirements.lock; all" in result.stderr.splitlines()[-1]
    fails.unlink()
    machine.new_calls()
    assert machine.setup().returncode == 0
    assert len(machine.new_calls()) == 2


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.setup()
    (machine.here / ".venv/bin/python").unlink()
    assert "virtual environment" in machine.setup().stdout
    assert (machine.here / ".venv/bin/python").exists()


def test_a_python_without_ensurepip_gets_pip_from_its_package_or_is_complained_about(
    machine: Machine,
) -> None:
    (machine.here / "no-ensurepip").touch()
    result = machine.setup()
    assert result.returncode == 1
    assert "could not make a virtual environment; install python3-venv" in result.stderr
    machine.put("apt-get", APT_STUB)
    machine.put("dpkg-deb", DPKG_STUB_OF_PIP)
    assert machine.setup().returncode == 0
    download, pip, lock, project = machine.new_calls()
    wheel = ".tools/pip/usr/share/python-wheels/pip-23.0.1-py3-none-any.whl"
    assert download.endswith("download python3-pip-whl")
    assert pip.endswith(f"{wheel}/pip install --no-index {wheel}")
    assert "-r requirements.lock" in lock
    assert "-e ." in project
    assert machine.setup().stdout == ""


def test_no_chromium_and_no_rights_is_one_clear_line(machine: Machine) -> None:
    machine.put("apt-get")
    machine.put("chromium", "exit 1")
    result = machine.setup()
    assert result.returncode == 1
    assert result.stderr.startswith("setup: found no Chromium that runs")
    assert result.stderr.count("\n") == 1
    assert machine.new_calls()[2:] == []  # no apt-get after the two of pip


def test_a_stub_of_a_browser_is_passed_over_for_one_that_runs(machine: Machine) -> None:
    machine.put("chromium", "exit 1")
    machine.put("google-chrome")
    assert machine.setup().returncode == 0


def test_the_chromium_that_playwright_keeps_will_do(machine: Machine) -> None:
    machine.put("chromium", "exit 1")
    assert machine.setup().returncode == 1
    package = machine.here / ".venv/lib/python3.11/site-packages/playwright/driver/package"
    (package / "browsers.json").write_text(
        """{"browsers": [
          {
            "name": "chromium",
            "revision": "7",
            "installByDefault": true
          },
          {
            "name": "firefox",
            "revision": "8"
          }
        ]}"""
    )
    kept = "ms-playwright/chromium-7/chrome-linux64/chrome"
    machine.write(machine.bin.parent / ".cache" / kept, "")
    assert machine.setup().returncode == 0


def test_root_installs_the_chromium_package_without_a_question(machine: Machine) -> None:
    machine.put("id", "echo 0")
    machine.put("chromium", "exit 1")
    browser = f'cp "{machine.bin}/prometheus" "{machine.bin}/chromium"'
    machine.put("apt-get", f'case "$*" in *" install "*) [ "$DEBIAN_FRONTEND" ] && {browser}; esac')
    assert machine.setup().returncode == 0
    update, install = machine.new_calls()[2:]
    assert update.endswith("update")
    assert "-y" in install
    assert "--no-install-recommends chromium fonts-dejavu-core" in install


def test_the_named_chromium_is_used_or_complained_about(machine: Machine) -> None:
    machine.put("chromium", "exit 1")
    machine.put("my-browser")
    assert machine.setup(SEAKEEP_CHROMIUM=str(machine.bin / "my-browser")).returncode == 0
    result = machine.setup(SEAKEEP_CHROMIUM="/nowhere/chrome")
    assert (result.returncode, result.stderr) == (
        1,
        "setup: SEAKEEP_CHROMIUM does not run: /nowhere/chrome\n",
    )


def test_a_library_that_the_driver_lacks_is_named(machine: Machine) -> None:
    machine.setup()
    driver = machine.here / ".venv/lib/python3.11/site-packages/playwright/driver/node"
    driver.write_text("#!/bin/sh\nexit 127\n")
    result = machine.setup()
    assert result.returncode == 1
    assert "install the package libatomic1 as root" in result.stderr


def test_a_demo_goes_on_without_prometheus_but_a_test_does_not(machine: Machine) -> None:
    (machine.bin / "promtool").unlink()
    demo = machine.setup("demo")
    assert demo.returncode == 0
    assert "going on without" in demo.stdout
    test = machine.setup("test")
    assert test.returncode == 1
    assert "can not be downloaded; put their programs on PATH" in test.stderr


def test_prometheus_is_unpacked_and_never_installed(machine: Machine) -> None:
    (machine.bin / "promtool").unlink()
    machine.put("id", "echo 0")
    machine.put("apt-get", APT_STUB)
    machine.put("dpkg-deb", DPKG_STUB)
    assert machine.setup().returncode == 0
    assert (machine.here / ".tools/bin/promtool").exists()
    (call,) = machine.new_calls()[2:]
    assert call.endswith("download prometheus prometheus-pushgateway")
    assert machine.setup().stdout == ""


def test_kubectl_is_unpacked_whatever_the_machine_has_which_will_do_otherwise(
    machine: Machine,
) -> None:
    kubectl = machine.here / ".tools" / "bin" / "kubectl"
    kubectl.unlink()
    assert "put a kubectl on PATH" in machine.setup().stderr
    machine.put("kubectl")
    assert machine.setup().returncode == 0
    machine.put("apt-get", APT_STUB)
    machine.put("dpkg-deb", DPKG_STUB)
    assert machine.setup().returncode == 0
    assert kubectl.exists()


def test_the_benchmarks_alone_have_what_they_compare_with_unpacked_too(machine: Machine) -> None:
    machine.put("apt-get", APT_STUB)
    machine.put("dpkg-deb", DPKG_STUB)
    assert machine.setup().returncode == 0
    machine.new_calls()
    assert machine.setup("bench").returncode == 0
    exporter, generators = machine.new_calls()
    assert exporter.endswith("download prometheus-blackbox-exporter")
    assert generators.endswith("download hey wrk libluajit-5.1-2 nginx")
    for program in ("prometheus-blackbox-exporter", "hey", "wrk", "nginx"):
        assert (machine.here / ".tools/bin" / program).exists()
    assert machine.setup("bench").stdout == ""


def test_an_unpacked_program_that_the_linker_refuses_is_not_taken(machine: Machine) -> None:
    machine.put("apt-get", APT_STUB)
    machine.put("dpkg-deb", DPKG_STUB.replace("exit 2", "exit 127"))
    result = machine.setup("bench")
    assert result.returncode == 1
    assert not (machine.here / ".tools/bin/prometheus-blackbox-exporter").exists()


def test_load_generators_that_can_not_be_had_are_one_clear_line(machine: Machine) -> None:
    machine.put("blackbox_exporter")
    result = machine.setup("bench")
    assert result.returncode == 1
    assert result.stderr == (
        "setup: the packages hey, wrk and nginx can not be downloaded; put their programs on PATH\n"
    )


def test_a_blackbox_exporter_that_can_not_be_had_is_one_clear_line(machine: Machine) -> None:
    result = machine.setup("bench")
    assert result.returncode == 1
    assert result.stderr == (
        "setup: the package prometheus-blackbox-exporter can not be downloaded; "
        "put its program on PATH\n"
    )
    for program in ("blackbox_exporter", "hey", "wrk", "nginx"):  # as it is called upstream
        machine.put(program)
    assert machine.setup("bench").returncode == 0


@pytest.mark.skipif(not shutil.which("flock"), reason="without flock there is no lock to test")
def test_two_setups_at_once_wait_for_each_other(machine: Machine) -> None:
    machine.put("python3", PYTHON_STUB.replace("[ ! -e pip-fails ]", "sleep 0.3"))
    first = subprocess.Popen(
        ["script/setup", "test"],
        cwd=machine.here,
        env=machine.environment(),
        stdout=subprocess.DEVNULL,
    )
    wait_for(machine.here / ".venv/bin/python")
    result = machine.setup()
    assert result.stdout == "setup: waiting for another set-up of this checkout\n"
    assert first.wait(timeout=10) == 0


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_an_interrupted_demo_cleans_up_before_make_ends(machine: Machine) -> None:
    machine.write(machine.here / "script/setup", "")
    clean_up = "trap 'sleep 0.3; : >cleaned; exit 130' INT; : >started"
    machine.write(machine.here / ".venv/bin/seakeep", f"{clean_up}; while :; do sleep 0.05; done")
    demo = subprocess.Popen(
        [shutil.which("make") or "make", "demo"],
        cwd=machine.here,
        env=machine.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(machine.here / "started")
    os.killpg(demo.pid, signal.SIGINT)
    assert demo.wait(timeout=10) != 0
    assert (machine.here / "cleaned").exists()


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """A machine whose checks all pass, after a set-up."""
    machine.setup()
    for name in ("ruff", "mypy", "lint-imports"):
        machine.write(machine.here / ".venv/bin" / name, "")
    say_arguments = r"""printf '[%s]' "$@"; printf '\n3 passed in 1s\n'"""
    machine.write(machine.here / ".venv/bin/pytest", say_arguments)
    return machine


def test_continuous_integration_ends_with_the_line_of_pytest(ready: Machine) -> None:
    result = ready.run(".ci/run", PYTEST_ARGS="-k 'probe or load' -x")
    assert result.returncode == 0
    assert result.stdout.splitlines()[-2:] == [
        f"{PYTEST_ALWAYS}[-k][probe or load][-x]",
        "3 passed in 1s",
    ]


def test_a_failed_check_fails_all_but_keeps_nothing_from_running(ready: Machine) -> None:
    ready.write(ready.here / ".venv/bin/mypy", "echo error: no such type; exit 1")
    result = ready.run("script/test")
    assert result.returncode == 1
    assert "error: no such type" in result.stdout
    assert "imports      ok" in result.stdout
    assert result.stdout.splitlines()[-3:] == [
        "test: FAILED whatever the tests say: types",
        PYTEST_ALWAYS,
        "3 passed in 1s",
    ]


def test_failed_tests_fail_all(ready: Machine) -> None:
    ready.write(ready.here / ".venv/bin/pytest", "exit 1")
    assert ready.run("script/test").returncode == 1


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.01)
