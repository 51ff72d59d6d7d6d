"""Prices, a ledger of transfers, reviews and bonuses."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

MONEY = sa.Numeric(20, 6)
IMMUTABLE = ("bonuses", "reviews")


def upgrade() -> None:
    _projects()
    _participations()
    _bonuses()
    _transfers()
    _reviews()
    _awaited_reviews()
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_are_immutable BEFORE UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_update()"
        )
    # what goes with its project goes by way of the references' own triggers: one level deeper
    op.execute(
        "CREATE TRIGGER transfers_are_immutable BEFORE UPDATE OR DELETE ON transfers "
        "FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_update()"
    )


def downgrade() -> None:
    for table in ("awaited_reviews", "reviews", "transfers", "bonuses"):
        op.drop_table(table)
    for column in ("held", "earned"):
        op.drop_column("participations", column)
    for column in ("budget", "review_seconds", "price", "currency"):
        op.drop_column("project_configs", column)


def _projects() -> None:
    op.add_column("project_configs", sa.Column("price", MONEY))
    op.add_column("project_configs", sa.Column("currency", sa.Text()))
    op.add_column(
        "project_configs",
        sa.Column("review_seconds", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column("project_configs", sa.Column("budget", MONEY))
    for name, condition in {
        "price": "price BETWEEN 0 AND 10000",
        "currency": "currency ~ '^[A-Z]{3}$'",
        "money": "coalesce(price, budget) IS NULL OR currency IS NOT NULL",
        "review": "review_seconds BETWEEN 0 AND 7776000",
        "budget_price": "budget >= coalesce(price, 0)",
    }.items():
        op.create_check_constraint(op.f(f"ck_project_configs_{name}"), "project_configs", condition)


def _participations() -> None:
    for column in ("held", "earned"):
        op.add_column(
            "participations", sa.Column(column, MONEY, server_default="0", nullable=False)
        )
    op.create_check_constraint(
        op.f("ck_participations_money"), "participations", "held >= 0 AND earned >= 0"
    )


def _bonuses() -> None:
    op.create_table(
        "bonuses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        _created_at(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_bonuses_amount")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_bonuses_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.id"], name=op.f("fk_bonuses_annotator_id")
        ),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_keys.id"], name=op.f("fk_bonuses_api_key_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bonuses")),
        sa.UniqueConstraint("project_id", "key", name=op.f("uq_bonuses_project_id_key")),
    )


def _transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("annotator_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_account", sa.Text(), nullable=False),
        sa.Column("to_account", sa.Text(), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("closes_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("bonus_id", sa.Uuid(), nullable=True),
        _created_at(),
        *_rules_of_transfers(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    for column in ("closes_id", "reverses_id", "bonus_id"):
        op.create_index(
            f"ux_transfers_{column}",
            "transfers",
            [column],
            unique=True,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.create_index("ix_transfers_assignment_id", "transfers", ["assignment_id"])
    op.create_index("ix_transfers_project_id_id", "transfers", ["project_id", "id"])
    op.create_index("ix_transfers_annotator_id_id", "transfers", ["annotator_id", "id"])


def _rules_of_transfers() -> list[sa.schema.SchemaItem]:
    moves = (
        "('hold', 'project', 'held'), ('release', 'held', 'project'), "
        "('earn', 'held', 'earned'), ('earn', 'project', 'earned'), "
        "('reverse', 'earned', 'project'), ('bonus', 'project', 'earned')"
    )
    conditions = {
        "amount": "amount > 0",
        "move": f"(kind, from_account, to_account) IN ({moves})",
        "closes": "(closes_id IS NOT NULL) = (from_account = 'held')",
        "reverses": "(reverses_id IS NOT NULL) = (kind = 'reverse')",
        "bonus": "(bonus_id IS NOT NULL) = (kind = 'bonus')",
        "assignment": "(assignment_id IS NULL) = (kind = 'bonus')",
    }
    references = {
        "assignment_id": ("assignments.id", "CASCADE"),
        "closes_id": ("transfers.id", None),
        "reverses_id": ("transfers.id", None),
        "bonus_id": ("bonuses.id", "CASCADE"),
    }
    return [
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_transfers_{name}"))
            for name, condition in conditions.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_transfers_{column}"), ondelete=then
            )
            for column, (target, then) in references.items()
        ),
    ]


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("by_time", sa.Boolean(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        _created_at(),
        sa.CheckConstraint("verdict IN ('accepted', 'rejected')", name=op.f("ck_reviews_verdict")),
        sa.CheckConstraint(
            "reason IN ('wrong', 'careless', 'spam', 'duplicate', 'other')",
            name=op.f("ck_reviews_reason"),
        ),
        sa.CheckConstraint(
            "(verdict = 'rejected') = (reason IS NOT NULL)", name=op.f("ck_reviews_rejected")
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_reviews_answer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_keys.id"], name=op.f("fk_reviews_api_key_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("answer_id", "number", name=op.f("uq_reviews_answer_id_number")),
    )


def _awaited_reviews() -> None:
    op.create_table(
        "awaited_reviews",
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["answers.id"],
            name=op.f("fk_awaited_reviews_answer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_awaited_reviews")),
    )
    op.create_index("ix_awaited_reviews_due_at", "awaited_reviews", ["due_at"])


def _created_at() -> sa.Column[Any]:
    return sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("now()"),
        nullable=False,
    )
