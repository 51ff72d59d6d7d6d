"""Disputes have causes, a worth and a claim; rulings stand, and results say which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

TIME = sa.DateTime(timezone=True)
CAUSES = (
    "low_confidence",
    "tie",
    "contested_gold",
    "split_by_pool",
    "guideline_change",
    "appeal",
    "audit",
)
REASONS = (
    "ambiguous_item",
    "guideline_gap",
    "annotator_error",
    "subjective",
    "broken_item",
    "promoted_to_gold",
    "withdrawn",
)
#: What rows of adjudications are called from now on, each with its key of the same columns.
KEYS = ("api_key_id", "dispute_id", "overturns_id", "project_id")


def upgrade() -> None:
    _disputes()
    _rulings()
    _standing_rulings()
    _what_follows()
    op.add_column(
        "project_configs",
        sa.Column(
            "rulings",
            postgresql.JSONB(),
            server_default='{"second": "never", "audit_share": 0, "blind": false, "judges": false}',
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.drop_column("project_configs", "rulings")
    op.drop_column("reviews", "ruling_id")
    op.execute("DELETE FROM results WHERE state = 'resolved' AND label IS NULL")
    op.drop_constraint(op.f("ck_results_label"), "results")
    op.create_check_constraint(
        op.f("ck_results_label"), "results", "state <> 'resolved' OR label IS NOT NULL"
    )
    op.drop_column("results", "ruling_id")
    op.drop_table("standing_rulings")
    _rulings_are_adjudications()
    _disputes_have_a_reason()


def _disputes() -> None:
    op.add_column("disputes", sa.Column("causes", postgresql.ARRAY(sa.Text()), nullable=True))
    op.execute("UPDATE disputes SET causes = ARRAY[reason]")
    op.alter_column("disputes", "causes", nullable=False)
    op.drop_column("disputes", "reason")
    op.add_column(
        "disputes", sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column("disputes", sa.Column("worth", sa.Float(), server_default="0", nullable=False))
    op.add_column("disputes", sa.Column("alike", sa.Integer(), server_default="0", nullable=False))
    op.add_column("disputes", sa.Column("deadline_at", TIME, nullable=True))
    hashes = postgresql.ARRAY(sa.BigInteger())
    op.add_column("disputes", sa.Column("fingerprint", hashes, nullable=True))
    op.add_column("disputes", sa.Column("claimed_by", sa.Uuid(), nullable=True))
    op.add_column("disputes", sa.Column("claimed_until", TIME, nullable=True))
    people = postgresql.ARRAY(sa.Uuid())
    op.add_column("disputes", sa.Column("proposers", people, server_default="{}", nullable=False))
    op.create_check_constraint(
        op.f("ck_disputes_causes"),
        "disputes",
        f"cardinality(causes) > 0 AND causes <@ ARRAY{list(CAUSES)}::text[]",
    )
    op.create_check_constraint(
        op.f("ck_disputes_claim"), "disputes", "(claimed_by IS NULL) = (claimed_until IS NULL)"
    )
    op.create_index(
        "ix_disputes_queue",
        "disputes",
        ["project_id", sa.text("worth DESC"), "id"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_disputes_fingerprint", "disputes", ["fingerprint"], postgresql_using="gin")


def _rulings() -> None:
    op.rename_table("adjudications", "rulings")
    op.execute(
        "ALTER TRIGGER adjudications_are_immutable ON rulings RENAME TO rulings_are_immutable"
    )
    _rename("pk_adjudications", "pk_rulings")
    _rename("uq_adjudications_overturns_id", "uq_rulings_overturns_id")
    for key in KEYS:
        _rename(f"fk_adjudications_{key}", f"fk_rulings_{key}")
    op.drop_index("ix_adjudications_dispute_id", "rulings")
    op.drop_index("ix_adjudications_project_id", "rulings")
    op.add_column("rulings", sa.Column("task_id", sa.Uuid(), nullable=True))
    op.add_column(
        "rulings", sa.Column("verdict", sa.Text(), server_default="label", nullable=False)
    )
    op.add_column(
        "rulings", sa.Column("is_final", sa.Boolean(), server_default="true", nullable=False)
    )
    op.add_column(
        "rulings", sa.Column("promote", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("rulings", sa.Column("known_before", sa.Text(), nullable=True))
    op.add_column("rulings", sa.Column("applied_from_id", sa.Uuid(), nullable=True))
    op.add_column("rulings", sa.Column("user_id", sa.Uuid(), nullable=True))
    # all there are come from labels that were made gold
    op.execute("ALTER TABLE rulings DISABLE TRIGGER rulings_are_immutable")
    op.execute(
        "UPDATE rulings r SET promote = true, task_id = d.task_id FROM disputes d "
        "WHERE d.id = r.dispute_id"
    )
    op.execute("ALTER TABLE rulings ENABLE TRIGGER rulings_are_immutable")
    op.alter_column("rulings", "task_id", nullable=False)
    op.alter_column("rulings", "verdict", server_default=None)
    op.alter_column("rulings", "is_final", server_default=None)
    op.create_check_constraint(
        op.f("ck_rulings_verdict"),
        "rulings",
        "verdict IN ('label', 'no_right_answer', 'withdrawn')",
    )
    op.create_check_constraint(
        op.f("ck_rulings_label"), "rulings", "(verdict = 'label') = (label IS NOT NULL)"
    )
    op.create_check_constraint(op.f("ck_rulings_reason"), "rulings", f"reason IN {REASONS}")
    op.create_check_constraint(
        op.f("ck_rulings_overturns"), "rulings", "is_final OR overturns_id IS NULL"
    )
    for column, table in (("task_id", "tasks"), ("applied_from_id", "rulings")):
        op.create_foreign_key(
            f"fk_rulings_{column}", "rulings", table, [column], ["id"], ondelete="CASCADE"
        )
    op.create_foreign_key("fk_rulings_user_id", "rulings", "users", ["user_id"], ["id"])
    for column in ("project_id", "dispute_id", "task_id"):
        op.create_index(f"ix_rulings_{column}_id", "rulings", [column, "id"])
    op.create_index(
        "ix_rulings_applied_from_id",
        "rulings",
        ["applied_from_id"],
        postgresql_where=sa.text("applied_from_id IS NOT NULL"),
    )


def _standing_rulings() -> None:
    op.create_table(
        "standing_rulings",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("ruling_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name="fk_standing_rulings_task_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name="fk_standing_rulings_project_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ruling_id"], ["rulings.id"], name="fk_standing_rulings_ruling_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("task_id", name="pk_standing_rulings"),
        sa.UniqueConstraint("ruling_id", name="uq_standing_rulings_ruling_id"),
    )
    op.create_index("ix_standing_rulings_project_id", "standing_rulings", ["project_id"])


def _what_follows() -> None:
    """Let results and reviews say which ruling they come from."""
    for table in ("results", "reviews"):
        op.add_column(table, sa.Column("ruling_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(f"fk_{table}_ruling_id", table, "rulings", ["ruling_id"], ["id"])
        op.create_index(
            f"ix_{table}_ruling_id",
            table,
            ["ruling_id"],
            postgresql_where=sa.text("ruling_id IS NOT NULL"),
        )
    op.drop_constraint(op.f("ck_results_label"), "results")
    op.create_check_constraint(
        op.f("ck_results_label"),
        "results",
        "state <> 'resolved' OR label IS NOT NULL OR ruling_id IS NOT NULL",
    )


def _rulings_are_adjudications() -> None:
    for name in ("project_id", "dispute_id", "task_id"):
        op.drop_index(f"ix_rulings_{name}_id", "rulings")
    op.execute("DELETE FROM rulings WHERE NOT is_final OR verdict = 'withdrawn'")
    for check in ("verdict", "label", "reason", "overturns"):
        op.drop_constraint(op.f(f"ck_rulings_{check}"), "rulings")
    for column in (
        "task_id", "verdict", "is_final", "promote", "known_before", "applied_from_id", "user_id",
    ):  # fmt: skip
        op.drop_column("rulings", column)
    for key in KEYS:
        _rename(f"fk_rulings_{key}", f"fk_adjudications_{key}")
    _rename("uq_rulings_overturns_id", "uq_adjudications_overturns_id")
    _rename("pk_rulings", "pk_adjudications")
    op.execute(
        "ALTER TRIGGER rulings_are_immutable ON rulings RENAME TO adjudications_are_immutable"
    )
    op.rename_table("rulings", "adjudications")
    for key in ("dispute_id", "project_id"):
        op.create_index(f"ix_adjudications_{key}", "adjudications", [key])


def _disputes_have_a_reason() -> None:
    op.add_column("disputes", sa.Column("reason", sa.Text(), nullable=True))
    op.execute("UPDATE disputes SET reason = causes[1]")
    op.alter_column("disputes", "reason", nullable=False)
    for column in (
        "causes", "version", "worth", "alike", "deadline_at", "fingerprint", "claimed_by",
        "claimed_until", "proposers",
    ):  # fmt: skip
        op.drop_column("disputes", column)


def _rename(constraint: str, name: str) -> None:
    op.execute(f"ALTER TABLE rulings RENAME CONSTRAINT {constraint} TO {name}")
