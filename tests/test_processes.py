"""Children, and their children, end when their purpose does."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from seakeep.processes import TIMED_OUT, end_tree, run_to_end

DEADLINE_S = 10.0


def gone(pid: int) -> bool:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def first_line(log: Path) -> str:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if log.exists() and "\n" in (text := log.read_text()):
            return text.split("\n")[0]
        time.sleep(0.02)
    raise AssertionError(f"{log} has no line")


def python(code: str) -> list[str]:
    return [sys.executable, "-u", "-c", code]


def test_output_goes_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "step.log"
    code = run_to_end(
        python("print('one'); print('two', end=''); raise SystemExit(3)"),
        env=os.environ,
        cwd=tmp_path,
        log=log,
    )
    assert code == 3
    assert log.read_text() == "one\ntwo"


def test_what_takes_too_long_is_interrupted_and_says_so(tmp_path: Path) -> None:
    child = """
import time
try:
    time.sleep(300)
except KeyboardInterrupt:
    print("cleaned up", flush=True)
"""
    log = tmp_path / "log"
    code = run_to_end(python(child), env=os.environ, cwd=tmp_path, log=log, timeout_s=1.0)
    assert code == TIMED_OUT
    assert log.read_text() == "cleaned up\n"


def test_what_a_finished_command_left_running_is_ended(tmp_path: Path) -> None:
    """In a process of its own, since adopting orphans changes the whole process."""
    code = f"""
import os, subprocess, sys
from pathlib import Path
from seakeep.processes import adopt_orphans, run_to_end
adopt_orphans()
child = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', " \\
        "'import time; time.sleep(300)'], start_new_session=True); print(p.pid)"
log = Path({str(tmp_path)!r}) / "log"
run_to_end([sys.executable, "-c", child], env=os.environ, cwd=Path("."), log=log)
print(log.read_text())
"""
    ended = subprocess.run(python(code), capture_output=True, text=True, check=True, timeout=30)
    assert gone(int(ended.stdout))


def test_a_child_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    code = f"""
import os, sys
from pathlib import Path
from seakeep.processes import run_to_end
child = "import os, time; print(os.getpid(), flush=True); time.sleep(300)"
run_to_end([sys.executable, "-c", child], env=os.environ, cwd=Path("."),
           log=Path({str(tmp_path)!r}) / "log")
"""
    with subprocess.Popen(python(code)) as parent:
        pid = int(first_line(tmp_path / "log"))
        parent.send_signal(signal.SIGKILL)
    assert gone(pid)


def test_on_an_interrupt_the_command_may_clean_up_first(tmp_path: Path) -> None:
    child = "import time\ntry:\n    print('ready', flush=True)\n    time.sleep(300)\n"
    child += "except KeyboardInterrupt:\n    print('cleaned up', flush=True)\n"
    code = f"""
import os, sys
from pathlib import Path
from seakeep.processes import run_to_end
run_to_end([sys.executable, "-u", "-c", {child!r}], env=os.environ, cwd=Path("."),
           log=Path({str(tmp_path)!r}) / "log")
"""
    with subprocess.Popen(python(code), stderr=subprocess.PIPE, text=True) as parent:
        assert first_line(tmp_path / "log") == "ready"
        parent.send_signal(signal.SIGINT)
        _, errors = parent.communicate(timeout=DEADLINE_S)
    assert "KeyboardInterrupt" in errors, "the interrupt goes on to the caller"
    assert (tmp_path / "log").read_text() == "ready\ncleaned up\n"


def test_one_that_will_not_end_is_killed_with_all_its_children() -> None:
    code = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
print(child.pid, flush=True)
time.sleep(300)
"""
    with subprocess.Popen(python(code), stdout=subprocess.PIPE, text=True) as stubborn:
        assert stubborn.stdout is not None
        child = int(stubborn.stdout.readline())
        end_tree(stubborn.pid, grace_s=0.3)
        assert gone(stubborn.pid)
        assert gone(child)


def test_ending_what_is_gone_already_is_fine() -> None:
    with subprocess.Popen(python("pass")) as brief:
        brief.wait()
    end_tree(brief.pid)
