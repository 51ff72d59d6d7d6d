"""Programs kept running until told to stop."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from config import load_settings
from crowd.cli.supervisor import Child, Supervisor
from crowd.servers import Servers
from tests.servers.test_servers import until

WAIT = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


@pytest.fixture
def supervise(tmp_path: Path) -> Callable[..., Supervisor]:
    none = replace(load_settings(), database_url="x", redis_url="x", data_dir=tmp_path)

    def make(*scripts: str) -> Supervisor:
        children = [Child(s, [sys.executable, "-c", s]) for s in scripts]
        return Supervisor(children, servers=Servers(none), env=dict(os.environ), tell=said.append)

    said: list[str] = []
    make.said = said  # type: ignore[attr-defined]
    return make


def pids(supervisor: Supervisor) -> list[int]:
    return [child.running.pid for child in supervisor._children if child.running is not None]


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_killed_program_is_started_again(supervise: Callable[..., Supervisor]) -> None:
    with supervise(WAIT) as supervisor:
        first = pids(supervisor)[0]
        os.kill(first, signal.SIGKILL)

        until(lambda: (supervisor.look_after(), pids(supervisor) != [first])[1])

        assert "status -9" in supervise.said[0]  # type: ignore[attr-defined]


def test_all_programs_are_stopped_even_a_stubborn_one(
    supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crowd.cli.supervisor.GRACE_SECONDS", 0.5)
    with supervise(WAIT, STUBBORN) as supervisor:
        started = pids(supervisor)
        time.sleep(0.3)

    assert not any(alive(pid) for pid in started)


def test_a_signal_ends_the_watch(supervise: Callable[..., Supervisor]) -> None:
    with supervise(WAIT) as supervisor:
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        signal.setitimer(signal.ITIMER_REAL, 0.3)

        supervisor.keep_running()

        assert supervisor._stopping
