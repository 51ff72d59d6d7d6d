"""Keys and who holds them."""

from __future__ import annotations

import pytest
from sqlalchemy import func
from sqlalchemy.orm import Session

from crowd.errors import DuplicateName, Invalid, Unauthenticated
from crowd.services import keys, tenants
from tests.factories import unique


def test_a_key_is_stored_as_a_hash_and_opens_the_door(session: Session) -> None:
    tenant = tenants.create(session, name=unique("m"), kind="marketplace")

    key, token = tenants.create_key(session, tenant, name="k")

    assert token.encode() not in key.secret_hash
    found = tenants.authenticate(session, token)
    assert (found.tenant_id, found.kind) == (tenant.id, "marketplace")
    assert "answers:write" in found.scopes
    assert "gold:write" not in found.scopes


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1], lambda t: t + "x", lambda t: "crowd_x", str.upper]
)
def test_a_wrong_key_opens_nothing(session: Session, spoil: object) -> None:
    tenant = tenants.create(session, name=unique("m"), kind="marketplace")
    _, token = tenants.create_key(session, tenant, name="k")

    with pytest.raises(Unauthenticated):
        tenants.authenticate(session, spoil(token))  # type: ignore[operator]


def test_a_revoked_or_expired_key_opens_nothing(session: Session) -> None:
    tenant = tenants.create(session, name=unique("m"), kind="marketplace")
    revoked, token = tenants.create_key(session, tenant, name="k")
    expired, other = tenants.create_key(session, tenant, name="k")

    keys.revoke(session, tenants.operator_of(tenant), revoked.id)
    expired.expires_at = func.now()
    session.flush()

    for spent in (token, other):
        with pytest.raises(Unauthenticated):
            tenants.authenticate(session, spent)


def test_a_key_gets_no_scope_its_kind_may_not_have(session: Session) -> None:
    tenant = tenants.create(session, name=unique("m"), kind="marketplace")

    with pytest.raises(Invalid, match="answers:write"):
        tenants.create_key(session, tenant, name="k", scopes=["gold:write"])


def test_names_of_tenants_are_unique(session: Session) -> None:
    tenants.create(session, name="only one", kind="requester")

    with pytest.raises(DuplicateName):
        tenants.create(session, name="only one", kind="marketplace")
