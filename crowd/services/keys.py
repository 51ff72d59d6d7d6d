"""A tenant's keys: made, replaced before they grow old, and taken away."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.errors import Conflict, Invalid, MissingScope, NotFound
from crowd.models import ApiKey, Tenant
from crowd.services import audit, tenants
from crowd.services.paging import Page, one_page
from crowd.services.tenants import SCOPES, Caller

#: How long a replaced key stays valid, unless the caller says otherwise.
GRACE = timedelta(hours=24)


def create(
    session: Session,
    caller: Caller,
    *,
    name: str,
    scopes: Collection[str] | None = None,
    expires_at: datetime | None = None,
    rate_limit: int | None = None,
) -> tuple[ApiKey, str]:
    """Make a key for the caller's tenant, with all of the caller's scopes or some of them.

    The token is returned here and can never be read again. Raises Invalid, MissingScope.
    """
    wanted = caller.scopes if scopes is None else frozenset(scopes)
    # a scope that exists and is not the caller's is refused here, one that does not exist below
    _require(caller, wanted & set(SCOPES[caller.kind]))
    now = _now(session)
    if expires_at is not None and expires_at <= now:
        raise Invalid("The key would have expired already.", errors={"expires_at": ["in the past"]})
    key, token = tenants.create_key(
        session,
        session.get_one(Tenant, caller.tenant_id),
        name=name,
        scopes=wanted,
        expires_at=expires_at,
        rate_limit=rate_limit if rate_limit is not None else caller.rate_limit,
    )
    audit.note(session, caller, "key.created", key.id, name=name, scopes=key.scopes)
    return key, token


def rotate(
    session: Session, caller: Caller, key_id: uuid.UUID, *, grace: timedelta = GRACE
) -> tuple[ApiKey, str]:
    """Make a key in the place of another, which stays valid for a while, but makes no more keys.

    The new one lasts as long as the old one was made to last. Raises NotFound; MissingScope when
    the old one may do what the caller may not; Conflict when it is not valid any more.
    """
    old = _lock(session, caller, key_id)
    _require(caller, frozenset(old.scopes))
    now = _now(session)
    if (worth := state(old, now)) != "valid":
        raise Conflict(f"The key is {worth} already. Make a new one.")
    lifetime = None if old.expires_at is None else old.expires_at - old.created_at
    key, token = tenants.create_key(
        session,
        old.tenant,
        name=old.name,
        scopes=old.scopes,
        expires_at=None if lifetime is None else now + lifetime,
        rate_limit=old.rate_limit,
    )
    end = now + grace
    old.expires_at = end if old.expires_at is None else min(end, old.expires_at)
    old.rotated_at = now
    # whoever holds the old one beside its owner must not make himself another
    old.scopes = [scope for scope in old.scopes if scope != "keys:write"]
    audit.note(session, caller, "key.rotated", old.id, successor_id=str(key.id))
    return key, token


def revoke(session: Session, caller: Caller, key_id: uuid.UUID) -> None:
    """End a key at once. Raises NotFound. Doing it twice changes nothing."""
    key = _lock(session, caller, key_id)
    if key.revoked_at is None:
        key.revoked_at = _now(session)
        audit.note(session, caller, "key.revoked", key.id)


def known_as(session: Session, prefix: str) -> ApiKey:
    """Find a key by its public prefix, whosesoever it is. Raises NotFound."""
    key = session.scalar(select(ApiKey).where(ApiKey.prefix == prefix))
    if key is None:
        raise NotFound(f"There is no key with the prefix {prefix!r}; see 'crowd key list'.")
    return key


def one_page_of(session: Session, caller: Caller, *, after: uuid.UUID | None, limit: int) -> Page:
    """List the keys of the caller's tenant, the oldest first, the ended ones too."""
    query = select(ApiKey).where(ApiKey.tenant_id == caller.tenant_id)
    return one_page(session, query, ApiKey.id, after=after, limit=limit)


def of_tenant(session: Session, tenant: Tenant) -> Sequence[ApiKey]:
    """List a tenant's keys, the oldest first."""
    query = select(ApiKey).where(ApiKey.tenant_id == tenant.id)
    return session.scalars(query.order_by(ApiKey.id)).all()


def state(key: ApiKey, now: datetime) -> str:
    """Say in a word what a key is worth at a time: valid, replaced, expired or revoked."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    return "replaced" if key.rotated_at is not None else "valid"


def _lock(session: Session, caller: Caller, key_id: uuid.UUID) -> ApiKey:
    query = select(ApiKey).filter_by(id=key_id, tenant_id=caller.tenant_id)
    key = session.scalar(query.with_for_update())
    if key is None:
        raise NotFound("There is no such key.")
    return key


def _require(caller: Caller, scopes: frozenset[str]) -> None:
    if lacking := sorted(scopes - caller.scopes):
        raise MissingScope(
            f"Your key cannot give what it has not: {', '.join(lacking)}. Use one that has them."
        )


def _now(session: Session) -> datetime:
    return session.scalars(select(func.now())).one()
