"""Counts of tasks, the pace of answers, forecasts, and how each annotator has done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"

NOW = sa.text("now()")
TIME = sa.DateTime(timezone=True)
COUNTS = ("open", "resolved", "disputed", "gold")
SORTED_BY = (
    "accuracy_low",
    "accuracy",
    "answers",
    "gold_low",
    "agreement_low",
    "median_s",
    "spent",
    "last_answer_at",
)
AUDIT = ("subject_id", "action", "api_key_id", "user_id")


def upgrade() -> None:
    _counts()
    _paces()
    _track_records()
    _operations()
    for column in AUDIT:
        name = f"ix_audit_entries_tenant_id_{column}_id"
        op.create_index(name, "audit_entries", ["tenant_id", column, "id"])


def downgrade() -> None:
    for column in AUDIT:
        op.drop_index(f"ix_audit_entries_tenant_id_{column}_id", "audit_entries")
    op.execute("DELETE FROM operations WHERE kind IN ('act', 'what_if')")
    for name in ("kind", "form", "request"):
        op.drop_constraint(op.f(f"ck_operations_{name}"), "operations")
    op.create_check_constraint(
        op.f("ck_operations_kind"), "operations", "kind IN ('import', 'export')"
    )
    op.drop_column("operations", "result")
    op.drop_column("operations", "request")
    op.drop_column("operations", "user_id")
    op.alter_column("operations", "form", nullable=False)
    for name in ("tasks_move", "tasks_come"):
        op.execute(f"DROP TRIGGER {name} ON tasks")
    op.execute("DROP FUNCTION note_task_move(), note_new_tasks()")
    for table in ("track_records", "forecasts", "paces", "task_moves", "task_counts"):
        op.drop_table(table)


def _project(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id"], ["projects.id"], name=f"fk_{table}_project_id", ondelete="CASCADE"
    )


def _counts() -> None:
    for table, key in (("task_counts", "project_id"), ("task_moves", "id")):
        identity = [sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)]
        op.create_table(
            table,
            *(identity if key == "id" else []),
            sa.Column("project_id", sa.Uuid(), nullable=False),
            *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
            _project(table),
            sa.PrimaryKeyConstraint(key, name=f"pk_{table}"),
        )
    op.create_index("ix_task_moves_project_id", "task_moves", ["project_id"])
    op.execute(
        """
        INSERT INTO task_counts (project_id, open, resolved, disputed, gold)
        SELECT project_id, count(*) FILTER (WHERE state = 'open' AND NOT is_gold),
               count(*) FILTER (WHERE state = 'resolved' AND NOT is_gold),
               count(*) FILTER (WHERE state = 'disputed' AND NOT is_gold),
               count(*) FILTER (WHERE is_gold)
        FROM tasks GROUP BY project_id
        """
    )
    # leases and answers set neither column, so that nothing is looked at with them
    op.execute(
        """
        CREATE FUNCTION note_task_move() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO task_moves (project_id, open, resolved, disputed, gold) VALUES (
                NEW.project_id,
                (NEW.state = 'open' AND NOT NEW.is_gold)::int
                    - (OLD.state = 'open' AND NOT OLD.is_gold)::int,
                (NEW.state = 'resolved' AND NOT NEW.is_gold)::int
                    - (OLD.state = 'resolved' AND NOT OLD.is_gold)::int,
                (NEW.state = 'disputed' AND NOT NEW.is_gold)::int
                    - (OLD.state = 'disputed' AND NOT OLD.is_gold)::int,
                NEW.is_gold::int - OLD.is_gold::int
            );
            RETURN NULL;
        END $$;
        CREATE TRIGGER tasks_move AFTER UPDATE OF state, is_gold ON tasks FOR EACH ROW
        WHEN ((OLD.state, OLD.is_gold) IS DISTINCT FROM (NEW.state, NEW.is_gold))
        EXECUTE FUNCTION note_task_move();
        CREATE FUNCTION note_new_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO task_moves (project_id, open, resolved, disputed, gold)
            SELECT project_id, count(*) FILTER (WHERE state = 'open' AND NOT is_gold),
                   count(*) FILTER (WHERE state = 'resolved' AND NOT is_gold),
                   count(*) FILTER (WHERE state = 'disputed' AND NOT is_gold),
                   count(*) FILTER (WHERE is_gold)
            FROM added GROUP BY project_id;
            RETURN NULL;
        END $$;
        CREATE TRIGGER tasks_come AFTER INSERT ON tasks REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION note_new_tasks();
        """
    )


def _paces() -> None:
    op.create_table(
        "paces",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("annotators", sa.Integer(), nullable=False),
        sa.Column("median_s", sa.Double(), nullable=False),
        sa.CheckConstraint("answers > 0 AND annotators > 0", name=op.f("ck_paces_counts")),
        _project("paces"),
        sa.PrimaryKeyConstraint("project_id", "began_at", name="pk_paces"),
    )
    op.create_table(
        "forecasts",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", TIME, server_default=NOW, nullable=False),
        sa.Column("took_s", sa.Double(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("figures", JSONB(), nullable=False),
        _project("forecasts"),
        sa.PrimaryKeyConstraint("project_id", name="pk_forecasts"),
    )
    op.create_index("ix_forecasts_made_at", "forecasts", ["made_at"])


def _track_records() -> None:
    def share(name: str, default: str = "0") -> sa.Column[float]:
        return sa.Column(name, sa.Double(), server_default=default, nullable=False)

    def count(name: str) -> sa.Column[int]:
        return sa.Column(name, sa.Integer(), server_default="0", nullable=False)

    op.create_table(
        "track_records",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=True),
        share("accuracy"),
        share("accuracy_low"),
        share("accuracy_high", "1"),
        sa.Column("answers", sa.Integer(), nullable=False),
        count("gold_seen"),
        count("gold_correct"),
        share("gold_low"),
        count("compared"),
        count("agreed"),
        share("agreement_low"),
        share("median_s"),
        sa.Column("spent", sa.Numeric(20, 6), server_default="0", nullable=False),
        sa.Column("last_answer_at", TIME, nullable=False),
        *(
            sa.Column(name, sa.Boolean(), server_default="false", nullable=False)
            for name in ("is_spammer", "is_copying", "is_drifting")
        ),
        sa.Column("updated_at", TIME, server_default=NOW, nullable=False),
        _project("track_records"),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.id"], name="fk_track_records_annotator_id"
        ),
        sa.PrimaryKeyConstraint("project_id", "annotator_id", name="pk_track_records"),
    )
    op.create_index("ix_track_records_annotator_id", "track_records", ["annotator_id"])
    for column in SORTED_BY:
        name = f"ix_track_records_project_id_{column}"
        op.create_index(name, "track_records", ["project_id", column, "annotator_id"])


def _operations() -> None:
    op.add_column("operations", sa.Column("user_id", sa.Uuid(), nullable=True))
    op.create_foreign_key("fk_operations_user_id", "operations", "users", ["user_id"], ["id"])
    op.add_column("operations", sa.Column("request", JSONB(), nullable=True))
    op.add_column("operations", sa.Column("result", JSONB(), nullable=True))
    op.alter_column("operations", "form", nullable=True)
    op.drop_constraint(op.f("ck_operations_kind"), "operations")
    for name, rule in (
        ("kind", "kind IN ('import', 'export', 'act', 'what_if')"),
        ("form", "(kind IN ('import', 'export')) = (form IS NOT NULL)"),
        ("request", "(kind IN ('act', 'what_if')) = (request IS NOT NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_operations_{name}"), "operations", rule)
