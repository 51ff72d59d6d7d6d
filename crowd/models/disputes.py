"""Tasks that somebody shall look at: the engine refuses them, or something speaks against them."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, Uuid, desc
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model

#: Why a task is disputed: the first two are the engine's own.
CAUSES = (
    "low_confidence",
    "tie",
    "contested_gold",
    "split_by_pool",
    "guideline_change",
    "appeal",
    "audit",
)


class Dispute(Model):
    __tablename__ = "disputes"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'ruled', 'settled')", name="state"),
        CheckConstraint(
            f"cardinality(causes) > 0 AND causes <@ ARRAY{list(CAUSES)}::text[]", name="causes"
        ),
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claim"),
        # a task has one open dispute at the most
        Index(
            "ux_disputes_open_task_id",
            "task_id",
            unique=True,
            postgresql_where="state = 'open'",
        ),
        # the queue
        Index(
            "ix_disputes_queue",
            "project_id",
            desc("worth"),
            "id",
            postgresql_where="state = 'open'",
        ),
        Index("ix_disputes_project_id_id", "project_id", "id"),
        Index("ix_disputes_task_id", "task_id"),
        Index("ix_disputes_fingerprint", "fingerprint", postgresql_using="gin"),
    )

    id: Mapped[Id]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    #: The result that stood when it was opened, or last given another cause; 0: there was none.
    result_version: Mapped[int]
    #: They grow while it is open.
    causes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: open; ruled by a person; settled when later evidence took its cause away.
    state: Mapped[str] = mapped_column(default="open")
    #: Moves with every ruling: whoever rules has read this one.
    version: Mapped[int] = mapped_column(server_default="1")
    #: What a ruling is worth: see `crowd.services.worth`. The queue goes by it.
    worth: Mapped[float] = mapped_column(server_default="0")
    #: Until then whoever contests an answer may expect a ruling. None: nobody does.
    deadline_at: Mapped[datetime | None]
    #: Hashes that it shares with its look-alikes, mostly. None: not looked at yet.
    fingerprint: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    #: Other open disputes about nearly the same item, as of when it was weighed.
    alike: Mapped[int] = mapped_column(server_default="0")
    #: The person who is at it, a user or a key, until then.
    claimed_by: Mapped[uuid.UUID | None]
    claimed_until: Mapped[datetime | None]
    #: Persons whose proposals wait for somebody who agrees.
    proposers: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()), server_default="{}")
    opened_at: Mapped[CreatedAt]
    closed_at: Mapped[datetime | None]
