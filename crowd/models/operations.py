"""Work that goes on in the background: files in and out in chunks, bulk acts, what-ifs."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import CreatedAt, Id, Model


class Operation(Model):
    """Something long. It moves on part by part, each with its place in one commit."""

    __tablename__ = "operations"
    __table_args__ = (
        CheckConstraint("kind IN ('import', 'export', 'act', 'what_if')", name="kind"),
        CheckConstraint(
            "state IN ('held', 'queued', 'running', 'done', 'failed', 'cancelled')", name="state"
        ),
        CheckConstraint("state <> 'held' OR kind = 'import'", name="held"),
        CheckConstraint("(kind = 'export') = (what IS NOT NULL)", name="what"),
        CheckConstraint("(kind IN ('import', 'export')) = (form IS NOT NULL)", name="form"),
        CheckConstraint("(kind IN ('act', 'what_if')) = (request IS NOT NULL)", name="request"),
        Index("ix_operations_tenant_id_id", "tenant_id", "id"),
        Index("ix_operations_project_id", "project_id"),
        Index("ix_operations_finished_at", "finished_at"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    #: Of an export: results, answers or predictions.
    what: Mapped[str | None]
    #: Form of the file: ndjson or csv. None: there is no file.
    form: Mapped[str | None]
    #: What is to be done in bulk, to whom; or what a what-if asks.
    request: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: What came of a what-if.
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: held: a file that waits until somebody has looked at its first lines.
    state: Mapped[str] = mapped_column(default="queued")
    #: How far it is: bytes read of an import's file, lines written of an export's, annotators.
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    #: Bytes of the import's file; lines there were when the export began; annotators in all.
    total: Mapped[int] = mapped_column(BigInteger)
    #: Bytes of the file that is kept.
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    received: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    #: Where an import goes on: number of the last line read, and the header of a CSV.
    line: Mapped[int] = mapped_column(default=0)
    header: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    #: Where an export goes on: id of the last line written.
    after_id: Mapped[uuid.UUID | None]
    #: Errors of ours in a row at the same place.
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: Why it failed.
    error: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class FileChunk(Model):
    """A piece of an operation's file. The database is the one place all hosts share."""

    __tablename__ = "file_chunks"

    operation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("operations.id", ondelete="CASCADE"), primary_key=True
    )
    #: From 0.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class RejectedLine(Model):
    """A line an import, or an annotator a bulk act, has left out. A line stands here once."""

    __tablename__ = "rejected_lines"
    __table_args__ = (
        UniqueConstraint("operation_id", "line"),
        Index("ix_rejected_lines_operation_id_id", "operation_id", "id"),
    )

    id: Mapped[Id]
    operation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("operations.id", ondelete="CASCADE"))
    #: Its number in the file, or among the annotators, from 1.
    line: Mapped[int]
    field: Mapped[str]
    problem: Mapped[str]
