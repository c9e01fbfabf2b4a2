from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SAYS_AND_ENDS = """
import atexit, resource, sys
from seakeep.chaos.toolkit_command import _give_up_what_can_not_be_said
atexit.register(_give_up_what_can_not_be_said)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
print("what nobody can read")
sys.exit(4)
"""


def test_output_that_a_full_disk_does_not_take_changes_no_exit_code(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-c", SAYS_AND_ENDS]
        ended = subprocess.run(command, env=env, stdout=log, stderr=log, check=False)
    assert ended.returncode == 4
