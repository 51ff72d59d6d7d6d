"""A queue in the order of each project's strategy, and a row for each annotator in a project"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _tasks()
    _projects()
    _participations()
    _qualifications()
    # what another row vouches for already need not be looked up with every answer
    op.drop_constraint("fk_assignments_project_id", "assignments")
    op.drop_index("ix_assignments_project_id", "assignments")
    for column in ("project_id", "task_id", "annotator_id"):
        op.drop_constraint(f"fk_answers_{column}", "answers")
    op.drop_constraint("fk_outbox_project_id", "outbox")


def _tasks() -> None:
    op.drop_index("ix_tasks_open", "tasks")
    op.drop_index("ix_tasks_unresolved", "tasks")
    op.add_column(
        "tasks", sa.Column("rank", sa.Double(), server_default=sa.text("random()"), nullable=False)
    )
    op.add_column("tasks", sa.Column("batch", sa.Text(), nullable=True))
    op.add_column(
        "tasks", sa.Column("is_gold", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("tasks", sa.Column("step", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column(
        "tasks",
        sa.Column(
            "level",
            sa.Integer(),
            sa.Computed("step * (leased + answered)", persisted=True),
            nullable=False,
        ),
    )
    op.execute(
        "UPDATE tasks SET is_gold = true "
        "FROM gold g WHERE g.task_id = tasks.id AND g.retired_at IS NULL"
    )
    op.execute(
        "CREATE INDEX ix_tasks_queue ON tasks (project_id, priority DESC, level, rank, is_gold) "
        "WHERE open"
    )
    op.execute(
        "CREATE INDEX ix_tasks_gold_queue ON tasks (project_id, priority DESC, level, rank) "
        "WHERE open AND is_gold"
    )
    op.create_index(
        "ix_tasks_unresolved",
        "tasks",
        ["project_id", "is_gold"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_tasks_batch",
        "tasks",
        ["project_id", "batch"],
        postgresql_where=sa.text("batch IS NOT NULL"),
    )


def _projects() -> None:
    op.add_column("projects", sa.Column("decided_run", sa.Integer(), nullable=True))
    op.drop_constraint(op.f("ck_projects_state"), "projects")
    op.create_check_constraint(
        op.f("ck_projects_state"),
        "projects",
        "state IN ('draft', 'running', 'paused', 'finished', 'archived')",
    )
    empty = sa.text("'{}'")
    gold = sa.text("""'{"policy": "natural", "share": 0.1, "first": 0, "exposure": null}'""")
    quota = '{"hour": null, "day": null, "total": null}'
    limits = sa.text(f"""'{{"held": 100, "annotator": {quota}, "marketplace": {quota}}}'""")
    for column in (
        sa.Column("strategy", sa.Text(), server_default="spread", nullable=False),
        sa.Column("gold", postgresql.JSONB(), server_default=gold, nullable=False),
        sa.Column("limits", postgresql.JSONB(), server_default=limits, nullable=False),
        sa.Column("requires", postgresql.ARRAY(sa.Text()), server_default=empty, nullable=False),
        sa.Column("whole_batches", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("budget_answers", sa.Integer(), nullable=True),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("project_configs", column)
    for column_name in ("strategy", "gold", "limits", "requires", "whole_batches"):
        op.alter_column("project_configs", column_name, server_default=None)
    op.create_check_constraint(
        op.f("ck_project_configs_strategy"),
        "project_configs",
        "strategy IN ('spread', 'breadth', 'depth', 'informative')",
    )
    op.create_check_constraint(
        op.f("ck_project_configs_budget"), "project_configs", "budget_answers >= 1"
    )


def _participations() -> None:
    now = sa.DateTime(timezone=True)
    op.create_table(
        "participations",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("leased", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answered", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "hour_at", now, server_default=sa.text("date_trunc('hour', now())"), nullable=False
        ),
        sa.Column("hour_leases", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "day_at", now, server_default=sa.text("date_trunc('day', now())"), nullable=False
        ),
        sa.Column("day_leases", sa.Integer(), server_default="0", nullable=False),
        sa.Column("leases", sa.Integer(), server_default="0", nullable=False),
        sa.Column("gold_leases", sa.Integer(), server_default="0", nullable=False),
        sa.Column("searched_until", now, nullable=True),
        sa.Column("searched_priority", sa.Integer(), nullable=True),
        sa.Column("uncertainty", sa.Double(), server_default="1", nullable=False),
        sa.Column("created_at", now, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('active', 'blocked')", name=op.f("ck_participations_state")),
        sa.CheckConstraint("leased >= 0 AND answered >= 0", name=op.f("ck_participations_counts")),
        sa.ForeignKeyConstraint(
            ["annotator_id"],
            ["annotators.id"],
            name=op.f("fk_participations_annotator_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name=op.f("fk_participations_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "annotator_id", name=op.f("pk_participations")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index("ix_participations_annotator_id", "participations", ["annotator_id"])
    op.execute(
        """
        INSERT INTO participations (project_id, annotator_id, tenant_id, state,
                                    leased, answered, leases, gold_leases)
        SELECT a.project_id, a.annotator_id, n.tenant_id, n.state,
               count(*) FILTER (WHERE a.state = 'leased'),
               count(*) FILTER (WHERE a.state = 'answered'),
               count(*),
               count(*) FILTER (WHERE t.is_gold)
        FROM assignments a
        JOIN annotators n ON n.id = a.annotator_id
        JOIN tasks t ON t.id = a.task_id
        GROUP BY a.project_id, a.annotator_id, n.tenant_id, n.state
        """
    )


def _qualifications() -> None:
    op.create_table(
        "qualifications",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["annotator_id"],
            ["annotators.id"],
            name=op.f("fk_qualifications_annotator_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_qualifications_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "name", "annotator_id", name=op.f("pk_qualifications")
        ),
    )
    op.create_index("ix_qualifications_annotator_id", "qualifications", ["annotator_id"])
