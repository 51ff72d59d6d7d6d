"""Sums of the ledger by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

MONEY = sa.Numeric(20, 6)
NOW = sa.text("now()")
IMMUTABLE = ("ledger_days", "summed_days")


def upgrade() -> None:
    op.create_table(
        "ledger_days",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("earned", MONEY, nullable=False),
        sa.Column("reversed", MONEY, nullable=False),
        sa.Column("bonuses", MONEY, nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.id"], name="fk_ledger_days_annotator_id"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_ledger_days_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_days"),
    )
    op.create_index("ix_ledger_days_annotator_id_day", "ledger_days", ["annotator_id", "day"])
    op.create_index(
        "ix_ledger_days_project_id_annotator_id_day",
        "ledger_days",
        ["project_id", "annotator_id", "day"],
    )
    op.create_index(
        "ix_ledger_days_tenant_id_day",
        "ledger_days",
        ["tenant_id", "day"],
        postgresql_where=sa.text("annotator_id IS NULL"),
    )
    op.create_table(
        "summed_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_summed_days"),
    )
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_are_immutable BEFORE UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_update()"
        )
