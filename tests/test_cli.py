"""The command line as a person meets it: messages, exit codes, and no tracebacks."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seakeep.chaos.verdicts import objectives_hold
from seakeep.observation import Kind, Observation, Outcome
from seakeep.store import open_store

SLOS = (Path(__file__).parent.parent / "platforms/sandbox/slos.yaml").read_text()
PLATFORM = """
name: demo
environment: staging
base_url: http://127.0.0.1:1
checks: [{name: health, suite: health, path: /health, expect: {status: 200}}]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "platforms" / "demo"
    folder.mkdir(parents=True)
    (folder / "platform.yaml").write_text(PLATFORM)
    (folder / "slos.yaml").write_text(SLOS.split("---")[0])  # availability: 99% of probes
    return tmp_path


def seakeep(project: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEAKEEP_")}
    return subprocess.run(
        [sys.executable, "-m", "seakeep.cli", *arguments],
        cwd=project,
        env=kept | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def record(project: Path, good: int, bad: int = 0, age: timedelta = timedelta(0)) -> None:
    at = datetime.now(UTC) - age
    with open_store(project / ".seakeep") as store:
        store.record_many(
            Observation(
                at=at,
                platform="demo",
                kind=Kind.PROBE,
                name="health",
                location="local",
                run_id="run-1",
                outcome=Outcome.GOOD if index < good else Outcome.BAD,
                duration_s=0.1,
                cause="" if index < good else "status",
                message="" if index < good else "status: wanted 200, got 503",
            )
            for index in range(good + bad)
        )


def test_help_names_every_command(project: Path) -> None:
    ended = seakeep(project, "--help")
    assert ended.returncode == 0
    for command in (
        "check",
        "init",
        "push",
        "recover",
        "rules",
        "run",
        "sandbox",
        "store",
        "textfile",
        "validate",
    ):
        assert f"\n  {command} " in ended.stdout


@pytest.mark.parametrize(
    ("good", "bad", "code", "state"),
    [(400, 0, 0, "met"), (5, 0, 0, "inconclusive"), (50, 9, 1, "breached"), (0, 0, 1, "no data")],
)
def test_check_exits_by_what_may_be_claimed(
    project: Path, good: int, bad: int, code: int, state: str
) -> None:
    record(project, good, bad)
    ended = seakeep(project, "check", "--platform", "demo")
    assert ended.returncode == code, ended.stderr
    assert state in ended.stdout
    assert max(len(line) for line in ended.stdout.splitlines()) <= 100


def test_check_says_which_objective_broke_and_why(project: Path) -> None:
    record(project, 50, 9)
    shown = seakeep(project, "check", "--platform", "demo").stdout
    assert "availability: 9 of 59 bad (status x9): health: status: wanted 200, got 503" in shown


def test_check_as_json_is_one_object_a_line(project: Path) -> None:
    record(project, 50, 9)
    ended = seakeep(project, "check", "--json", SEAKEEP_PLATFORM="demo")
    (line,) = ended.stdout.splitlines()
    verdict = json.loads(line)
    assert (verdict["objective"], verdict["state"]) == ("availability", "breached")
    assert (verdict["good"], verdict["valid"]) == (50, 59)


def test_a_window_leaves_out_what_is_older(project: Path) -> None:
    record(project, 50, 9, age=timedelta(hours=1))
    record(project, 400)
    assert seakeep(project, "check", "--platform", "demo").returncode == 1
    assert seakeep(project, "check", "--platform", "demo", "--window", "30m").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check",), "no platform: set SEAKEEP_PLATFORM or give --platform"),
        (("check", "--platform", "dmeo"), "no platform 'dmeo'"),
        (
            ("check", "--platform", "demo", "--window", "x"),
            "--window: found 'x'; wanted a duration",
        ),
        (("store", "prune", "--keep", "soon"), "--keep: found 'soon'; wanted a duration"),
        (("push", "--platform", "demo"), "no Pushgateway: set SEAKEEP_PUSHGATEWAY"),
        (("textfile", "--platform", "demo"), "no file: set SEAKEEP_TEXTFILE or give --out"),
        (
            ("textfile", "--platform", "demo", "--out", "seakeep.prom"),
            "no run at all of demo",
        ),
        (("sandbox", "env"), "no sandbox is up"),
        (("run", "--platform", "demo"), "no probes/ folder above"),
        (("init", "My Tool"), "wanted a name of a-z, 0-9 and inner hyphens"),
        (("chekc",), "No such command 'chekc'"),
    ],
)
def test_bad_use_is_one_line_and_exit_code_2(
    project: Path, arguments: tuple[str, ...], message: str
) -> None:
    ended = seakeep(project, *arguments)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_a_known_platform_is_offered_for_a_mistyped_one(project: Path) -> None:
    assert "known here: demo" in seakeep(project, "check", "--platform", "dmeo").stderr


def test_prune_says_what_it_deleted(project: Path) -> None:
    record(project, 3, age=timedelta(days=40))
    record(project, 2)
    ended = seakeep(project, "store", "prune", "--keep", "30d")
    assert ended.stdout.startswith("3 rows older than 30d deleted")


def test_validate_says_what_a_sound_platform_declares(project: Path) -> None:
    ended = seakeep(project, "validate", "--platform", "demo")
    expected = "demo: 1 checks, 0 journeys, 0 scenarios, 0 experiments, 1 objectives, all sound\n"
    assert (ended.returncode, ended.stdout) == (0, expected)


