"""Who is told of an event, and what: ids only, so that a message can be lost or read by others.

What a marketplace is told is made here and nowhere else. It never names a task: a marketplace
knows tasks by references of its own, and what it hears must not depend on which are gold.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.models import (
    Action,
    Annotator,
    Answer,
    Appeal,
    Assignment,
    Ban,
    Dispute,
    Exclusion,
    OutboxEvent,
    Project,
    ProjectMarketplace,
)
from crowd.services.webhooks import TOPICS


@dataclass(frozen=True, slots=True)
class Notice:
    """One event, as one tenant is told of it."""

    tenant_id: uuid.UUID
    event_id: int
    topic: str
    at: datetime
    #: Names of ids, and the ids.
    ids: dict[str, uuid.UUID | None]


def notices(session: Session, events: Sequence[OutboxEvent]) -> Iterator[Notice]:
    """Address some events to the tenants that may hear of them.

    An event whose subject is gone by now is nobody's any more.
    """
    by_noun: dict[str, list[OutboxEvent]] = defaultdict(list)
    for event in events:
        by_noun[event.topic.partition(".")[0]].append(event)
    yield from _of_requesters(session, [e for n in ("task", "result") for e in by_noun[n]])
    yield from _of_disputes(session, by_noun["dispute"])
    yield from _of_projects(session, by_noun["project"])
    yield from _of_assignments(session, by_noun["assignment"])
    yield from _of_answers(session, by_noun["answer"])
    yield from _of_annotators(session, by_noun["annotator"] + by_noun["qualification"])
    for noun in _BETWEEN:
        yield from _of_both_sides(session, noun, by_noun[noun])


def _of_requesters(session: Session, events: Sequence[OutboxEvent]) -> Iterator[Notice]:
    projects = _projects(session, events)
    for event in events:
        if (project := projects.get(event.project_id)) is not None:
            ids = {"project_id": project.id, "task_id": event.subject_id}
            yield _notice(project.tenant_id, event, ids)


def _of_disputes(session: Session, events: Sequence[OutboxEvent]) -> Iterator[Notice]:
    query = select(Dispute.id, Dispute.project_id, Dispute.task_id, Project.tenant_id)
    found = session.execute(
        query.join(Project, Project.id == Dispute.project_id).where(
            Dispute.id.in_(_subjects(events))
        )
    )
    rows = {row.id: row for row in found}
    for event in events:
        if (row := rows.get(event.subject_id)) is not None:
            ids = {"project_id": row.project_id, "task_id": row.task_id, "dispute_id": row.id}
            yield _notice(row.tenant_id, event, ids)


def _of_projects(session: Session, events: Sequence[OutboxEvent]) -> Iterator[Notice]:
    projects = _projects(session, events)
    open_to = defaultdict(list)
    for row in session.scalars(
        select(ProjectMarketplace).where(ProjectMarketplace.project_id.in_(projects))
    ):
        open_to[row.project_id].append(row.tenant_id)
    for event in events:
        project = projects.get(event.project_id)
        if project is None:
            continue
        ids: dict[str, uuid.UUID | None] = {"project_id": project.id}
        if event.topic in TOPICS["requester"]:
            yield _notice(project.tenant_id, event, ids)
        # a draft is nobody's business but its author's
        if event.topic in TOPICS["marketplace"] and project.state != "draft":
            # of an opening or a closing only the marketplace hears that it is about
            about_one = event.topic in ("project.opened", "project.closed")
            told = [event.subject_id] if about_one else open_to[project.id]
            yield from (_notice(tenant, event, ids) for tenant in told if tenant)


def _of_assignments(session: Session, events: Sequence[OutboxEvent]) -> Iterator[Notice]:
    found = session.execute(
        select(Assignment.id, Assignment.project_id, Assignment.annotator_id, Annotator.tenant_id)
        .join(Annotator, Annotator.id == Assignment.annotator_id)
        .where(Assignment.id.in_(_subjects(events)))
    )
    rows = {row.id: row for row in found}
    for event in events:
        if (row := rows.get(event.subject_id)) is not None:
            ids = {
                "project_id": row.project_id,
                "annotator_id": row.annotator_id,
                "assignment_id": row.id,
            }
            yield _notice(row.tenant_id, event, ids)


def _of_answers(session: Session, events: Sequence[OutboxEvent]) -> Iterator[Notice]:
    found = session.execute(
        select(
            Answer.id,
            Answer.project_id,
            Answer.annotator_id,
            Answer.assignment_id,
            Annotator.tenant_id,
        )
        .join(Annotator, Annotator.id == Answer.annotator_id)
        .where(Answer.id.in_(_subjects(events)))
    )
    rows = {row.id: row for row in found}
    for event in events:
        if (row := rows.get(event.subject_id)) is not None:
            ids = {
                "project_id": row.project_id,
                "annotator_id": row.annotator_id,
                "assignment_id": row.assignment_id,
                "answer_id": row.id,
            }
            yield _notice(row.tenant_id, event, ids)


def _of_annotators(session: Session, events: Sequence[OutboxEvent]) -> Iterator[Notice]:
    found = session.execute(
        select(Annotator.id, Annotator.tenant_id).where(Annotator.id.in_(_subjects(events)))
    )
    tenants = {row.id: row.tenant_id for row in found}
    for event in events:
        if event.subject_id in tenants:
            yield _notice(tenants[event.subject_id], event, {"annotator_id": event.subject_id})


def _of_both_sides(session: Session, noun: str, events: Sequence[OutboxEvent]) -> Iterator[Notice]:
    """Address what is between an annotator's marketplace and a requester."""
    name, subject_id, query = _BETWEEN[noun]
    rows = {row.id: row for row in session.execute(query.where(subject_id.in_(_subjects(events))))}
    for event in events:
        if (row := rows.get(event.subject_id)) is not None:
            ids = {"project_id": row.project_id} if "project_id" in row._fields else {}
            ids |= {"annotator_id": row.annotator_id, name: row.id}
            for side in ("marketplace", "requester"):
                if event.topic in TOPICS[side]:
                    yield _notice(getattr(row, side), event, ids)


