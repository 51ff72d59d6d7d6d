"""People at the console, and the roles in which they work for a tenant."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crowd.errors import Conflict, DuplicateName, Invalid, MissingScope, NotFound
from crowd.models import Membership, Tenant, User
from crowd.services import audit, tenants
from crowd.services.paging import Page, one_page
from crowd.services.tenants import INSTALLATION, SCOPES, Caller


def _reading(kind: str) -> frozenset[str]:
    return frozenset(scope for scope in SCOPES[kind] if scope.endswith(":read"))


#: What a role may do, as scopes of a key, by the kind of tenant.
ROLES: Mapping[str, Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "requester": {
            "operator": frozenset(SCOPES["requester"]),
            "qa_lead": _reading("requester")
            | {"gold:write", "reviews:write", "rules:write", "exclusions:write"}
            | {scope for scope in SCOPES["requester"] if scope.startswith("disputes:")},
            "requester": _reading("requester")
            | {"projects:write", "tasks:write", "gold:write", "models:write"},
            "auditor": _reading("requester"),
        },
        "marketplace": {
            "operator": frozenset(SCOPES["marketplace"]),
            "auditor": _reading("marketplace"),
        },
    }
)


class Member(NamedTuple):
    """A user with the roles it has for a tenant."""

    user: User
    roles: Sequence[str]
    #: The installation did not know the user before.
    is_new: bool = False


def create(session: Session, *, email: str, name: str, is_admin: bool = False) -> User:
    """Add a user, who cannot get in yet. Raises DuplicateName."""
    user = User(email=email.strip(), name=name, is_admin=is_admin)
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        raise DuplicateName(f"There is already a user with the address {email!r}.") from None
    return user


def with_email(session: Session, email: str) -> User | None:
    """Find a user by address, in whatever case it is written."""
    return session.scalar(select(User).where(func.lower(User.email) == email.strip().lower()))


def known_as(session: Session, email: str) -> User:
    """Find a user by address. Raises NotFound."""
    user = with_email(session, email)
    if user is None:
        raise NotFound(f"There is no user with the address {email!r}; see 'crowd user list'.")
    return user


def everyone(session: Session) -> Sequence[User]:
    """List every user of the installation, by address."""
    return session.scalars(select(User).order_by(func.lower(User.email))).all()


def invite(
    session: Session, caller: Caller, *, email: str, name: str, roles: Collection[str]
) -> Member:
    """Let a person work for the caller's tenant, known to the installation or not.

    Nobody gives what he has not. Raises Conflict, Invalid, MissingScope.
    """
    roles = _checked(caller, roles)
    known = with_email(session, email)
    user = known or create(session, email=email, name=name)
    made = session.scalar(
        insert(Membership)
        .values(user_id=user.id, tenant_id=caller.tenant_id, roles=roles)
        .on_conflict_do_nothing()
        .returning(Membership.user_id)
    )
    if made is None:
        raise Conflict(f"{user.email} works for you already. Change the roles instead.")
    audit.note(session, caller, "user.invited", user.id, email=user.email, roles=roles)
    return Member(user, roles, is_new=known is None)


def change(session: Session, caller: Caller, user_id: uuid.UUID, *, roles: Iterable[str]) -> Member:
    """Give a user of the caller's tenant other roles. Raises Conflict, Invalid, NotFound."""
    membership = _lock(session, caller, user_id)
    _require(caller, membership.roles)
    membership.roles = _checked(caller, roles)
    audit.note(session, caller, "user.changed", user_id, roles=membership.roles)
    return Member(membership.user, membership.roles)


def remove(session: Session, caller: Caller, user_id: uuid.UUID) -> None:
    """End a user's work for the caller's tenant. Raises Conflict, MissingScope, NotFound."""
    membership = _lock(session, caller, user_id)
    _require(caller, membership.roles)
    session.delete(membership)
    audit.note(session, caller, "user.removed", user_id)


