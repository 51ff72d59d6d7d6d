"""The ledger: each row moves an amount from one account to another. Rows are never changed.

An account is a kind, a project, a currency and, but for the project's own, an annotator:
`project`, where money comes from; `held`, reserved for a lease or an answer that waits for its
review; `earned`, what an annotator's marketplace is owed.
"""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model, Money

#: What there is of transfers: (kind, from, to).
MOVES = (
    ("hold", "project", "held"),
    ("release", "held", "project"),
    ("earn", "held", "earned"),
    # again, after it was rejected
    ("earn", "project", "earned"),
    ("reverse", "earned", "project"),
    ("bonus", "project", "earned"),
)
_MOVES = ", ".join(f"('{kind}', '{source}', '{target}')" for kind, source, target in MOVES)


class Transfer(Model):
    __tablename__ = "transfers"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(f"(kind, from_account, to_account) IN ({_MOVES})", name="move"),
        CheckConstraint("(closes_id IS NOT NULL) = (from_account = 'held')", name="closes"),
        CheckConstraint("(reverses_id IS NOT NULL) = (kind = 'reverse')", name="reverses"),
        CheckConstraint("(bonus_id IS NOT NULL) = (kind = 'bonus')", name="bonus"),
        CheckConstraint("(assignment_id IS NULL) = (kind = 'bonus')", name="assignment"),
        # a hold is closed once, an earning reversed once, a bonus paid once: whoever tries
        Index(
            "ux_transfers_closes_id",
            "closes_id",
            unique=True,
            postgresql_where="closes_id IS NOT NULL",
        ),
        Index(
            "ux_transfers_reverses_id",
            "reverses_id",
            unique=True,
            postgresql_where="reverses_id IS NOT NULL",
        ),
        Index(
            "ux_transfers_bonus_id",
            "bonus_id",
            unique=True,
            postgresql_where="bonus_id IS NOT NULL",
        ),
        Index("ix_transfers_assignment_id", "assignment_id"),
        Index("ix_transfers_project_id_id", "project_id", "id"),
        Index("ix_transfers_annotator_id_id", "annotator_id", "id"),
    )

    id: Mapped[Id]
    #: The assignment's or the bonus's, which vouches for both.
    project_id: Mapped[uuid.UUID]
    annotator_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    from_account: Mapped[str]
    to_account: Mapped[str]
    amount: Mapped[Money]
    currency: Mapped[str]
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("assignments.id", ondelete="CASCADE")
    )
    #: The hold that it ends.
    closes_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("transfers.id"))
    #: The earning that it takes back.
    reverses_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("transfers.id"))
    bonus_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bonuses.id", ondelete="CASCADE"))
    created_at: Mapped[CreatedAt]
