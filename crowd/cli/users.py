"""People who sign in to the console."""

from __future__ import annotations

from datetime import timedelta

import click

from config import load_settings
from crowd import db
from crowd.db import transaction
from crowd.servers import addresses
from crowd.services import sign_ins, tenants, users


@click.group()
def user() -> None:
    """Add people to the console, and let them in."""
    db.connect(addresses(load_settings())[0])


@user.command("create")
@click.argument("email")
@click.option("--name", help="Without: what stands before the @.")
@click.option("--tenant", "tenant_name", help="For whom the user is to work.")
@click.option("--role", "roles", multiple=True, help="May be repeated; without: operator.")
@click.option("--admin", is_flag=True, help="May enter every tenant and see the installation.")
def create_user(
    email: str, name: str | None, tenant_name: str | None, roles: tuple[str, ...], admin: bool
) -> None:
    """Add a user, and print a link that lets it in once."""
    with transaction() as session:
        tenant = tenants.named(session, tenant_name) if tenant_name else None
        called = name or email.partition("@")[0]
        added = users.create(session, email=email, name=called, is_admin=admin)
        if tenant is not None:
            users.grant(session, added, tenant, roles or ("operator",))
        token = sign_ins.make_link(session, added)
    click.echo(sign_ins.link_of(load_settings().public_url, token))


@user.command("grant")
@click.argument("email")
@click.argument("tenant_name")
@click.option("--role", "roles", multiple=True, required=True, help="May be repeated.")
def grant(email: str, tenant_name: str, roles: tuple[str, ...]) -> None:
    """Give a user roles for a tenant, beside those it has."""
    with transaction() as session:
        found = users.known_as(session, email)
        users.grant(session, found, tenants.named(session, tenant_name), roles)


@user.command("link")
@click.argument("email")
@click.option("--hours", type=click.FloatRange(min=0, max=720), default=24, show_default=True)
def make_link(email: str, hours: float) -> None:
    """Print a link that lets a user in once, as where a password is forgotten."""
    with transaction() as session:
        found = users.known_as(session, email)
        token = sign_ins.make_link(session, found, kept=timedelta(hours=hours))
    click.echo(sign_ins.link_of(load_settings().public_url, token))


@user.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Shut a user out, at once and everywhere."""
    with transaction() as session:
        sign_ins.disable(session, users.known_as(session, email))
    click.echo(f"{email} is shut out.")


@user.command("list")
def list_users() -> None:
    """Show every user."""
    with transaction() as session:
        for found in users.everyone(session):
            state = "disabled" if found.disabled_at else "admin" if found.is_admin else "user"
            click.echo(f"{found.email:<32} {state:<8} {found.name}")
