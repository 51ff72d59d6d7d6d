"""The items to be answered, and how many answers each may still take."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    desc,
)
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Task(Model):
    """One item. `leased + answered <= wanted <= cap` is the promise never to over-collect."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("project_id", "external_id"),
        CheckConstraint("state IN ('open', 'resolved', 'disputed')", name="state"),
        CheckConstraint("leased >= 0 AND answered >= 0", name="counts"),
        CheckConstraint("leased + answered <= wanted AND wanted <= cap", name="overlap"),
        # the order in which work is handed out; closed tasks are not in it at all
        Index(
            "ix_tasks_open",
            "project_id",
            desc("priority"),
            "id",
            postgresql_where="open",
        ),
        Index("ix_tasks_unresolved", "project_id", postgresql_where="state = 'open'"),
        Index("ix_tasks_project_id_id", "project_id", "id"),
        # counters move with every lease and answer: leave room to update in place
        {"postgresql_with": {"fillfactor": 80}},
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    #: The requester's own name for it.
    external_id: Mapped[str]
    payload: Mapped[dict[str, Any]]
    #: Higher goes first.
    priority: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="open")
    #: Answers asked for so far: the minimum first, then one more at a time.
    wanted: Mapped[int] = mapped_column(SmallInteger)
    #: Answers it may ever take.
    cap: Mapped[int] = mapped_column(SmallInteger)
    #: Slots that annotators hold now.
    leased: Mapped[int] = mapped_column(SmallInteger, default=0)
    answered: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: Version of the newest result; 0 when there is none.
    result_version: Mapped[int] = mapped_column(default=0)
    #: Answers the newest decision has seen.
    seen: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: A slot is free.
    open: Mapped[bool] = mapped_column(
        Computed("state = 'open' AND leased + answered < wanted", persisted=True)
    )
    created_at: Mapped[CreatedAt]
