"""Whose accuracy changes as time goes on, by a project's newest survey."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from crowd.models import Annotator, Drift, Tenant
from crowd.services import projects
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller


def record(session: Session, project_id: uuid.UUID, found: Iterable[Mapping[str, Any]]) -> None:
    """Put what a survey found of each annotator in the place of what the one before did."""
    session.execute(delete(Drift).where(Drift.project_id == project_id))
    if kept := [{"project_id": project_id, **one} for one in found]:
        session.execute(insert(Drift), kept)


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    changed: bool | None,
    annotator_id: uuid.UUID | None = None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List who was tested: all, or those who changed, or not; or one of them.

    Rows have the columns of `Drift` and the `marketplace`. By the index on a project's annotators,
    and a partial one on those who changed.
    """
    projects.find(session, caller, project_id)
    query = (
        select(Drift.__table__, Tenant.name.label("marketplace"))
        .join(Annotator, Annotator.id == Drift.annotator_id)
        .join(Tenant, Tenant.id == Annotator.tenant_id)
        .where(Drift.project_id == project_id)
    )
    if changed is not None:
        query = query.where(Drift.changed if changed else ~Drift.changed)
    if annotator_id is not None:
        query = query.where(Drift.annotator_id == annotator_id)
    return one_page(session, query, Drift.annotator_id, after=after, limit=limit)
