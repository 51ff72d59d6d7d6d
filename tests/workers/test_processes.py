"""The background processes, started and told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

SCRIPT = """
import sys
from workers.__main__ import _repeat
print("up", flush=True)
_repeat(lambda: float(sys.argv[1]))
"""


@pytest.mark.parametrize("pause_s", ["0", "0.0001", "60"])
def test_a_process_that_takes_turns_ends_when_it_is_told_to(pause_s: str) -> None:
    command = [sys.executable, "-c", SCRIPT, pause_s]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05)

        os.kill(process.pid, signal.SIGTERM)

        assert process.wait(10) == 0


def test_a_role_that_is_none_is_answered_with_those_there_are() -> None:
    nowhere = {"CROWD_DATABASE_URL": "postgresql:///none", "CROWD_REDIS_URL": "unix:///none"}
    command = [sys.executable, "-m", "workers", "relais"]

    said = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **nowhere})

    assert said.returncode == 1
    assert "`python -m workers relay`" in said.stderr
