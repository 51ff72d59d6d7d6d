"""What is wrong, and what to do about it."""

from __future__ import annotations

import sys

import click

from config import load_settings
from crowd import db
from crowd.servers import addresses
from crowd.services import health


@click.command(short_help="Say what is wrong and what to do.")
def doctor() -> None:
    """Say what is wrong and what to do: servers, migrations, clock, disk, queue lag, webhooks."""
    settings = load_settings()
    database_url, redis_url = addresses(settings)
    db.connect(database_url)
    found = [
        *health.findings(redis_url),
        health.webhook_finding(),
        health.clock_finding(),
        health.disk_finding(settings.data_dir),
    ]
    for finding in found:
        mark = click.style("ok  ", fg="green") if finding.ok else click.style("BAD ", fg="red")
        click.echo(f"{mark} {finding.name:<11} {finding.detail}")
    if not all(finding.ok for finding in found):
        sys.exit(1)
