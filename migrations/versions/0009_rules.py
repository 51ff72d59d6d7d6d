"""Rules on quality, and what is done about annotators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("below", sa.Float(), nullable=False),
        sa.Column("sure", sa.Float(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("pause_seconds", sa.Integer(), nullable=True),
        sa.Column("from_beginning", sa.Boolean(), nullable=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("least <= span", name=op.f("ck_rules_least")),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_rules_api_key_id"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_rules_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
    )
    op.create_index("ix_rules_project_id_id", "rules", ["project_id", "id"])
    op.create_table(
        "actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("answer_id", sa.Uuid(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exclusion_id", sa.Uuid(), nullable=True),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Uuid(), nullable=True),
        sa.Column("undone_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('warn', 'restrict', 'pause', 'block', 'exclude')",
            name=op.f("ck_actions_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.id"], name="fk_actions_annotator_id"
        ),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_actions_api_key_id"),
        sa.ForeignKeyConstraint(
            ["exclusion_id"], ["exclusions.id"], name="fk_actions_exclusion_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_actions_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["rules.id"], name="fk_actions_rule_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["undone_by_id"], ["api_keys.id"], name="fk_actions_undone_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_actions"),
        sa.UniqueConstraint(
            "rule_id", "annotator_id", "answer_id", name="uq_actions_rule_id_annotator_id_answer_id"
        ),
    )
    op.create_index("ix_actions_project_id_id", "actions", ["project_id", "id"])
    op.create_index("ix_actions_annotator_id_id", "actions", ["annotator_id", "id"])
    for name in ("barred", "restricted"):
        op.add_column(
            "participations", sa.Column(name, sa.Boolean(), server_default="false", nullable=False)
        )
    op.add_column("participations", sa.Column("paused_until", sa.DateTime(timezone=True)))
    op.add_column(
        "participations", sa.Column("judged", sa.Integer(), server_default="0", nullable=False)
    )
