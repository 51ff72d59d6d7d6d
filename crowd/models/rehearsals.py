"""Requesters who try their own project: the items they saw, and what they said. Never answers."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Rehearsal(Model):
    """Some items of a project, given to its requester to be answered. Rows are never changed."""

    __tablename__ = "rehearsals"
    __table_args__ = (
        CheckConstraint("cardinality(task_ids) > 0", name="tasks"),
        Index("ix_rehearsals_project_id_id", "project_id", "id"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    #: The configuration that was in force.
    config_version: Mapped[int]
    #: In the order in which they are shown.
    task_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()))
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]


class RehearsedAnswer(Model):
    """What a requester says of an item. Rows are never changed."""

    __tablename__ = "rehearsed_answers"
    __table_args__ = (CheckConstraint("time_spent_s >= 0", name="time_spent"),)

    rehearsal_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("rehearsals.id", ondelete="CASCADE"), primary_key=True
    )
    task_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    label: Mapped[str]
    #: Since the item before was answered, by the database's clock.
    time_spent_s: Mapped[float]
    created_at: Mapped[CreatedAt]
