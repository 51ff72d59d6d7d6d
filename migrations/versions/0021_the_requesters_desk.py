"""Imports that wait for a look at their first lines; who began an operation at the console."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

STATES = "'queued', 'running', 'done', 'failed', 'cancelled'"


def upgrade() -> None:
    op.add_column("operations", sa.Column("user_id", sa.Uuid(), nullable=True))
    op.create_foreign_key("fk_operations_user_id", "operations", "users", ["user_id"], ["id"])
    op.drop_constraint(op.f("ck_operations_state"), "operations")
    op.create_check_constraint(
        op.f("ck_operations_state"), "operations", f"state IN ('held', {STATES})"
    )
    op.create_check_constraint(
        op.f("ck_operations_held"), "operations", "state <> 'held' OR kind = 'import'"
    )


def downgrade() -> None:
    op.execute("DELETE FROM operations WHERE state = 'held'")
    op.drop_constraint(op.f("ck_operations_held"), "operations")
    op.drop_constraint(op.f("ck_operations_state"), "operations")
    op.create_check_constraint(op.f("ck_operations_state"), "operations", f"state IN ({STATES})")
    op.drop_constraint("fk_operations_user_id", "operations", type_="foreignkey")
    op.drop_column("operations", "user_id")
