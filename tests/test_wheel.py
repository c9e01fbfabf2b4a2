"""The wheel alone, without the checkout around it, is a working harness."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the wheel's own files; its dependencies are this environment's."""
    folder = tmp_path_factory.mktemp("wheel")
    python = [sys.executable, "-m"]
    build = [*python, "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("seakeep-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(installed: Path, folder: Path, *command: str, **more: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEAKEEP_")}
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(installed)} | more,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_wheels_own_code_is_what_runs(installed: Path, tmp_path: Path) -> None:
    where = run(installed, tmp_path, "-c", "import seakeep; print(seakeep.__file__)")
    assert where.startswith(str(installed))


def test_help_the_sandbox_and_init_work(installed: Path, tmp_path: Path) -> None:
    seakeep = ("-m", "seakeep.cli")
    assert "sandbox" in run(installed, tmp_path, *seakeep, "--help")
    run(installed, tmp_path, *seakeep, "init", "mytool")
    harness = tmp_path / "mytool"
    try:
        lines = run(installed, harness, *seakeep, "sandbox", "up")
        pairs = [line.removeprefix("export ").split("=", 1) for line in lines.splitlines()]
        environ = dict(pairs)
        said = run(installed, harness, "-m", "pytest", "probes", "-m", "not journey", **environ)
        assert "6 passed" in said
        assert "sound" in run(installed, harness, *seakeep, "validate", **environ)
    finally:
        run(installed, harness, *seakeep, "sandbox", "down")


def test_nothing_of_the_tests_or_the_machine_travels_in_it(installed: Path) -> None:
    (wheel,) = installed.parent.glob("seakeep-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        files = [Path(name) for name in archive.namelist()]
    assert {path.parts[0] for path in files if ".dist-info" not in path.parts[0]} == {"seakeep"}
    assert not [path for path in files if path.suffix == ".pyc" or "tests" in path.parts]
    assert (installed / "seakeep" / "template" / "probes" / "test_health.py").is_file()
