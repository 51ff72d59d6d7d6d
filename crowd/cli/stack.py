"""A whole service that lives as long as one command."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click
import httpx

from config import Settings, load_settings
from crowd import db
from crowd.cli.run import children, migrate
from crowd.cli.supervisor import Supervisor
from crowd.db import transaction
from crowd.errors import DuplicateName
from crowd.servers import Servers
from crowd.services import sign_ins, tenants, users

START_SECONDS = 120.0
#: What a command prints on its standard output is its own.
STDERR = 2


@dataclass(frozen=True)
class Stack:
    """A running service, and what keeps it so."""

    settings: Settings
    database_url: str
    supervisor: Supervisor

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://{self.settings.host}:{self.settings.port}"

    def key(self, name: str, kind: str, *, key_name: str, rate_limit: int | None = None) -> str:
        """Make a key of a tenant, which is added where there is none of the name."""
        with transaction() as session:
            try:
                tenant = tenants.create(session, name=name, kind=kind)
            except DuplicateName:
                tenant = tenants.named(session, name)
            return tenants.create_key(session, tenant, name=key_name, rate_limit=rate_limit)[1]

    def link(self, email: str, name: str, tenant_name: str) -> str:
        """Make a link that lets an administrator in once, who works for a tenant at first."""
        with transaction() as session:
            user = users.with_email(session, email)
            if user is None:
                user = users.create(session, email=email, name=name, is_admin=True)
                tenant = tenants.named(session, tenant_name)
                users.grant(session, user, tenant, ["operator"])
            token = sign_ins.make_link(session, user)
        return sign_ins.link_of(self.settings.public_url, token)


@contextmanager
def running(settings: Settings, tell: Callable[[str], None]) -> Iterator[Stack]:
    """Start servers, web and workers; they are ready inside the `with` block and gone after it.

    Raises ClickException where there is no port, or where the service does not become ready.
    """
    settings = _with_free_port(settings)
    with Servers(settings) as servers:
        migrate(servers.database_url)
        supervisor = Supervisor(
            children(settings), servers=servers, env=servers.env(), tell=tell, output=STDERR
        )
        with supervisor:
            stack = Stack(settings, servers.database_url, supervisor)
            wait_until_ready(stack.url, supervisor)
            engine = db.connect(servers.database_url)
            yield stack
            engine.dispose()


@contextmanager
def running_apart(tell: Callable[[str], None]) -> Iterator[Stack]:
    """Start everything in a temporary folder, whatever servers are configured; remove it after."""
    with tempfile.TemporaryDirectory(prefix="crowd-") as folder:
        own = replace(
            load_settings(), data_dir=Path(folder), database_url=None, redis_url=None, port=0
        )
        with running(own, tell) as stack:
            yield stack


def wait_until_ready(base_url: str, supervisor: Supervisor) -> None:
    """Wait for a service that has just been started. Raises ClickException."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        supervisor.look_after()
        try:
            if httpx.get(f"{base_url}/readyz", timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise click.ClickException("The service does not become ready; 'crowd doctor' says why.")


def _with_free_port(settings: Settings) -> Settings:
    """Take the configured port, or any other where that one is in use."""
    for port in (settings.port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, port))
            except OSError:
                continue
            # what the processes have to tell would tear the progress bar
            return replace(settings, port=probe.getsockname()[1], log_level="warning")
    raise click.ClickException(f"There is no free port on {settings.host}.")
