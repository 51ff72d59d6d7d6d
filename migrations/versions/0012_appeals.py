"""Annotators contest what was done about them, or how an answer was judged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=True),
        sa.Column("answer_id", sa.Uuid(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'upheld', 'overturned')", name=op.f("ck_appeals_state")
        ),
        sa.CheckConstraint(
            "(action_id IS NULL) <> (answer_id IS NULL)", name=op.f("ck_appeals_subject")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL)", name=op.f("ck_appeals_closed")
        ),
        sa.ForeignKeyConstraint(
            ["action_id"], ["actions.id"], name="fk_appeals_action_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.id"], name="fk_appeals_annotator_id"
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name="fk_appeals_answer_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["closed_by_id"], ["api_keys.id"], name="fk_appeals_closed_by_id"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_appeals_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_appeals"),
        sa.UniqueConstraint("action_id", name="uq_appeals_action_id"),
        sa.UniqueConstraint("answer_id", name="uq_appeals_answer_id"),
    )
    op.create_index("ix_appeals_project_id_id", "appeals", ["project_id", "id"])
    op.create_index("ix_appeals_annotator_id_id", "appeals", ["annotator_id", "id"])
