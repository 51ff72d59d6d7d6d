"""Requesters, marketplaces and their keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from config import load_settings
from crowd import db
from crowd.db import transaction
from crowd.servers import addresses
from crowd.services import keys, tenants


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
    """Make, list, replace and revoke API keys."""
    db.connect(addresses(load_settings())[0])


@key.command("create")
@click.argument("tenant_name")
@click.option("--name", default="default", show_default=True, help="What the key is for.")
@click.option("--scope", "scopes", multiple=True, help="May be repeated; without: all there are.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Without: for ever.")
@click.option("--rate-limit", type=click.IntRange(min=1), help="Requests in CROWD_RATE_WINDOW_S.")
def create_key(
    tenant_name: str,
    name: str,
    scopes: tuple[str, ...],
    days: float | None,
    rate_limit: int | None,
) -> None:
    """Make a key for a tenant. It is shown this once and never again."""
    with transaction() as session:
        operator = tenants.operator_of(tenants.named(session, tenant_name))
        end = None if days is None else datetime.now(UTC) + timedelta(days=days)
        _, token = keys.create(
            session,
            operator,
            name=name,
            scopes=scopes or None,
            expires_at=end,
            rate_limit=rate_limit,
        )
    click.echo(token)


@key.command("list")
@click.argument("tenant_name")
def list_keys(tenant_name: str) -> None:
    """Show a tenant's keys by their prefix."""
    now = datetime.now(UTC)
    with transaction() as session:
        for found in keys.of_tenant(session, tenants.named(session, tenant_name)):
            state = keys.state(found, now)
            end = f"{found.expires_at:%Y-%m-%d %H:%M}" if found.expires_at else "never"
            used = f"{found.last_used_at:%Y-%m-%d %H:%M}" if found.last_used_at else "never"
            click.echo(
                f"{found.prefix}  {state:<8} ends {end:<16} used {used:<16} "
                f"{found.name}  {' '.join(found.scopes)}"
            )


@key.command("rotate")
@click.argument("prefix")
@click.option("--grace-hours", type=click.FloatRange(min=0, max=720), default=24, show_default=True)
def rotate_key(prefix: str, grace_hours: float) -> None:
    """Replace a key; the old one stays valid for a while. The new one is shown this once."""
    with transaction() as session:
        old = keys.known_as(session, prefix)
        operator = tenants.operator_of(old.tenant)
        _, token = keys.rotate(session, operator, old.id, grace=timedelta(hours=grace_hours))
    click.echo(token)


@key.command("revoke")
@click.argument("prefix")
def revoke_key(prefix: str) -> None:
    """End a key at once."""
    with transaction() as session:
        found = keys.known_as(session, prefix)
        keys.revoke(session, tenants.operator_of(found.tenant), found.id)
    click.echo(f"{prefix} is revoked.")
