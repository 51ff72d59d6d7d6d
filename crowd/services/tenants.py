"""Requesters and marketplaces, their keys, and the caller behind a request."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from crowd.db import seconds
from crowd.errors import DuplicateName, Invalid, NotFound, Unauthenticated
from crowd.models import ApiKey, AuditEntry, Tenant

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
        "disputes:rule",
        "skills:read",
        "models:read",
        "models:write",
        "rules:read",
        "rules:write",
        "exclusions:read",
        "exclusions:write",
        "reviews:write",
        "payments:read",
        "payments:write",
        "webhooks:read",
        "webhooks:write",
        "keys:read",
        "keys:write",
        "users:read",
        "users:write",
        "audit:read",
        "sandbox:write",
    ),
    "marketplace": (
        "projects:read",
        "annotators:read",
        "annotators:write",
        "assignments:read",
        "assignments:write",
        "answers:write",
        "links:read",
        "links:write",
        "payments:read",
        "webhooks:read",
        "webhooks:write",
        "keys:read",
        "keys:write",
        "users:read",
        "users:write",
        "audit:read",
        "sandbox:write",
    ),
}
#: Of the installation, not of a tenant: its administrators have them, and keys made at the command
#: line by name.
INSTALLATION = frozenset({"system:read", "system:write"})
#: How tokens of real tenants and of sandboxes begin; both end in `<prefix>_<secret>`.
LIVE, TEST = "crowd_", "crowd_test_"
#: `last_used_at` is true to this.
USE_NOTED_EVERY = timedelta(hours=1)

_NO_KEY = "Send your key as 'Authorization: Bearer <key>'. It may have been revoked or expired."


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, with a key or as a user; neither: the operator, at the command line."""

    tenant_id: uuid.UUID
    kind: str
    scopes: frozenset[str]
    key_id: uuid.UUID | None = None
    #: The tenant in whose sandbox the caller is; None: everything is real.
    sandbox_of: uuid.UUID | None = None
    #: Requests its key may make in a window; None: as many as any key.
    rate_limit: int | None = None
    key_last_used_at: datetime | None = None
    #: The user at the console.
    user_id: uuid.UUID | None = None


def create(
    session: Session, *, name: str, kind: str, sandbox_of: uuid.UUID | None = None
) -> Tenant:
    """Add a requester or a marketplace, real or in a sandbox. Raises DuplicateName, Invalid."""
    if kind not in SCOPES:
        raise Invalid(f"A tenant is one of: {', '.join(SCOPES)}.", errors={"kind": [kind]})
    tenant = Tenant(name=name, kind=kind, sandbox_of=sandbox_of)
    try:
        with session.begin_nested():
            session.add(tenant)
    except IntegrityError:
        raise DuplicateName(f"There is already a tenant called {name!r}.") from None
    return tenant


def create_with_key(
    session: Session, caller: Caller, *, name: str, kind: str
) -> tuple[Tenant, str]:
    """Add a tenant for the installation's owner; gives the token of its first key as well.

    Raises DuplicateName, Invalid.
    """
    tenant = create(session, name=name, kind=kind)
    key, token = create_key(session, tenant, name="first")
    # `audit` knows callers, and so this module
    entry = {"tenant_id": tenant.id, "api_key_id": caller.key_id, "user_id": caller.user_id}
    change = {"name": name, "kind": kind, "key_id": str(key.id)}
    session.add(AuditEntry(**entry, action="tenant.created", subject_id=tenant.id, change=change))
    return tenant, token


def named(session: Session, name: str) -> Tenant:
    """Find a real tenant by its name. Raises NotFound."""
    tenant = session.scalar(select(Tenant).filter_by(name=name, sandbox_of=None))
    if tenant is None:
        raise NotFound(f"There is no tenant called {name!r}; 'crowd tenant list' shows them all.")
    return tenant


def everyone(
    session: Session, kind: str | None = None, *, sandbox_of: uuid.UUID | None = None
) -> Sequence[Tenant]:
    """List the real tenants, or those of one sandbox, by name; of one kind or all."""
    query = select(Tenant).filter_by(sandbox_of=sandbox_of).order_by(Tenant.name)
    return session.scalars(query.filter_by(kind=kind) if kind else query).all()


def operator_of(tenant: Tenant) -> Caller:
    """Speak for a tenant at the command line."""
    scopes = frozenset(SCOPES[tenant.kind]) | INSTALLATION
    return Caller(tenant.id, tenant.kind, scopes, sandbox_of=tenant.sandbox_of)


def create_key(
    session: Session,
    tenant: Tenant,
    *,
    name: str,
    scopes: Collection[str] | None = None,
    expires_at: datetime | None = None,
    rate_limit: int | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the token is returned here and can never be read again.

    Raises Invalid when a scope is unknown for the tenant's kind.
    """
    allowed = SCOPES[tenant.kind]
    wanted = allowed if scopes is None else scopes
    if unknown := sorted(set(wanted) - set(allowed) - INSTALLATION):
        raise Invalid(
            f"A {tenant.kind}'s key may have: {', '.join(allowed)}.", errors={"scopes": unknown}
        )
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey(
        tenant=tenant,
        name=name,
        prefix=prefix,
        secret_hash=_hash(secret),
        scopes=sorted(set(wanted)),
        expires_at=expires_at,
        rate_limit=rate_limit,
    )
    session.add(key)
    session.flush()
    return key, f"{_opening(tenant)}{prefix}_{secret}"


def authenticate(session: Session, token: str) -> Caller:
    """Find out who holds a token. Raises Unauthenticated."""
    opening = TEST if token.startswith(TEST) else LIVE
    prefix, _, secret = token.removeprefix(opening).partition("_")
    if not token.startswith(opening) or not (prefix.isascii() and prefix.isalnum() and secret):
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
    if _opening(key.tenant) != opening:
        raise Unauthenticated(_NO_KEY)
    return Caller(
        key.tenant_id,
        key.tenant.kind,
        frozenset(key.scopes),
        key.id,
        sandbox_of=key.tenant.sandbox_of,
        rate_limit=key.rate_limit,
        key_last_used_at=key.last_used_at,
    )


def note_use(session: Session, key_id: uuid.UUID) -> None:
    """Remember that a key is in use, once an hour; a key that another is noting is skipped."""
    stale = ApiKey.last_used_at.is_(None) | (
        ApiKey.last_used_at < func.now() - seconds(USE_NOTED_EVERY.total_seconds())
    )
    mine = select(ApiKey.id).where(ApiKey.id == key_id, stale)
    session.execute(
        update(ApiKey)
        .where(ApiKey.id.in_(mine.with_for_update(key_share=True, skip_locked=True)))
        .values(last_used_at=func.now()),
        execution_options={"synchronize_session": False},
    )


def _opening(tenant: Tenant) -> str:
    return LIVE if tenant.sandbox_of is None else TEST


def _hash(secret: str) -> bytes:
    # the secret has 256 random bits: a slow hash would add nothing but a cost to every request
    return hashlib.sha256(secret.encode(errors="replace")).digest()
