"""Who signs in to the console: users, what each may do for which tenant, and how they got in."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crowd.db import CreatedAt, Id, Model
from crowd.models.tenants import Tenant


class User(Model):
    """A person at the console. Annotators are not users: they come with their marketplace."""

    __tablename__ = "users"
    __table_args__ = (Index("ux_users_email", text("lower(email)"), unique=True),)

    id: Mapped[Id]
    email: Mapped[str]
    name: Mapped[str]
    #: argon2id, with its salt and cost. None: so far only a link lets the user in.
    password_hash: Mapped[str | None]
    #: May enter every tenant, and see the installation itself.
    is_admin: Mapped[bool] = mapped_column(default=False, server_default="false")
    created_at: Mapped[CreatedAt]
    disabled_at: Mapped[datetime | None]


class Membership(Model):
    """What a user may do for a tenant."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("cardinality(roles) > 0", name="roles"),
        Index("ix_memberships_tenant_id", "tenant_id"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[CreatedAt]

    user: Mapped[User] = relationship()
    tenant: Mapped[Tenant] = relationship()


class SignIn(Model):
    """A browser in which a user is signed in; the cookie's token is kept as a hash."""

    __tablename__ = "sign_ins"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    #: For whom the user is at work; None: not chosen yet.
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("tenants.id", ondelete="SET NULL")
    )
    #: What the browser calls itself, and where it was: for the user to know it again.
    browser: Mapped[str]
    address: Mapped[str]
    created_at: Mapped[CreatedAt]
    #: True to five minutes.
    last_seen_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class SignInLink(Model):
    """A link that lets a user in once, without a password."""

    __tablename__ = "sign_in_links"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
