"""The `crowd` command."""

from __future__ import annotations

import sys

import click

from config.settings import SettingsError
from crowd.cli import database, demo, doctor, keys, run, sandbox, simulate, users
from crowd.errors import CrowdError
from crowd.servers import ServerError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="crowd", prog_name="crowd")
def crowd() -> None:
    """Crowd hands tasks to many annotators and turns their answers into labels one can trust.

    \b
    Try it:      crowd demo
    Run it:      crowd up
    What's off:  crowd doctor

    Settings come from variables that start with CROWD_; config/example.env names them all.
    """


for command in (
    demo.demo,
    simulate.simulate,
    run.up,
    run.web,
    run.relay,
    run.scheduler,
    run.work,
    doctor.doctor,
    keys.tenant,
    keys.key,
    users.user,
    sandbox.sandbox,
    database.db,
):
    crowd.add_command(command)


def main() -> None:
    """Run the command; what goes wrong is said in a line."""
    try:
        crowd(standalone_mode=True)
    except (CrowdError, ServerError, SettingsError) as error:
        click.secho(f"crowd: {error}", fg="red", err=True)
        sys.exit(1)
