"""Who may work: trainings, standards, origins of qualifications, training anew, pools, probation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

IMMUTABLE = ("training_items", "training_answers")
NOW = sa.text("now()")


def upgrade() -> None:
    _trainings()
    _attempts()
    _standards()
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_are_immutable BEFORE UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_update()"
        )
    _origins()
    _training_anew()
    _entry_rules()
    _probation()


def _trainings() -> None:
    op.create_table(
        "trainings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("labels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("test_size", sa.SmallInteger(), nullable=False),
        sa.Column("pass_mark", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=True),
        sa.Column("wait_seconds", sa.Integer(), nullable=False),
        sa.Column("attempt_seconds", sa.Integer(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=True),
        sa.Column("valid_seconds", sa.Integer(), nullable=True),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("pass_mark > 0 AND pass_mark <= 1", name=op.f("ck_trainings_pass_mark")),
        sa.CheckConstraint("test_size >= 1", name=op.f("ck_trainings_test_size")),
        sa.CheckConstraint("attempts >= 1", name=op.f("ck_trainings_attempts")),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_trainings_api_key_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name="fk_trainings_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_trainings"),
    )
    op.create_index("ix_trainings_tenant_id_id", "trainings", ["tenant_id", "id"])
    op.create_index(
        "ux_trainings_tenant_id_name",
        "trainings",
        ["tenant_id", "name"],
        unique=True,
        postgresql_where="retired_at IS NULL",
    )
    op.create_table(
        "training_items",
        sa.Column("training_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('practice', 'test')", name=op.f("ck_training_items_kind")),
        sa.ForeignKeyConstraint(
            ["training_id"],
            ["trainings.id"],
            name="fk_training_items_training_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("training_id", "place", name="pk_training_items"),
    )


def _attempts() -> None:
    op.create_table(
        "training_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("training_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column("items", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('running', 'passed', 'failed', 'expired')",
            name=op.f("ck_training_attempts_state"),
        ),
        sa.CheckConstraint(
            "(state = 'running') = (ended_at IS NULL)", name=op.f("ck_training_attempts_ended")
        ),
        sa.CheckConstraint(
            "(state IN ('passed', 'failed')) = (score IS NOT NULL)",
            name=op.f("ck_training_attempts_score"),
        ),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.id"], name="fk_training_attempts_annotator_id"
        ),
        sa.ForeignKeyConstraint(
            ["training_id"],
            ["trainings.id"],
            name="fk_training_attempts_training_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_training_attempts"),
    )
    op.create_index(
        "ux_training_attempts_running",
        "training_attempts",
        ["annotator_id", "training_id"],
        unique=True,
        postgresql_where="state = 'running'",
    )
    op.create_index(
        "ix_training_attempts_annotator_id_training_id_id",
        "training_attempts",
        ["annotator_id", "training_id", "id"],
    )
    op.create_index(
        "ix_training_attempts_training_id_id", "training_attempts", ["training_id", "id"]
    )
    op.create_table(
        "training_answers",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["training_attempts.id"],
            name="fk_training_answers_attempt_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("attempt_id", "number", name="pk_training_answers"),
    )


def _standards() -> None:
    op.create_table(
        "standards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("reach", sa.Float(), nullable=False),
        sa.Column("keep", sa.Float(), nullable=False),
        sa.Column("least_answers", sa.Integer(), nullable=False),
        sa.Column("least_gold", sa.Integer(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "0 < keep AND keep <= reach AND reach <= 1", name=op.f("ck_standards_accuracy")
        ),
        sa.CheckConstraint(
            "least_answers >= 1 AND least_gold >= 0", name=op.f("ck_standards_least")
        ),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_standards_api_key_id"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_standards_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name="fk_standards_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_standards"),
    )
    op.create_index("ix_standards_project_id_id", "standards", ["project_id", "id"])
    op.create_index(
        "ux_standards_tenant_id_qualification",
        "standards",
        ["tenant_id", "qualification"],
        unique=True,
        postgresql_where="retired_at IS NULL",
    )


def _origins() -> None:
    """Let a qualification be held in several ways at once, each of them a row."""
    op.add_column(
        "qualifications",
        sa.Column("origin", sa.Text(), server_default="granted", nullable=False),
    )
    for source, table in (("attempt_id", "training_attempts"), ("standard_id", "standards")):
        op.add_column("qualifications", sa.Column(source, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            f"fk_qualifications_{source}", "qualifications", table, [source], ["id"]
        )
        op.create_index(f"ix_qualifications_{source}", "qualifications", [source])
    op.drop_constraint("pk_qualifications", "qualifications", type_="primary")
    op.create_primary_key(
        "pk_qualifications", "qualifications", ["tenant_id", "name", "annotator_id", "origin"]
    )
    for name, condition in (
        ("origin", "origin IN ('granted', 'tested', 'derived')"),
        ("attempt", "(origin = 'tested') = (attempt_id IS NOT NULL)"),
        ("standard", "(origin = 'derived') = (standard_id IS NOT NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_qualifications_{name}"), "qualifications", condition)


def _training_anew() -> None:
    for table in ("rules", "actions"):
        op.add_column(table, sa.Column("training_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            f"fk_{table}_training_id", table, "trainings", ["training_id"], ["id"]
        )
        op.create_index(f"ix_{table}_training_id", table, ["training_id"])
    op.add_column("actions", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("actions", sa.Column("attempt_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_actions_attempt_id", "actions", "training_attempts", ["attempt_id"], ["id"]
    )
    op.create_index("ix_actions_attempt_id", "actions", ["attempt_id"])
    op.drop_constraint(op.f("ck_actions_kind"), "actions", type_="check")
    op.create_check_constraint(
        op.f("ck_actions_kind"),
        "actions",
        "kind IN ('warn', 'restrict', 'pause', 'retrain', 'block', 'exclude')",
    )
    op.create_check_constraint(
        op.f("ck_actions_training"), "actions", "(kind = 'retrain') = (training_id IS NOT NULL)"
    )
    op.add_column("participations", sa.Column("retraining", sa.Uuid(), nullable=True))


def _entry_rules() -> None:
    op.add_column(
        "pools",
        sa.Column(
            "qualifications", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
        ),
    )
    op.add_column(
        "pools",
        sa.Column("marketplaces", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
    )
    op.add_column(
        "pool_members", sa.Column("admitted", sa.Boolean(), server_default="true", nullable=False)
    )
    op.add_column("pool_members", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column(
        "project_configs",
        sa.Column("pools", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )


def _probation() -> None:
    op.add_column(
        "project_configs",
        sa.Column("probation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.add_column(
        "participations",
        sa.Column("proven", sa.Boolean(), server_default="false", nullable=False),
    )
