"""The whole service, as `crowd up` starts it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from crowd.servers.folder import Folder


@dataclass
class Service:
    """`crowd up` in a folder, which can be killed and started again."""

    folder: Path
    port: int
    up: subprocess.Popen[bytes] | None = None
    log: list[Path] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        own = {"CROWD_DATA_DIR": str(self.folder), "CROWD_PORT": str(self.port)}
        return {**os.environ, **own, "CROWD_REDELIVER_AFTER_S": "3"}

    def crowd(self, *words: str) -> str:
        command = [sys.executable, "-m", "crowd.cli", *words]
        return subprocess.run(
            command, env=self.env, check=True, capture_output=True, text=True, timeout=60
        ).stdout.strip()

    def start(self) -> None:
        self.log.append(self.folder.parent / f"up-{len(self.log)}.log")
        with self.log[-1].open("wb") as log:
            self.up = subprocess.Popen(
                [sys.executable, "-m", "crowd.cli", "up"],
                env=self.env, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while not self._is_ready():
            assert time.monotonic() < deadline, self.log[-1].read_text()[-3000:]
            time.sleep(0.1)

    def stop(self) -> int:
        assert self.up is not None
        self.up.send_signal(signal.SIGINT)
        return self.up.wait(40)

    def kill_everything(self) -> None:
        """kill -9 of every process at once, as a crash of the machine would."""
        assert self.up is not None
        whole = psutil.Process(self.up.pid)
        for process in [whole, *whole.children(recursive=True)]:
            # some die with their parent before it is their turn
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.up.wait()

    def kill(self, word: str) -> None:
        """kill -9 of the first process whose command line has a word in it."""
        self.processes(word)[0].kill()

    def processes(self, word: str) -> list[psutil.Process]:
        """Find the processes whose command line has a word in it, parents first."""
        assert self.up is not None
        whole = psutil.Process(self.up.pid).children(recursive=True)
        found = [process for process in whole if word in " ".join(_command(process))]
        assert found, f"no {word} runs"
        return found

    def key(self, name: str, kind: str) -> str:
        self.crowd("tenant", "create", name, "--kind", kind)
        return self.crowd("key", "create", name)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.base_url}/readyz", timeout=5, trust_env=False).is_success
        except (httpx.TransportError, json.JSONDecodeError):
            return False


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path / "data", free_port())
    service.start()
    yield service
    if service.up is not None and service.up.poll() is None:
        service.stop()


@pytest.fixture(scope="session")
def stays_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("stays_up") / "data", free_port())
    service.start()
    yield service
    service.stop()


@pytest.fixture
def standing(stays_up: Service) -> Iterator[Service]:
    """One service for all tests that leave its processes and other tenants alone.

    To each, every name is free.
    """
    yield stays_up
    with psycopg.connect(Folder(stays_up.folder).database_url) as connection:
        connection.execute("UPDATE tenants SET name = name || ' before ' || id")
