"""What annotators are told of their quality, and examples to learn from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column(
        "project_configs",
        sa.Column("feedback", sa.Text(), server_default="summary", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_project_configs_feedback"),
        "project_configs",
        "feedback IN ('none', 'summary', 'coaching')",
    )
    op.create_table(
        "examples",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("confused_with", sa.Text(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(payload IS NULL) <> (task_id IS NULL)", name=op.f("ck_examples_subject")
        ),
        sa.CheckConstraint("confused_with <> label", name=op.f("ck_examples_confused_with")),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_examples_api_key_id"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_examples_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name="fk_examples_task_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_examples"),
    )
    op.create_index("ix_examples_project_id_id", "examples", ["project_id", "id"])
    op.create_index(
        "ix_examples_project_id_label", "examples", ["project_id", "label", "confused_with"]
    )
    op.create_index(
        "ix_examples_task_id",
        "examples",
        ["task_id"],
        postgresql_where=sa.text("task_id IS NOT NULL"),
    )
