"""Models that predict, and their predictions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"

IMMUTABLE = ("predictions", "shown_predictions")
NOW = sa.text("now()")


def upgrade() -> None:
    _registered_models()
    _predictions()
    _shown_predictions()
    _columns()
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_are_immutable BEFORE UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_update()"
        )


def downgrade() -> None:
    for table in ("shown_predictions", "predictions", "registered_models"):
        op.drop_table(table)
    op.create_index("ix_results_project_id", "results", ["project_id"])
    op.drop_index("ix_results_unanswered", "results")
    op.drop_index("ix_results_project_id_id", "results")
    op.drop_column("tasks", "unsure")
    op.drop_column("results", "models")
    op.drop_column("consensus_runs", "last_prediction_id")
    op.drop_column("consensus_runs", "predictors")
    op.drop_column("project_configs", "models")


def _registered_models() -> None:
    op.create_table(
        "registered_models",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("asked_upto", sa.Uuid(), nullable=True),
        sa.Column("next_ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "(endpoint IS NULL) = (secret IS NULL)", name=op.f("ck_registered_models_endpoint")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name="fk_registered_models_project_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.id"], name="fk_registered_models_annotator_id"
        ),
        sa.PrimaryKeyConstraint("project_id", "annotator_id", name="pk_registered_models"),
    )
    op.create_index("ix_registered_models_annotator_id", "registered_models", ["annotator_id"])
    op.create_index("ix_registered_models_next_ask_at", "registered_models", ["next_ask_at"])


def _predictions() -> None:
    op.create_table(
        "predictions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name=op.f("ck_predictions_confidence")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name="fk_predictions_task_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "annotator_id"],
            ["registered_models.project_id", "registered_models.annotator_id"],
            name="fk_predictions_project_id_annotator_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_predictions"),
        sa.UniqueConstraint("task_id", "annotator_id", name="uq_predictions_task_id_annotator_id"),
    )
    op.create_index("ix_predictions_project_id_id", "predictions", ["project_id", "id"])
    op.create_index(
        "ix_predictions_project_id_annotator_id_id",
        "predictions",
        ["project_id", "annotator_id", "id"],
    )


def _shown_predictions() -> None:
    op.create_table(
        "shown_predictions",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("prediction_id", sa.Uuid(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.id"],
            name="fk_shown_predictions_assignment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["prediction_id"],
            ["predictions.id"],
            name="fk_shown_predictions_prediction_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("assignment_id", name="pk_shown_predictions"),
    )
    op.create_index("ix_shown_predictions_prediction_id", "shown_predictions", ["prediction_id"])


def _columns() -> None:
    off = (
        '{"use": "off", "blind_share": 0.1, "least_human": 1, "unsure_below": 0.6, '
        '"unsure_requires": []}'
    )
    op.add_column(
        "project_configs", sa.Column("models", JSONB(), server_default=off, nullable=False)
    )
    op.add_column("consensus_runs", sa.Column("predictors", JSONB(), nullable=True))
    op.add_column("consensus_runs", sa.Column("last_prediction_id", sa.Uuid(), nullable=True))
    op.add_column("results", sa.Column("models", JSONB(), nullable=True))
    op.add_column(
        "tasks", sa.Column("unsure", sa.Boolean(), server_default="false", nullable=False)
    )
    op.create_index("ix_tasks_unsure", "tasks", ["project_id"], postgresql_where=sa.text("unsure"))
    # the stream of corrections goes along the newest results of a project
    op.create_index("ix_results_project_id_id", "results", ["project_id", "id"])
    op.drop_index("ix_results_project_id", "results")
    op.create_index(
        "ix_results_unanswered",
        "results",
        ["project_id"],
        postgresql_where=sa.text("answers_seen = 0 AND state = 'resolved'"),
    )
