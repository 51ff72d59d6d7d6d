"""Named groups of annotators: a marketplace's own, or those whom a requester lets in."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Pool(Model):
    """A group by name. A requester's has an entry rule, and says who is in by it or by hand."""

    __tablename__ = "pools"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[Id]
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    name: Mapped[str]
    #: The entry rule: all of these qualifications, and one of these marketplaces, where any are
    #: named. With neither nobody is in but by hand.
    qualifications: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    marketplaces: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()), server_default="{}")
    created_at: Mapped[CreatedAt]


class PoolMember(Model):
    """What was said by hand of an annotator and a pool; it goes before the entry rule."""

    __tablename__ = "pool_members"

    pool_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("pools.id", ondelete="CASCADE"), primary_key=True
    )
    annotator_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("annotators.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    #: In, or kept out.
    admitted: Mapped[bool] = mapped_column(server_default="true")
    reason: Mapped[str | None]
    created_at: Mapped[CreatedAt]
