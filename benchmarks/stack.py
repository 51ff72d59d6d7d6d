"""The whole service in a temporary folder, as `crowd up` starts it, for one measurement."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from config import Settings
from crowd.cli.stack import START_SECONDS, running_apart
from crowd.db import transaction
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
    with running_apart(lambda _: None) as service:
        _wait_until_calm()
        yield Stack(service.settings, service.database_url)


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
