"""Sandboxes, and a place for their webhooks to arrive."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import click

from config import load_settings
from crowd import db
from crowd.db import transaction
from crowd.servers import addresses
from crowd.services import sandbox as sandboxes
from crowd.services import tenants


@click.group()
def sandbox() -> None:
    """Try an integration where nothing is real."""


@sandbox.command("create")
@click.argument("tenant_name")
def create(tenant_name: str) -> None:
    """Give a tenant a test key of each side of its sandbox. They are shown this once."""
    db.connect(addresses(load_settings())[0])
    with transaction() as session:
        operator = tenants.operator_of(tenants.named(session, tenant_name))
        made = sandboxes.enter(session, operator)
    for kind, (_, token) in made.items():
        click.echo(f"{kind} {token}")


@sandbox.command("receive")
@click.option("--port", type=int, default=9000, show_default=True)
@click.option("--status", type=click.IntRange(200, 599), default=204, show_default=True)
@click.option("--delay", type=float, default=0.0, show_default=True, help="Seconds to think first.")
@click.option("--fail-first", type=int, default=0, help="Answer so many with 503 before.")
def receive(port: int, status: int, delay: float, fail_first: int) -> None:
    """Receive webhooks on this machine and show them; be slow, or fail, when told to."""
    with ThreadingHTTPServer(("127.0.0.1", port), _receiver(status, delay, fail_first)) as server:
        click.echo(f"Listening on http://127.0.0.1:{server.server_port}/  (Ctrl-C stops)")
        server.serve_forever()


def _receiver(status: int, delay: float, fail_first: int) -> type[BaseHTTPRequestHandler]:
    failing = iter([503] * fail_first)

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            said = next(failing, status)
            click.echo(f"{self.headers.get('webhook-id', '-')} {said} {body.decode('utf-8')}")
            time.sleep(delay)
            self.send_response(said)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: what came in is shown already."""

    return Receiver
