"""What annotators are to read before they work, version by version, and who has accepted what."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Guideline(Model):
    """One version of a project's guideline. Rows are never changed."""

    __tablename__ = "guidelines"
    __table_args__ = (CheckConstraint("version >= 1", name="version"),)

    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    #: Markdown.
    body: Mapped[str]
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[CreatedAt]


class GuidelineAcceptance(Model):
    """That an annotator has read and accepted a version. Rows are never changed."""

    __tablename__ = "guideline_acceptances"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "version"],
            ["guidelines.project_id", "guidelines.version"],
            ondelete="CASCADE",
        ),
        Index("ix_guideline_acceptances_project_id_annotator_id", "project_id", "annotator_id"),
        Index("ix_guideline_acceptances_annotator_id", "annotator_id"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID]
    version: Mapped[int]
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"))
    created_at: Mapped[CreatedAt]
