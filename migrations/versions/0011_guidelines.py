"""Guidelines, version by version, which annotators accept before they work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

IMMUTABLE = ("guidelines", "guideline_acceptances")
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "guidelines",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_guidelines_version")),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_guidelines_api_key_id"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_guidelines_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", "version", name="pk_guidelines"),
    )
    op.create_table(
        "guideline_acceptances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.id"], name="fk_guideline_acceptances_annotator_id"
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "version"],
            ["guidelines.project_id", "guidelines.version"],
            name="fk_guideline_acceptances_project_id_version",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_guideline_acceptances"),
    )
    op.create_index(
        "ix_guideline_acceptances_project_id_annotator_id",
        "guideline_acceptances",
        ["project_id", "annotator_id"],
    )
    op.create_index(
        "ix_guideline_acceptances_annotator_id", "guideline_acceptances", ["annotator_id"]
    )
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_are_immutable BEFORE UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_update()"
        )
    op.add_column("project_configs", sa.Column("guideline", sa.Integer(), nullable=True))
    op.add_column(
        "project_configs",
        sa.Column("must_accept", sa.Boolean(), server_default="true", nullable=False),
    )
    op.add_column(
        "participations", sa.Column("guideline", sa.Integer(), server_default="0", nullable=False)
    )
