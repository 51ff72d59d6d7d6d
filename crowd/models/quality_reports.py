"""Reports on the quality of a project's labels, as of one moment."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class QualityReport(Model):
    """A report: asked for, then written once by a job, and never changed after that."""

    __tablename__ = "quality_reports"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        CheckConstraint("(content IS NULL) = (written_at IS NULL)", name="written"),
        CheckConstraint("content IS NULL OR error IS NULL", name="error"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    #: From 1, by project.
    number: Mapped[int]
    #: What stood when it was written. None: it is not yet, or nothing stood.
    config_version: Mapped[int | None]
    guideline: Mapped[int | None]
    run_number: Mapped[int | None]
    #: All of it: see `crowd.services.quality_reports`. None: it is not written yet.
    content: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), deferred=True)
    #: The same, to be printed.
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    #: Why it could not be written.
    error: Mapped[str | None]
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]
    written_at: Mapped[datetime | None]
