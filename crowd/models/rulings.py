"""What people say of disputes, and which of it stands."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model

#: Why the crowd did not get there by itself.
REASONS = (
    "ambiguous_item",
    "guideline_gap",
    "annotator_error",
    "subjective",
    "broken_item",
)
#: Reasons that are not chosen: the label was made gold, or the ruling takes another back.
OWN_REASONS = ("promoted_to_gold", "withdrawn")


class Ruling(Model):
    """A person's word on a dispute. Rows are never changed: overturning one is a new row."""

    __tablename__ = "rulings"
    __table_args__ = (
        CheckConstraint("verdict IN ('label', 'no_right_answer', 'withdrawn')", name="verdict"),
        CheckConstraint("(verdict = 'label') = (label IS NOT NULL)", name="label"),
        CheckConstraint(f"reason IN {REASONS + OWN_REASONS}", name="reason"),
        CheckConstraint("is_final OR overturns_id IS NULL", name="overturns"),
        Index("ix_rulings_project_id_id", "project_id", "id"),
        Index("ix_rulings_dispute_id_id", "dispute_id", "id"),
        Index("ix_rulings_task_id_id", "task_id", "id"),
        Index(
            "ix_rulings_applied_from_id",
            "applied_from_id",
            postgresql_where="applied_from_id IS NOT NULL",
        ),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("disputes.id", ondelete="CASCADE"))
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    #: A label; that no label is right; or that the ruling before is taken back, and the engine's
    #: word counts again.
    verdict: Mapped[str]
    label: Mapped[str | None]
    reason: Mapped[str]
    comment: Mapped[str | None]
    #: False: a proposal, which waits for another person to say the same.
    is_final: Mapped[bool]
    #: The label is to be the known answer from then on.
    promote: Mapped[bool] = mapped_column(default=False, server_default="false")
    #: The known answer that the task had before it was ruled on; None: it was no gold.
    known_before: Mapped[str | None]
    #: The ruling on a look-alike that it was made along with.
    applied_from_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("rulings.id", ondelete="CASCADE")
    )
    #: The ruling that stood on the task until this one.
    overturns_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("rulings.id", ondelete="CASCADE"), unique=True
    )
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]

    @property
    def said(self) -> tuple[str, str | None]:
        """What it comes to: two persons have to have said the same."""
        return self.verdict, self.label


class StandingRuling(Model):
    """The ruling that holds a task's result at present, whatever the engine comes to."""

    __tablename__ = "standing_rulings"

    task_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True
    )
    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    ruling_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("rulings.id", ondelete="CASCADE"), unique=True
    )
    #: None: no label is right.
    label: Mapped[str | None]
