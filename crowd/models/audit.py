"""Who changed what, when, from which request. Rows are never changed."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class AuditEntry(Model):
    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_tenant_id_id", "tenant_id", "id"),
        Index("ix_audit_entries_tenant_id_subject_id_id", "tenant_id", "subject_id", "id"),
        Index("ix_audit_entries_tenant_id_action_id", "tenant_id", "action", "id"),
        Index("ix_audit_entries_tenant_id_api_key_id_id", "tenant_id", "api_key_id", "id"),
        Index("ix_audit_entries_tenant_id_user_id_id", "tenant_id", "user_id", "id"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    #: By a key, or by a user at the console; neither: the operator, at the command line.
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    #: noun.past-tense
    action: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    #: What is new, by field.
    change: Mapped[dict[str, Any]]
    created_at: Mapped[CreatedAt]
