"""Annotators who answered so much like another that it hardly is chance."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "likenesses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("common", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("same <= common", name=op.f("ck_likenesses_same")),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.id"], name="fk_likenesses_annotator_id"
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["annotators.id"], name="fk_likenesses_partner_id"),
        sa.ForeignKeyConstraint(
            ["project_id", "run_number"],
            ["consensus_runs.project_id", "consensus_runs.number"],
            name="fk_likenesses_project_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_likenesses"),
        sa.UniqueConstraint(
            "project_id",
            "annotator_id",
            "run_number",
            name="uq_likenesses_project_id_annotator_id_run_number",
        ),
    )
    op.create_index("ix_likenesses_project_id_id", "likenesses", ["project_id", "id"])
    op.create_index(
        "ix_likenesses_project_id_run_number", "likenesses", ["project_id", "run_number"]
    )
    op.create_index("ix_likenesses_annotator_id", "likenesses", ["annotator_id"])
    op.create_index("ix_likenesses_partner_id", "likenesses", ["partner_id"])
    op.drop_constraint(op.f("ck_rules_least"), "rules")
    op.create_check_constraint(
        op.f("ck_rules_least"),
        "rules",
        "collector IN ('activity', 'copying') OR least <= span",
    )
