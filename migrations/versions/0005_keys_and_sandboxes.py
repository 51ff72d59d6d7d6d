"""Keys that are rotated, limited and seen to be used; sandboxes beside real tenants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("last_used_at", sa.DateTime(timezone=True)))
    op.add_column("api_keys", sa.Column("rate_limit", sa.Integer()))
    op.add_column("api_keys", sa.Column("rotated_at", sa.DateTime(timezone=True)))
    op.create_check_constraint(op.f("ck_api_keys_rate_limit"), "api_keys", "rate_limit >= 1")

    op.add_column("tenants", sa.Column("sandbox_of", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_tenants_sandbox_of"),
        "tenants",
        "tenants",
        ["sandbox_of"],
        ["id"],
        ondelete="CASCADE",
    )
    # a sandbox bears its tenant's name
    op.drop_constraint(op.f("uq_tenants_name"), "tenants", type_="unique")
    live = sa.text("sandbox_of IS NULL")
    op.create_index("ux_tenants_name", "tenants", ["name"], unique=True, postgresql_where=live)
    op.create_index("ux_tenants_sandbox_of_kind", "tenants", ["sandbox_of", "kind"], unique=True)