def test_a_store_that_can_not_be_made_is_one_line(project: Path) -> None:
    ended = seakeep(project, "check", "--platform", "demo", SEAKEEP_HOME="/dev/null/home")
    assert ended.returncode == 2
    assert ended.stderr.startswith("seakeep: can't open the store /dev/null/home/seakeep.db")
    assert len(ended.stderr.splitlines()) == 1


def test_init_makes_a_harness_that_validates_and_probes(project: Path) -> None:
    made = seakeep(project, "init", "mytool", "--url", "http://127.0.0.1:1")
    assert made.returncode == 0, made.stderr
    assert "SEAKEEP_PLATFORM=mytool locust -f load/browse.py --headless" in made.stdout
    harness = project / "mytool"
    assert (harness / "load" / "browse.py").exists()
    ended = seakeep(harness, "validate", "--platform", "mytool")
    assert "mytool: 2 checks" in ended.stdout, ended.stderr
    probed = subprocess.run(
        [sys.executable, "-m", "pytest", "probes", "--platform", "mytool"],
        cwd=harness,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert probed.returncode == 1, probed.stdout + probed.stderr
    assert "refused" in probed.stdout


def test_init_never_writes_over_anything(project: Path) -> None:
    ended = seakeep(project, "init", "mytool", "--into", ".")
    assert ended.returncode == 2
    assert "wanted an empty or new folder" in ended.stderr


def test_a_reader_who_has_seen_enough_does_not_change_the_exit_code(project: Path) -> None:
    record(project, 400)
    command = f"{sys.executable} -m seakeep.cli check --platform demo --json"
    ended = subprocess.run(
        ["bash", "-c", f"{command} | true; exit ${{PIPESTATUS[0]}}"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_validate_names_the_files_that_a_platform_declares_but_lacks(project: Path) -> None:
    (project / "probes").mkdir()
    file = project / "platforms" / "demo" / "platform.yaml"
    more = "scenarios: [{name: flood, users: 1, rate: 1, duration: 1s}]\n"
    file.write_text(file.read_text() + more + "experiments: [{name: quake}]\n")
    ended = seakeep(project, "validate", "--platform", "demo")
    assert ended.returncode == 2
    assert "scenarios[0].name: found no file load/flood.py" in ended.stderr
    assert "experiments[0].name: found no file chaos/quake.yaml" in ended.stderr


def test_proof_may_be_required(project: Path) -> None:
    record(project, 5)
    assert seakeep(project, "check", "--platform", "demo").returncode == 0
    assert seakeep(project, "check", "--platform", "demo", "--require-proof").returncode == 3
    record(project, 400)
    assert seakeep(project, "check", "--platform", "demo", "--require-proof").returncode == 0


def test_a_check_may_ask_as_of_a_time_and_from_a_place(project: Path) -> None:
    record(project, 400, age=timedelta(hours=2))
    record(project, 0, bad=50)
    before = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    demo = ("check", "--platform", "demo")
    assert seakeep(project, *demo).returncode == 1
    assert seakeep(project, *demo, "--at", before).returncode == 0
    assert seakeep(project, *demo, "--at", before, "--location", "loc*").returncode == 0
    assert seakeep(project, *demo, "--at", before, "--location", "far").returncode == 1


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--objective", "speed", "--objective: found 'speed'; wanted one of availability"),
        ("--at", "yesterday", "--at: found 'yesterday'; wanted a time such as"),
        ("--exclude", "nights", "--exclude: found 'nights'; wanted planned, chaos, maintenance"),
    ],
)
def test_an_option_that_can_not_be_read_is_told(
    project: Path, option: str, value: str, message: str
) -> None:
    ended = seakeep(project, "check", "--platform", "demo", option, value)
    assert ended.returncode == 2
    assert message in ended.stderr


def test_the_objectives_are_a_probe_for_any_experiment(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("SEAKEEP_PLATFORM", "demo")
    monkeypatch.delenv("SEAKEEP_HOME", raising=False)
    record(project, 50)
    assert objectives_hold() is True
    assert objectives_hold(window="5m", objectives=["availability"], require_proof=True) is False
    record(project, 0, bad=20)
    assert objectives_hold() is False


def test_the_textfile_is_written_or_printed(project: Path) -> None:
    record(project, 3)
    ended = seakeep(project, "textfile", "--out", "metrics.prom", SEAKEEP_PLATFORM="demo")
    assert (ended.returncode, ended.stderr) == (0, "")
    written = (project / "metrics.prom").read_text()
    assert ended.stdout == "run run-1: 3 groups written to metrics.prom\n"
    assert 'probe_success{check="health",location="local",platform="demo",suite=' in written
    printed = seakeep(project, "textfile", "--platform", "demo", "--run", "run-1", "--out", "-")
    assert printed.stdout == written


def test_a_textfile_that_can_not_be_written_is_one_line(project: Path) -> None:
    record(project, 3)
    ended = seakeep(project, "textfile", "--platform", "demo", SEAKEEP_TEXTFILE="/dev/null/x.prom")
    assert ended.returncode == 2
    assert ended.stderr.startswith("seakeep: can't write /dev/null/x.prom")
    assert len(ended.stderr.splitlines()) == 1
