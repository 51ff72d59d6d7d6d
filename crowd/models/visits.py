"""Annotators at the annotation page: each visit, and what was handed out in it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Visit(Model):
    """An annotator who has come by a link, from then until it leaves."""

    __tablename__ = "visits"
    __table_args__ = (
        CheckConstraint("batch BETWEEN 1 AND 1000", name="batch"),
        Index("ix_visits_link_id_id", "link_id", "id"),
        Index("ix_visits_annotator_id", "annotator_id"),
        # who opens the link again goes on with the visit that is not over
        Index(
            "ux_visits_going_on",
            "link_id",
            "annotator_id",
            "reference",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
    )

    id: Mapped[Id]
    link_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("work_links.id", ondelete="CASCADE"))
    annotator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("annotators.id"))
    #: The platform's own name for the visit: MTurk's assignment, Prolific's session; else empty.
    reference: Mapped[str]
    #: Where MTurk wants to hear of its end: scheme and host.
    submit_to: Mapped[str | None]
    #: SHA-256 of the token in the annotator's cookie.
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    #: The link's, when it began.
    batch: Mapped[int | None] = mapped_column(SmallInteger)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class VisitedAssignment(Model):
    """That an assignment was handed out in a visit; taken again, it belongs to the later one."""

    __tablename__ = "visited_assignments"
    __table_args__ = (Index("ix_visited_assignments_visit_id", "visit_id"),)

    assignment_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("assignments.id", ondelete="CASCADE"), primary_key=True
    )
    visit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"))
    created_at: Mapped[CreatedAt]
