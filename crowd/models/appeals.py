"""What annotators contest, through their marketplace, and what became of it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Appeal(Model):
    """Against an action, a ban, an exclusion or how an answer was judged: once each."""

    __tablename__ = "appeals"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'upheld', 'overturned')", name="state"),
        CheckConstraint(
            "num_nonnulls(action_id, answer_id, ban_id, exclusion_id) = 1", name="subject"
        ),
        CheckConstraint("(project_id IS NULL) = (ban_id IS NOT NULL)", name="project"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        Index("ix_appeals_project_id_id", "project_id", "id"),
        Index("ix_appeals_annotator_id_id", "annotator_id", "id"),
    )

    id: Mapped[Id]
    #: None: against a ban, which is of all projects.
    project_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE")
    )
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"))
    action_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("actions.id", ondelete="CASCADE"), unique=True
    )
    answer_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("answers.id", ondelete="CASCADE"), unique=True
    )
    ban_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("bans.id", ondelete="CASCADE"), unique=True
    )
    exclusion_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("exclusions.id", ondelete="CASCADE"), unique=True
    )
    #: What the annotator has to say.
    comment: Mapped[str]
    #: open; upheld: what was done stands; overturned: it was taken back.
    state: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[CreatedAt]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    #: What the requester has to say; the marketplace reads it.
    reply: Mapped[str | None]
