"""Links by which annotators come to the annotation page."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class WorkLink(Model):
    """A marketplace's way in to a project: for one annotator, or for whomever it names."""

    __tablename__ = "work_links"
    __table_args__ = (
        CheckConstraint("source IN ('direct', 'mturk', 'prolific')", name="source"),
        CheckConstraint("batch BETWEEN 1 AND 1000", name="batch"),
        # a platform of others names its annotators itself, and cannot sign
        CheckConstraint(
            "source = 'direct' OR (annotator_id IS NULL AND secret IS NULL)", name="platform"
        ),
        CheckConstraint("annotator_id IS NULL OR secret IS NULL", name="personal"),
        CheckConstraint("(source = 'prolific') = (completion_code IS NOT NULL)", name="code"),
        Index("ix_work_links_tenant_id_id", "tenant_id", "id"),
        Index("ix_work_links_project_id", "project_id"),
        Index("ix_work_links_annotator_id", "annotator_id"),
        Index("ix_work_links_api_key_id", "api_key_id"),
        Index("ix_work_links_user_id", "user_id"),
    )

    id: Mapped[Id]
    #: The marketplace.
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    #: Where annotators come from: the marketplace's own pages, MTurk or Prolific.
    source: Mapped[str]
    #: None: open; who comes is named by the link's parameters.
    annotator_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("annotators.id"))
    #: SHA-256 of the token in the address.
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    #: Signs who comes by an open link; None: whoever has the link may say who it is. Kept readable,
    #: for a hash could not verify.
    secret: Mapped[str | None]
    #: Answers in a visit; None: as many as there is work.
    batch: Mapped[int | None] = mapped_column(SmallInteger)
    #: Where a visit ends; None: on the page itself.
    return_url: Mapped[str | None]
    #: What Prolific is told at the end.
    completion_code: Mapped[str | None]
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