def _between(model: Any, requester: Any, *more: Any) -> Any:
    sides = Annotator.tenant_id.label("marketplace"), requester.label("requester")
    query = select(model.id, model.annotator_id, *more, *sides)
    return query.join(Annotator, Annotator.id == model.annotator_id)


def _notice(tenant_id: uuid.UUID, event: OutboxEvent, ids: dict[str, uuid.UUID | None]) -> Notice:
    return Notice(tenant_id, event.id, event.topic, event.created_at, ids)


def _projects(session: Session, events: Sequence[OutboxEvent]) -> dict[uuid.UUID | None, Project]:
    ids = {event.project_id for event in events}
    return {p.id: p for p in session.scalars(select(Project).where(Project.id.in_(ids)))}


def _subjects(events: Sequence[OutboxEvent]) -> set[uuid.UUID | None]:
    return {event.subject_id for event in events}


def _of_a_project(model: Any) -> Any:
    query = _between(model, Project.tenant_id, model.project_id)
    return query.join(Project, Project.id == model.project_id)


#: By the topic's noun: what its id is called, and what it is; whose it is, on both sides.
_BETWEEN: dict[str, tuple[str, Any, Any]] = {
    "action": ("action_id", Action.id, _of_a_project(Action)),
    "ban": ("ban_id", Ban.id, _between(Ban, Ban.tenant_id)),
    "pay": ("exclusion_id", Exclusion.id, _of_a_project(Exclusion)),
    # of a project, or against a ban
    "appeal": (
        "appeal_id",
        Appeal.id,
        _between(Appeal, func.coalesce(Project.tenant_id, Ban.tenant_id), Appeal.project_id)
        .outerjoin(Project, Project.id == Appeal.project_id)
        .outerjoin(Ban, Ban.id == Appeal.ban_id),
    ),
}
