"""Ways into the console: a password, or a link that works once; and the browsers that are in."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from crowd.db import seconds
from crowd.errors import Invalid, NotFound, Unauthenticated
from crowd.models import Membership, SignIn, SignInLink, Tenant, User
from crowd.services import users
from crowd.services.tenants import Caller

#: A browser is let go after this long without a request, and after this long in any case.
IDLE, LONGEST = timedelta(hours=12), timedelta(days=7)
#: `last_seen_at` is true to this.
SEEN_EVERY = timedelta(minutes=5)
#: For how long a link waits to be used.
LINK_KEPT = timedelta(hours=24)
MIN_PASSWORD, MAX_PASSWORD = 12, 200

_hasher = PasswordHasher()
#: Checked where there is no such user: that takes as long, and so tells nothing.
_NOBODY = _hasher.hash(secrets.token_urlsafe())
_REFUSED = "The address and the password do not go together."


@dataclass(frozen=True, slots=True)
class Visit:
    """A user in a browser, and whom the user is at work for there."""

    sign_in: SignIn
    user: User
    #: None: no tenant is chosen, or the user does not work for it any more.
    tenant: Tenant | None
    roles: Collection[str]
    caller: Caller | None


def hashed(password: str) -> str:
    """Hash a password with argon2id. Takes some 50 ms. Raises Invalid for one of a bad length."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        said = f"A password has {MIN_PASSWORD} to {MAX_PASSWORD} characters."
        raise Invalid(said, errors={"password": [said]})
    return _hasher.hash(password)


def is_right(user: User | None, password: str) -> bool:
    """Check a password, in the same time whether there is such a user or not."""
    known = user is not None and user.password_hash is not None and user.disabled_at is None
    against = user.password_hash if user is not None and known else None
    try:
        _hasher.verify(against or _NOBODY, password[: MAX_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False
    return known


def refusal() -> Unauthenticated:
    """Say that an address and a password do not go together, and no more than that."""
    return Unauthenticated(_REFUSED)


def open_for(session: Session, user: User, *, browser: str, address: str) -> tuple[SignIn, str]:
    """Let a user in; the token is returned here and can never be read again."""
    token = secrets.token_urlsafe(32)
    sign_in = SignIn(
        user_id=user.id,
        token_hash=_hash(token),
        tenant_id=_usual_tenant(session, user),
        browser=browser[:200],
        address=address,
    )
    session.add(sign_in)
    session.flush()
    return sign_in, token


def make_link(session: Session, user: User, *, kept: timedelta = LINK_KEPT) -> str:
    """Make the token of a link that lets a user in once."""
    token = secrets.token_urlsafe(32)
    until = func.now() + seconds(kept.total_seconds())
    session.add(SignInLink(user_id=user.id, token_hash=_hash(token), expires_at=until))
    session.flush()
    return token


def link_of(public_url: str, token: str) -> str:
    """Write the link that a token stands for."""
    return f"{public_url}/console/sign-in/{token}"


def follow_link(session: Session, token: str) -> User:
    """Use a link up. Raises Unauthenticated for one that is used, old or unknown."""
    used = session.scalar(
        update(SignInLink)
        .where(
            SignInLink.token_hash == _hash(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > func.now(),
        )
        .values(used_at=func.now())
        .returning(SignInLink.user_id)
    )
    user = session.get(User, used) if used is not None else None
    if user is None or user.disabled_at is not None:
        raise Unauthenticated("The link has been used, or is too old. Ask for a new one.")
    return user


def look_up(session: Session, token: str) -> Visit:
    """Find out who is at a browser, and note that it was seen. Raises Unauthenticated.

    Two reads by index; one write in `SEEN_EVERY`.
    """
    found = session.execute(
        select(SignIn, func.now())
        .options(joinedload(SignIn.user))
        .where(
            SignIn.token_hash == _hash(token),
            SignIn.ended_at.is_(None),
            SignIn.created_at > func.now() - seconds(LONGEST.total_seconds()),
            SignIn.last_seen_at > func.now() - seconds(IDLE.total_seconds()),
        )
    ).first()
    if found is None or found[0].user.disabled_at is not None:
        raise Unauthenticated("Sign in again, please.")
    sign_in, now = found
    if now - sign_in.last_seen_at > SEEN_EVERY:
        sign_in.last_seen_at = now
    user = sign_in.user
    row = session.execute(
        select(Tenant, Membership.roles)
        .outerjoin(
            Membership, (Membership.tenant_id == Tenant.id) & (Membership.user_id == user.id)
        )
        .where(Tenant.id == sign_in.tenant_id)
    ).first()
    if row is None or not (row.roles or user.is_admin):
        return Visit(sign_in, user, None, (), None)
    roles = row.roles or ()
    return Visit(sign_in, user, row.Tenant, roles, users.caller_of(user, row.Tenant, roles))


def enter(session: Session, visit: Visit, tenant_id: uuid.UUID) -> None:
    """Work for another tenant from now on, in this browser. Raises NotFound."""
    if tenant_id not in {tenant.id for tenant in users.tenants_of(session, visit.user)}:
        raise NotFound("There is no such tenant, or you do not work for it.")
    session.get_one(SignIn, visit.sign_in.id).tenant_id = tenant_id


def set_password(session: Session, user: User, password_hash: str, *, but: uuid.UUID) -> None:
    """Store a new password and let every browser go but one, by the id of its sign-in."""
    session.get_one(User, user.id).password_hash = password_hash
    others = update(SignIn).where(SignIn.user_id == user.id, SignIn.id != but)
    session.execute(others.where(SignIn.ended_at.is_(None)).values(ended_at=func.now()))


def end(session: Session, user: User, sign_in_id: uuid.UUID) -> None:
    """Let one of a user's browsers go; twice is once. Raises NotFound."""
    sign_in = session.scalar(select(SignIn).filter_by(id=sign_in_id, user_id=user.id))
    if sign_in is None:
        raise NotFound("You are not signed in there.")
    sign_in.ended_at = sign_in.ended_at or _now(session)


def open_of(session: Session, user: User) -> Sequence[SignIn]:
    """List the browsers in which a user is signed in, the latest first."""
    query = select(SignIn).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None))
    since = func.now() - seconds(IDLE.total_seconds())
    query = query.where(SignIn.last_seen_at > since)
    return session.scalars(query.order_by(SignIn.id.desc()).limit(50)).all()


def disable(session: Session, user: User) -> None:
    """Shut a user out: every browser, every link, the password."""
    user.disabled_at = user.disabled_at or _now(session)


def _usual_tenant(session: Session, user: User) -> uuid.UUID | None:
    """Choose for whom a user is at work first: as the last time, else the first there is."""
    allowed = [tenant.id for tenant in users.tenants_of(session, user)]
    query = select(SignIn.tenant_id).where(SignIn.user_id == user.id).order_by(SignIn.id.desc())
    own = select(Membership.tenant_id).filter_by(user_id=user.id)
    wishes = [*session.scalars(query.limit(1)), *session.scalars(own.limit(1)), *allowed]
    return next((wish for wish in wishes if wish in allowed), None)


def _now(session: Session) -> datetime:
    return session.scalars(select(func.now())).one()


def _hash(token: str) -> bytes:
    # 256 random bits: a slow hash would add nothing but a cost to every page
    return hashlib.sha256(token.encode(errors="replace")).digest()
