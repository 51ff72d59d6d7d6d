"""Surveys of a project's answers, and the gold desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0023"
down_revision = "0022"

NOW = sa.text("now()")
FIGURES = (
    "agreement",
    "confusion",
    "calibration",
    "label_shares",
    "drift",
    "guideline_effects",
)


def upgrade() -> None:
    op.add_column("project_configs", sa.Column("expected_shares", ARRAY(sa.Float()), nullable=True))
    op.add_column("gold", sa.Column("retired_because", sa.Text(), nullable=True))
    # what was known of a task, and is not any more
    op.create_index("ix_gold_task_id", "gold", ["task_id"])
    _surveys()
    _drifts()
    _gold_standings()
    _gold_candidates()


def downgrade() -> None:
    for table in ("gold_candidates", "gold_standings", "drifts", "surveys"):
        op.drop_table(table)
    op.drop_index("ix_gold_task_id", "gold")
    op.drop_column("gold", "retired_because")
    op.drop_column("project_configs", "expected_shares")


def _reference(
    table: str, column: str, to: str, ondelete: str | None = "CASCADE"
) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def _surveys() -> None:
    op.create_table(
        "surveys",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("config_version", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("one_in", sa.Integer(), server_default="1", nullable=False),
        *(sa.Column(figure, JSONB(), nullable=False) for figure in FIGURES),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("one_in >= 1", name=op.f("ck_surveys_one_in")),
        _reference("surveys", "project_id", "projects"),
        sa.PrimaryKeyConstraint("project_id", name="pk_surveys"),
    )


def _drifts() -> None:
    accuracies = [f"{when}{end}" for when in ("before", "after") for end in ("", "_low", "_high")]
    op.create_table(
        "drifts",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("p_value", sa.Float(), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in accuracies),
        sa.Column("windows", JSONB(), nullable=False),
        _reference("drifts", "project_id", "projects"),
        _reference("drifts", "annotator_id", "annotators", None),
        sa.PrimaryKeyConstraint("project_id", "annotator_id", name="pk_drifts"),
    )
    op.create_index("ix_drifts_annotator_id", "drifts", ["annotator_id"])
    op.create_index(
        "ix_drifts_changed",
        "drifts",
        ["project_id", "annotator_id"],
        postgresql_where=sa.text("changed"),
    )


def _gold_standings() -> None:
    op.create_table(
        "gold_standings",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("good_answers", sa.Integer(), nullable=False),
        sa.Column("good_missed", sa.Integer(), nullable=False),
        sa.Column("majority", sa.Text(), nullable=True),
        sa.Column("consensus", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("concern", sa.Text(), nullable=True),
        sa.Column("doubt", sa.Float(), nullable=True),
        sa.Column("instead", sa.Text(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("fresh_annotators", sa.Integer(), nullable=False),
        _reference("gold_standings", "task_id", "tasks"),
        _reference("gold_standings", "project_id", "projects"),
        sa.PrimaryKeyConstraint("task_id", name="pk_gold_standings"),
    )
    op.create_index("ix_gold_standings_project_id", "gold_standings", ["project_id"])


def _gold_candidates() -> None:
    op.create_table(
        "gold_candidates",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("unlike", sa.Integer(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        _reference("gold_candidates", "task_id", "tasks"),
        _reference("gold_candidates", "project_id", "projects"),
        sa.PrimaryKeyConstraint("task_id", name="pk_gold_candidates"),
    )
    op.create_index(
        "ix_gold_candidates_project_id_position", "gold_candidates", ["project_id", "position"]
    )
