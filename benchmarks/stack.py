"""The whole service in a temporary folder, as `crowd up` starts it, for one measurement."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from config import Settings, load_settings
from crowd import db
from crowd.cli.demo import START_SECONDS, wait_until_ready
from crowd.cli.run import children, migrate
from crowd.cli.supervisor import Supervisor
from crowd.db import transaction
from crowd.servers import Servers
from crowd.services import tenants

#: A service with nothing to do uses less than this share of a processor, over so many seconds.
CALM, CALM_S = 0.2, 1.0
#: Requests a window: as good as no limit.
UNBOUNDED = 1_000_000_000


@dataclass(frozen=True)
class Stack:
    """A running service, and what a measurement needs to know of it."""

    settings: Settings
    database_url: str

    @property
    def address(self) -> tuple[str, int]:
        """Where the API listens."""
        return self.settings.host, self.settings.port

    def key(self, name: str, kind: str) -> str:
        """Add a tenant and make it a key."""
        with transaction() as session:
            tenant = tenants.create(session, name=name, kind=kind)
            return tenants.create_key(session, tenant, name="benchmark", rate_limit=UNBOUNDED)[1]


@contextmanager
def running() -> Iterator[Stack]:
    """Start everything with durable commits on a free port; stop and remove it in the end."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings = replace(
            load_settings(),
            data_dir=Path(folder),
            database_url=None,
            redis_url=None,
            port=probe.getsockname()[1],
            log_level="warning",
        )
        probe.close()
        with Servers(settings) as servers:
            migrate(servers.database_url)
            env = servers.env()
            processes = children(settings)
            with Supervisor(processes, servers=servers, env=env, tell=lambda _: None) as supervisor:
                wait_until_ready(f"http://{settings.host}:{settings.port}", supervisor)
                _wait_until_calm()
                db.connect(servers.database_url)
                yield Stack(settings, servers.database_url)


def cpu_seconds(*names: str) -> float:
    """Add up the processor time of this process's descendants with such words in their command."""
    total = 0.0
    for process in psutil.Process(os.getpid()).children(recursive=True):
        try:
            if any(name in " ".join(process.cmdline()) for name in names):
                used = process.cpu_times()
                total += used.user + used.system
        except psutil.NoSuchProcess:
            continue
    return total


def _wait_until_calm() -> None:
    """Let every process finish its imports: they would count as the first seconds of work."""
    deadline, before = time.monotonic() + START_SECONDS, cpu_seconds("")
    while time.monotonic() < deadline:
        time.sleep(CALM_S)
        now = cpu_seconds("")
        if now - before < CALM * CALM_S:
            return
        before = now
