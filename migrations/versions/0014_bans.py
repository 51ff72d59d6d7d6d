"""Annotators whom a requester lets work on none of its projects, and appeals against that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "bans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.Column("lifted_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_reason IS NULL)", name=op.f("ck_bans_lifted")
        ),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name="fk_bans_annotator_id"),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_bans_api_key_id"),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["api_keys.id"], name="fk_bans_lifted_by_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name="fk_bans_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bans"),
    )
    op.create_index(
        "ux_bans_annotator_id_tenant_id",
        "bans",
        ["annotator_id", "tenant_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_index("ix_bans_tenant_id_id", "bans", ["tenant_id", "id"])
    op.create_index("ix_bans_annotator_id_id", "bans", ["annotator_id", "id"])
    _appeals()


def _appeals() -> None:
    op.alter_column("appeals", "project_id", nullable=True)
    op.add_column("appeals", sa.Column("ban_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_appeals_ban_id", "appeals", "bans", ["ban_id"], ["id"], ondelete="CASCADE"
    )
    op.create_unique_constraint("uq_appeals_ban_id", "appeals", ["ban_id"])
    op.drop_constraint(op.f("ck_appeals_subject"), "appeals")
    op.create_check_constraint(
        op.f("ck_appeals_subject"), "appeals", "num_nonnulls(action_id, answer_id, ban_id) = 1"
    )
    op.create_check_constraint(
        op.f("ck_appeals_project"), "appeals", "(project_id IS NULL) = (ban_id IS NOT NULL)"
    )
