"""Imports that wait for a look, tasks by state, rehearsals, and reports on quality."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"

NOW = sa.text("now()")
TIME = sa.DateTime(timezone=True)
STATES = "'queued', 'running', 'done', 'failed', 'cancelled'"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_operations_state"), "operations")
    op.create_check_constraint(
        op.f("ck_operations_state"), "operations", f"state IN ('held', {STATES})"
    )
    op.create_check_constraint(
        op.f("ck_operations_held"), "operations", "state <> 'held' OR kind = 'import'"
    )
    op.create_index("ix_tasks_project_id_state_id", "tasks", ["project_id", "state", "id"])
    _create_rehearsals()
    _create_quality_reports()


def _create_rehearsals() -> None:
    op.create_table(
        "rehearsals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("config_version", sa.Integer(), nullable=False),
        sa.Column("task_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        *_who("rehearsals"),
        sa.CheckConstraint("cardinality(task_ids) > 0", name=op.f("ck_rehearsals_tasks")),
        sa.PrimaryKeyConstraint("id", name="pk_rehearsals"),
    )
    op.create_index("ix_rehearsals_project_id_id", "rehearsals", ["project_id", "id"])
    op.create_table(
        "rehearsed_answers",
        sa.Column("rehearsal_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("time_spent_s", sa.Float(), nullable=False),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.CheckConstraint("time_spent_s >= 0", name=op.f("ck_rehearsed_answers_time_spent")),
        sa.ForeignKeyConstraint(
            ["rehearsal_id"],
            ["rehearsals.id"],
            name="fk_rehearsed_answers_rehearsal_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name="fk_rehearsed_answers_task_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rehearsal_id", "task_id", name="pk_rehearsed_answers"),
    )
    op.create_index("ix_rehearsed_answers_task_id", "rehearsed_answers", ["task_id"])


def _create_quality_reports() -> None:
    op.create_table(
        "quality_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("config_version", sa.Integer(), nullable=True),
        sa.Column("guideline", sa.Integer(), nullable=True),
        sa.Column("run_number", sa.Integer(), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=True),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("written_at", TIME, nullable=True),
        *_who("quality_reports"),
        sa.CheckConstraint(
            "(content IS NULL) = (written_at IS NULL)", name=op.f("ck_quality_reports_written")
        ),
        sa.CheckConstraint(
            "content IS NULL OR error IS NULL", name=op.f("ck_quality_reports_error")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quality_reports"),
        sa.UniqueConstraint("project_id", "number", name="uq_quality_reports_project_id_number"),
    )


def _who(table: str) -> list[sa.schema.SchemaItem]:
    """Lay out whose project a row is of, and who made it when."""
    return [
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=f"fk_{table}_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name=f"fk_{table}_api_key_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=f"fk_{table}_user_id"),
    ]


def downgrade() -> None:
    for table in ("quality_reports", "rehearsed_answers", "rehearsals"):
        op.drop_table(table)
    op.drop_index("ix_tasks_project_id_state_id", "tasks")
    op.execute("DELETE FROM operations WHERE state = 'held'")
    op.drop_constraint(op.f("ck_operations_held"), "operations")
    op.drop_constraint(op.f("ck_operations_state"), "operations")
    op.create_check_constraint(op.f("ck_operations_state"), "operations", f"state IN ({STATES})")
