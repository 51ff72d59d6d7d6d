"""The annotation page: how items are shown, links, visits, and what is said beside an answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"

NOW = sa.text("now()")
INTERFACE = '{"instructions": "", "show": [], "labels": [], "unsure": true, "comment": true}'


def upgrade() -> None:
    op.add_column(
        "project_configs",
        sa.Column("interface", JSONB(), server_default=INTERFACE, nullable=False),
    )
    op.add_column("project_configs", sa.Column("number", JSONB(), nullable=True))
    op.drop_constraint(op.f("ck_project_configs_labels"), "project_configs")
    op.create_check_constraint(
        op.f("ck_project_configs_labels"),
        "project_configs",
        "cardinality(labels) >= 2 OR (number IS NOT NULL AND cardinality(labels) = 0)",
    )
    op.create_check_constraint(
        op.f("ck_project_configs_number"),
        "project_configs",
        "(answer_type = 'numeric') = (number IS NOT NULL)",
    )
    op.add_column(
        "answers", sa.Column("unsure", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("answers", sa.Column("comment", sa.Text(), nullable=True))
    op.create_index(
        "ix_answers_unsure",
        "answers",
        ["project_id", "task_id"],
        postgresql_where=sa.text("unsure"),
    )
    _work_links()
    _visits()


def downgrade() -> None:
    op.drop_table("visited_assignments")
    op.drop_table("visits")
    op.drop_table("work_links")
    op.drop_index("ix_answers_unsure", "answers")
    op.drop_column("answers", "comment")
    op.drop_column("answers", "unsure")
    op.drop_column("project_configs", "interface")
    op.drop_constraint(op.f("ck_project_configs_number"), "project_configs")
    op.drop_constraint(op.f("ck_project_configs_labels"), "project_configs")
    op.create_check_constraint(
        op.f("ck_project_configs_labels"), "project_configs", "cardinality(labels) >= 2"
    )
    op.drop_column("project_configs", "number")


def _work_links() -> None:
    op.create_table(
        "work_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("batch", sa.SmallInteger(), nullable=True),
        sa.Column("return_url", sa.Text(), nullable=True),
        sa.Column("completion_code", sa.Text(), nullable=True),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "source IN ('direct', 'mturk', 'prolific')", name=op.f("ck_work_links_source")
        ),
        sa.CheckConstraint("batch BETWEEN 1 AND 1000", name=op.f("ck_work_links_batch")),
        sa.CheckConstraint(
            "source = 'direct' OR (annotator_id IS NULL AND secret IS NULL)",
            name=op.f("ck_work_links_platform"),
        ),
        sa.CheckConstraint(
            "annotator_id IS NULL OR secret IS NULL", name=op.f("ck_work_links_personal")
        ),
        sa.CheckConstraint(
            "(source = 'prolific') = (completion_code IS NOT NULL)",
            name=op.f("ck_work_links_code"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name="fk_work_links_tenant_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_work_links_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.id"], name="fk_work_links_annotator_id"
        ),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_work_links_api_key_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_work_links_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_work_links"),
        sa.UniqueConstraint("token_hash", name="uq_work_links_token_hash"),
    )
    op.create_index("ix_work_links_tenant_id_id", "work_links", ["tenant_id", "id"])
    op.create_index("ix_work_links_project_id", "work_links", ["project_id"])
    op.create_index("ix_work_links_annotator_id", "work_links", ["annotator_id"])
    op.create_index("ix_work_links_api_key_id", "work_links", ["api_key_id"])
    op.create_index("ix_work_links_user_id", "work_links", ["user_id"])


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("submit_to", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("batch", sa.SmallInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("batch BETWEEN 1 AND 1000", name=op.f("ck_visits_batch")),
        sa.ForeignKeyConstraint(
            ["link_id"], ["work_links.id"], name="fk_visits_link_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name="fk_visits_annotator_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
    )
    op.create_index("ix_visits_link_id_id", "visits", ["link_id", "id"])
    op.create_index("ix_visits_annotator_id", "visits", ["annotator_id"])
    op.create_index(
        "ux_visits_going_on",
        "visits",
        ["link_id", "annotator_id", "reference"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "visited_assignments",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.id"],
            name="fk_visited_assignments_assignment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visits.id"], name="fk_visited_assignments_visit_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("assignment_id", name="pk_visited_assignments"),
    )
    op.create_index("ix_visited_assignments_visit_id", "visited_assignments", ["visit_id"])
