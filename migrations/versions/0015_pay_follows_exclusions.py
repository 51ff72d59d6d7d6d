"""Where a project says so, answers that are excluded are not paid for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column(
        "project_configs",
        sa.Column("pay_excluded", sa.Boolean(), server_default="true", nullable=False),
    )
    op.add_column(
        "exclusions",
        sa.Column("withholds_pay", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column("appeals", sa.Column("exclusion_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_appeals_exclusion_id",
        "appeals",
        "exclusions",
        ["exclusion_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_unique_constraint("uq_appeals_exclusion_id", "appeals", ["exclusion_id"])
    op.drop_constraint(op.f("ck_appeals_subject"), "appeals")
    op.create_check_constraint(
        op.f("ck_appeals_subject"),
        "appeals",
        "num_nonnulls(action_id, answer_id, ban_id, exclusion_id) = 1",
    )
