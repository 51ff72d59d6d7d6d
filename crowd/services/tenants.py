"""Requesters and marketplaces, their keys, and the caller behind a request."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from crowd.errors import DuplicateName, Invalid, NotFound, Unauthenticated
from crowd.models import ApiKey, Tenant

#: Every scope there is, by the kind of tenant that may hold it.
SCOPES: dict[str, tuple[str, ...]] = {
    "requester": (
        "projects:read",
        "projects:write",
        "tasks:read",
        "tasks:write",
        "gold:read",
        "gold:write",
        "qualifications:write",
        "results:read",
        "disputes:read",
        "skills:read",
        "webhooks:read",
        "webhooks:write",
    ),
    "marketplace": (
        "projects:read",
        "annotators:read",
        "annotators:write",
        "assignments:read",
        "assignments:write",
        "answers:write",
        "webhooks:read",
        "webhooks:write",
    ),
}

_NO_KEY = "Send your key as 'Authorization: Bearer <key>'. It may have been revoked or expired."


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking. `key_id` is None for the operator at the command line."""

    tenant_id: uuid.UUID
    kind: str
    scopes: frozenset[str]
    key_id: uuid.UUID | None = None


def create(session: Session, *, name: str, kind: str) -> Tenant:
    """Add a requester or a marketplace. Raises DuplicateName, Invalid."""
    if kind not in SCOPES:
        raise Invalid(f"A tenant is one of: {', '.join(SCOPES)}.", errors={"kind": [kind]})
    tenant = Tenant(name=name, kind=kind)
    try:
        with session.begin_nested():
            session.add(tenant)
    except IntegrityError:
        raise DuplicateName(f"There is already a tenant called {name!r}.") from None
    return tenant


def named(session: Session, name: str) -> Tenant:
    """Find a tenant by its name. Raises NotFound."""
    tenant = session.scalar(select(Tenant).where(Tenant.name == name))
    if tenant is None:
        raise NotFound(f"There is no tenant called {name!r}; 'crowd tenant list' shows them all.")
    return tenant


def everyone(session: Session, kind: str | None = None) -> Sequence[Tenant]:
    """List the tenants by name, of one kind or all."""
    query = select(Tenant).order_by(Tenant.name)
    return session.scalars(query.where(Tenant.kind == kind) if kind else query).all()


def create_key(
    session: Session, tenant: Tenant, *, name: str, scopes: Collection[str] | None = None
) -> tuple[ApiKey, str]:
    """Make a key; the token is returned here and can never be read again.

    Raises Invalid when a scope is unknown for the tenant's kind.
    """
    allowed = SCOPES[tenant.kind]
    wanted = allowed if scopes is None else scopes
    if unknown := sorted(set(wanted) - set(allowed)):
        raise Invalid(
            f"A {tenant.kind}'s key may have: {', '.join(allowed)}.", errors={"scopes": unknown}
        )
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey(
        tenant_id=tenant.id,
        name=name,
        prefix=prefix,
        secret_hash=_hash(secret),
        scopes=sorted(wanted),
    )
    session.add(key)
    session.flush()
    return key, f"crowd_{prefix}_{secret}"


def keys_of(session: Session, tenant: Tenant) -> Sequence[ApiKey]:
    """List a tenant's keys, the oldest first."""
    return session.scalars(
        select(ApiKey).where(ApiKey.tenant_id == tenant.id).order_by(ApiKey.id)
    ).all()


def revoke_key(session: Session, prefix: str) -> ApiKey:
    """End a key at once. Raises NotFound."""
    key = session.scalar(select(ApiKey).where(ApiKey.prefix == prefix))
    if key is None:
        raise NotFound(f"There is no key with the prefix {prefix!r}.")
    key.revoked_at = key.revoked_at or session.scalar(select(func.now()))
    return key


def authenticate(session: Session, token: str) -> Caller:
    """Find out who holds a token. Raises Unauthenticated."""
    match token.split("_", 2):
        case ["crowd", prefix, secret] if prefix.isascii() and prefix.isalnum():
            pass
        case _:
            raise Unauthenticated(_NO_KEY)
    key = session.scalar(
        select(ApiKey)
        .options(joinedload(ApiKey.tenant))
        .where(
            ApiKey.prefix == prefix,
            ApiKey.revoked_at.is_(None),
            ApiKey.expires_at.is_(None) | (ApiKey.expires_at > func.now()),
        )
    )
    if key is None or not hmac.compare_digest(key.secret_hash, _hash(secret)):
        raise Unauthenticated(_NO_KEY)
    return Caller(key.tenant_id, key.tenant.kind, frozenset(key.scopes), key.id)


def _hash(secret: str) -> bytes:
    # the secret has 256 random bits: a slow hash would add nothing but a cost to every request
    return hashlib.sha256(secret.encode(errors="replace")).digest()
