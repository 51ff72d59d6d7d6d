"""The items to be answered, and how many answers each may still take."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    desc,
    text,
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
            "ix_tasks_queue",
            "project_id",
            desc("priority"),
            "level",
            "rank",
            "is_gold",
            postgresql_where="open",
        ),
        Index(
            "ix_tasks_gold_queue",
            "project_id",
            desc("priority"),
            "level",
            "rank",
            postgresql_where="open AND is_gold",
        ),
        Index("ix_tasks_batch", "project_id", "batch", postgresql_where="batch IS NOT NULL"),
        Index("ix_tasks_unresolved", "project_id", "is_gold", postgresql_where="state = 'open'"),
        Index("ix_tasks_project_id_id", "project_id", "id"),
        # a page of those in a state, rare as they may be
        Index("ix_tasks_project_id_state_id", "project_id", "state", "id"),
        Index("ix_tasks_unsure", "project_id", postgresql_where="unsure"),
        Index("ix_tasks_revised", "project_id", postgresql_where="revision > 0"),
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
    #: Its place among tasks of the same priority, from 0 to 1: tells nothing of how it came in.
    rank: Mapped[float] = mapped_column(server_default=text("random()"))
    #: Tasks of one batch belong together, on one page. None: it stands alone.
    batch: Mapped[str | None]
    #: Whether a known answer stands beside it in `gold`. Read by the queue, shown to nobody.
    is_gold: Mapped[bool] = mapped_column(default=False, server_default="false")
    #: Models are in doubt about it: not for everybody, where the project says for whom.
    unsure: Mapped[bool] = mapped_column(default=False, server_default="false")
    #: What each slot taken does to the level: 1 moves the task back, -1 to the front.
    step: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    state: Mapped[str] = mapped_column(default="open")
    #: Answers asked for so far: the minimum first, then one more at a time.
    wanted: Mapped[int] = mapped_column(SmallInteger)
    #: Answers it may ever take.
    cap: Mapped[int] = mapped_column(SmallInteger)
    #: Slots that annotators hold now.
    leased: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: Answers that count.
    answered: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: Answers taken out of account.
    excluded: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    #: Moves whenever answers are taken out of account, or back.
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Version of the newest result; 0 when there is none.
    result_version: Mapped[int] = mapped_column(default=0)
    #: Answers the newest decision has seen.
    seen: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: A slot is free.
    open: Mapped[bool] = mapped_column(
        Computed("state = 'open' AND leased + answered < wanted", persisted=True)
    )
    #: Lower goes first among tasks of one priority.
    level: Mapped[int] = mapped_column(
        Integer, Computed("step * (leased + answered)", persisted=True)
    )
    created_at: Mapped[CreatedAt]
