"""Answers can be taken out of account, and back.

`answered` counts the answers that count, `excluded` those that do not; a task's `revision` moves
whenever answers leave or come back, so that a decision made from others is known as such.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "exclusions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_exclusions_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.id"], name="fk_exclusions_annotator_id"
        ),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_exclusions_api_key_id"),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"], ["api_keys.id"], name="fk_exclusions_lifted_by_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_exclusions"),
    )
    op.create_index("ix_exclusions_project_id_id", "exclusions", ["project_id", "id"])
    op.create_index("ix_exclusions_annotator_id", "exclusions", ["annotator_id"])
    op.create_table(
        "excluded_answers",
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("exclusion_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name="fk_excluded_answers_answer_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["exclusion_id"],
            ["exclusions.id"],
            name="fk_excluded_answers_exclusion_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("answer_id", name="pk_excluded_answers"),
    )
    op.create_index("ix_excluded_answers_exclusion_id", "excluded_answers", ["exclusion_id"])
    for name in ("excluded", "revision"):
        kind = sa.SmallInteger() if name == "excluded" else sa.Integer()
        op.add_column("tasks", sa.Column(name, kind, server_default="0", nullable=False))
    op.add_column(
        "results", sa.Column("revision", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_index(
        "ix_tasks_revised",
        "tasks",
        ["project_id"],
        postgresql_where=sa.text("revision > 0"),
    )