def require_own(session: Session, caller: Caller, user_id: uuid.UUID) -> User:
    """Find a user who works for the caller's tenant alone, in no role that the caller has not.

    Whoever makes a link for a user can be that user: nobody must so come to another tenant.
    Raises Conflict, MissingScope, NotFound.
    """
    membership = _lock(session, caller, user_id)
    _require(caller, membership.roles)
    every = session.scalars(select(Membership.tenant_id).filter_by(user_id=user_id)).all()
    if membership.user.is_admin or len(every) > 1:
        raise Conflict(
            f"{membership.user.email} works for others too. Ask whoever runs the installation: "
            f"crowd user link {membership.user.email}"
        )
    audit.note(session, caller, "user.link-made", user_id)
    return membership.user


def one_page_of(session: Session, caller: Caller, *, after: uuid.UUID | None, limit: int) -> Page:
    """List those who work for the caller's tenant, as `Member`, the newest last."""
    query = select(User, Membership.roles).join(Membership, Membership.user_id == User.id)
    query = query.where(Membership.tenant_id == caller.tenant_id)
    page = one_page(session, query, User.id, after=after, limit=limit)
    return Page([Member(*row[:2]) for row in page.items], page.next_after)


def names_with(session: Session, tenant_id: uuid.UUID, role: str, *, limit: int = 3) -> list[str]:
    """Name some of those who have a role for a tenant and may sign in, the first ones first."""
    query = select(User.name).join(Membership, Membership.user_id == User.id)
    query = query.where(Membership.tenant_id == tenant_id, Membership.roles.contains([role]))
    query = query.where(User.disabled_at.is_(None)).order_by(User.id).limit(limit)
    return list(session.scalars(query))


def tenants_of(session: Session, user: User) -> Sequence[Tenant]:
    """List the tenants a user may work for, by name; an administrator's are all."""
    query = select(Tenant).where(Tenant.sandbox_of.is_(None)).order_by(Tenant.name)
    if not user.is_admin:
        query = query.join(Membership, Membership.tenant_id == Tenant.id)
        query = query.where(Membership.user_id == user.id)
    return session.scalars(query).all()


def tenant_with(session: Session, tenant_id: uuid.UUID) -> Tenant:
    """Read a tenant by its id. Raises NotFound."""
    tenant = session.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound("There is no such tenant.")
    return tenant


def caller_of(user: User, tenant: Tenant, roles: Collection[str]) -> Caller:
    """Let a user speak for a tenant in some roles; an administrator speaks as an operator."""
    granted = ROLES[tenant.kind]
    scopes = frozenset[str]().union(*(granted.get(role, frozenset()) for role in roles))
    if user.is_admin:
        scopes |= granted["operator"] | INSTALLATION
    return Caller(tenant.id, tenant.kind, scopes, sandbox_of=tenant.sandbox_of, user_id=user.id)


def grant(session: Session, user: User, tenant: Tenant, roles: Iterable[str]) -> None:
    """Give a user roles as the installation's owner, beside what it has. Raises Invalid."""
    wanted = _checked(tenants.operator_of(tenant), roles)
    key = {"user_id": user.id, "tenant_id": tenant.id}
    membership = session.get(Membership, key, with_for_update=True)
    if membership is None:
        session.add(Membership(**key, roles=wanted))
    else:
        membership.roles = sorted({*membership.roles, *wanted})
    session.flush()


def _lock(session: Session, caller: Caller, user_id: uuid.UUID) -> Membership:
    query = select(Membership).filter_by(user_id=user_id, tenant_id=caller.tenant_id)
    membership = session.scalar(query.with_for_update())
    if membership is None:
        raise NotFound("Nobody of that id works for you.")
    if user_id == caller.user_id:
        raise Conflict("Nobody changes his own roles. Ask another operator.")
    return membership


def _checked(caller: Caller, roles: Iterable[str]) -> list[str]:
    wanted, known = sorted(set(roles)), ROLES[caller.kind]
    if unknown := [role for role in wanted if role not in known] or (not wanted and ["(none)"]):
        raise Invalid(
            f"At a {caller.kind} a user is one or more of: {', '.join(known)}.",
            errors={"roles": unknown},
        )
    _require(caller, wanted)
    return wanted


def _require(caller: Caller, roles: Iterable[str]) -> None:
    scopes = frozenset[str]().union(*(ROLES[caller.kind].get(role, frozenset()) for role in roles))
    if lacking := sorted(scopes - caller.scopes):
        raise MissingScope(
            f"You cannot give or take what you have not: {', '.join(lacking)}. Ask an operator."
        )
