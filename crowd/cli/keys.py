"""Requesters, marketplaces and their keys."""

from __future__ import annotations

import click

from config import load_settings
from crowd import db
from crowd.db import transaction
from crowd.servers import addresses
from crowd.services import tenants


@click.group()
def tenant() -> None:
    """Add and list requesters and marketplaces."""
    db.connect(addresses(load_settings())[0])


@tenant.command("create")
@click.argument("name")
@click.option("--kind", type=click.Choice(list(tenants.SCOPES)), required=True)
def create_tenant(name: str, kind: str) -> None:
    """Add a requester or a marketplace."""
    with transaction() as session:
        added = tenants.create(session, name=name, kind=kind)
    click.echo(f"{added.kind} {added.name}: {added.id}")


@tenant.command("list")
def list_tenants() -> None:
    """Show every tenant."""
    with transaction() as session:
        for found in tenants.everyone(session):
            click.echo(f"{found.id}  {found.kind:<12} {found.name}")


@click.group()
def key() -> None:
    """Make, list and revoke API keys."""
    db.connect(addresses(load_settings())[0])


@key.command("create")
@click.argument("tenant_name")
@click.option("--name", default="default", show_default=True, help="What the key is for.")
@click.option("--scope", "scopes", multiple=True, help="May be repeated; without: all there are.")
def create_key(tenant_name: str, name: str, scopes: tuple[str, ...]) -> None:
    """Make a key for a tenant. It is shown this once and never again."""
    with transaction() as session:
        owner = tenants.named(session, tenant_name)
        _, token = tenants.create_key(session, owner, name=name, scopes=scopes or None)
    click.echo(token)


@key.command("list")
@click.argument("tenant_name")
def list_keys(tenant_name: str) -> None:
    """Show a tenant's keys by their prefix."""
    with transaction() as session:
        for found in tenants.keys_of(session, tenants.named(session, tenant_name)):
            state = "revoked" if found.revoked_at else "valid"
            click.echo(f"{found.prefix}  {state:<8} {found.name}  {' '.join(found.scopes)}")


@key.command("revoke")
@click.argument("prefix")
def revoke_key(prefix: str) -> None:
    """End a key at once."""
    with transaction() as session:
        tenants.revoke_key(session, prefix)
    click.echo(f"{prefix} is revoked.")
