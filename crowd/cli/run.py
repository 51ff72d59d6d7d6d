"""Running the service: all of it, or one process under a manager of your own."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import click

import migrations
from config import Settings, load_settings
from crowd import db
from crowd.cli.supervisor import Child, Supervisor
from crowd.servers import Servers, addresses

#: Queues whose jobs wait for nobody outside. The names stand in `workers`, which is not imported.
OWN_QUEUES = ("answers", "housekeeping", "fits")


def children(settings: Settings) -> list[Child]:
    """List the processes of a whole service."""
    background = [sys.executable, "-m", "workers"]
    # what waits for strangers has a worker of its own, and holds nobody else up
    workers = [
        Child(f"worker {number}", [*background, "worker", *OWN_QUEUES])
        for number in range(1, settings.worker_processes + 1)
    ]
    return [
        Child("web", web_command(settings)),
        Child("relay", [*background, "relay"]),
        Child("scheduler", [*background, "scheduler"]),
        *workers,
        Child("webhooks", [*background, "worker", "webhooks"]),
    ]


def web_command(settings: Settings) -> list[str]:
    """Give the command line of the web server."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", settings.host, "--port", str(settings.port)),
        *("--workers", str(settings.web_processes)),
        *("--blocking-threads", str(settings.web_threads)),
        *("--workers-kill-timeout", "10", "--respawn-failed-workers"),
        *("--log-level", settings.log_level, "--no-access-log"),
        "wsgi:app",
    ]


def migrate(database_url: str) -> None:
    """Bring the schema of a database up to date."""
    engine = db.connect(database_url)
    migrations.upgrade(engine)
    engine.dispose()


@click.command()
@click.option("--port", type=int, help="Port of the web server (CROWD_PORT).")
def up(port: int | None) -> None:
    """Start everything: servers, web, relay, scheduler and workers. Ctrl-C stops it."""
    settings = load_settings()
    if port is not None:
        settings = replace(settings, port=port)
    click.echo(f"Starting in {settings.data_dir} …")
    with Servers(settings) as servers:
        migrate(servers.database_url)
        supervisor = Supervisor(
            children(settings), servers=servers, env=servers.env(), tell=click.echo
        )
        with supervisor:
            click.echo(f"Crowd is up: http://{settings.host}:{settings.port}/docs  (Ctrl-C stops)")
            supervisor.keep_running()
            click.echo("Stopping …")
    click.echo("Stopped.")


@click.command()
def web() -> None:
    """Run the web server alone."""
    _become(web_command(load_settings()))


@click.command()
def relay() -> None:
    """Run the relay alone: it carries events to the queues."""
    _become([sys.executable, "-m", "workers", "relay"])


@click.command()
def scheduler() -> None:
    """Run the scheduler alone: it starts repeated work."""
    _become([sys.executable, "-m", "workers", "scheduler"])


@click.command()
@click.option("--queue", "queues", multiple=True, help="Only this queue; may be repeated.")
def work(queues: tuple[str, ...]) -> None:
    """Run one worker alone: it computes consensus and sends webhooks.

    Queues, the most urgent first: answers, housekeeping, fits, webhooks. The last waits for servers
    of others: give it a worker of its own (--queue webhooks) where answers must not wait with it.
    """
    _become([sys.executable, "-m", "workers", "worker", *queues])


def _become(command: list[str]) -> None:
    addresses(load_settings())  # says what is missing before a log is full of it
    os.execv(command[0], command)
