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

#: Connections one web process holds open; a slow one costs some kilobytes and no thread.
CONNECTIONS = 4096


def children(settings: Settings) -> list[Child]:
    """List the processes of a whole service."""
    background = [sys.executable, "-m", "workers"]
    quick = ["quick"] if settings.slow_processes else ["quick", "slow"]
    workers = [
        Child(f"worker {number}", [*background, "worker", *quick])
        for number in range(1, settings.worker_processes + 1)
    ]
    slow = [
        Child(f"slow worker {number}", [*background, "worker", "slow"])
        for number in range(1, settings.slow_processes + 1)
    ]
    return [
        Child("web", web_command(settings)),
        Child("relay", [*background, "relay"]),
        Child("scheduler", [*background, "scheduler"]),
        *workers,
        *slow,
        # what waits for strangers has a worker of its own, and holds nobody else up
        Child("webhooks", [*background, "worker", "webhooks"]),
    ]


def web_command(settings: Settings) -> list[str]:
    """Give the command line of the web server."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "rsgi", "--http", "1", "--no-ws"),
        *("--host", settings.host, "--port", str(settings.port)),
        *("--workers", str(settings.web_processes)),
        *("--http1-header-read-timeout", str(settings.headers_timeout_s * 1000)),
        *("--backlog", str(CONNECTIONS), "--backpressure", str(CONNECTIONS)),
        *("--workers-kill-timeout", "10", "--respawn-failed-workers"),
        *("--log-level", settings.log_level, "--no-access-log"),
        "wsgi:gate",
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
@click.argument("queues", nargs=-1)
def work(queues: tuple[str, ...]) -> None:
    """Run one worker alone: it computes consensus and sends webhooks.

    QUEUES are the names of those it serves, or `quick` (where others wait) or `slow` (what takes
    long). `webhooks` waits for servers of strangers: give it a worker of its own. Without any name
    it serves all.
    """
    _become([sys.executable, "-m", "workers", "worker", *queues])


def _become(command: list[str]) -> None:
    addresses(load_settings())  # says what is missing before a log is full of it
    os.execv(command[0], command)
