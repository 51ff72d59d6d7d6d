"""Keep what any method computes posteriors from, not confusion matrices alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "consensus_runs",
        sa.Column("model", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.drop_column("consensus_runs", "discount")
    op.create_table(
        "annotator_models",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("row", postgresql.ARRAY(sa.Float()), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotator_id"],
            ["annotators.id"],
            name=op.f("fk_annotator_models_annotator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name=op.f("fk_annotator_models_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "annotator_id", name=op.f("pk_annotator_models")),
    )
    op.create_index("ix_annotator_models_annotator_id", "annotator_models", ["annotator_id"])
