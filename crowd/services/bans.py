"""Annotators whom a requester lets work on none of its projects, and those it lets work again.

A ban is a row that stays. What it comes to stands on the participations, as with actions; whoever
joins a project of the requester's later has it from the beginning.
"""

from __future__ import annotations

import uuid

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import new_id
from crowd.errors import Conflict, NotFound
from crowd.models import Ban, Project
from crowd.services import annotators, assignments, audit, outbox, participations
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller


def impose(session: Session, caller: Caller, *, annotator_id: uuid.UUID, reason: str) -> Ban:
    """Keep an annotator from all projects of the caller's, also from those there are not yet.

    What it holds in them is returned, and its slots are free at once; answers it has given stay.
    Raises NotFound, and Conflict where it is banned already.
    """
    if not _lock(session, caller, annotator_id):
        raise NotFound("No such annotator has worked on a project of yours.")
    made = session.scalar(
        insert(Ban)
        .values(
            id=new_id(),
            tenant_id=caller.tenant_id,
            annotator_id=annotator_id,
            reason=reason,
            api_key_id=caller.key_id,
        )
        .on_conflict_do_nothing()
        .returning(Ban.id)
    )
    if made is None:
        raise Conflict("The annotator is banned already.")
    projects = _stand(session, caller, annotator_id)
    held = participations.held_by(session, annotator_id, projects)
    assignments.close(session, held, "returned")
    said = {"ban_id": str(made), "reason": reason, "returned": len(held)}
    audit.note(session, caller, "ban.imposed", annotator_id, **said)
    outbox.publish(session, "ban.imposed", subject_ids=[made])
    return session.get_one(Ban, made)


def lift(session: Session, caller: Caller, ban_id: uuid.UUID, *, reason: str) -> Ban:
    """Let an annotator work again, where nothing else keeps it from that.

    What was returned stays returned. Raises NotFound, and Conflict where it has been lifted before.
    """
    ban = session.scalar(select(Ban).filter_by(id=ban_id, tenant_id=caller.tenant_id))
    if ban is None:
        raise NotFound("There is no such ban of yours.")
    _lock(session, caller, ban.annotator_id)
    session.refresh(ban, with_for_update=True)
    if ban.lifted_at is not None:
        raise Conflict("The ban has been lifted already.")
    now = session.scalars(select(func.now())).one()
    ban.lifted_at, ban.lifted_by_id, ban.lifted_reason = now, caller.key_id, reason
    session.flush()
    _stand(session, caller, ban.annotator_id)
    said = {"ban_id": str(ban_id), "reason": reason}
    audit.note(session, caller, "ban.lifted", ban.annotator_id, **said)
    outbox.publish(session, "ban.lifted", subject_ids=[ban_id])
    return ban


def is_banned(session: Session, project_id: uuid.UUID, annotator_id: uuid.UUID) -> bool:
    """Tell whether an annotator is banned by the requester of a project."""
    whose = select(Project.tenant_id).filter_by(id=project_id).scalar_subquery()
    query = select(Ban.id).where(Ban.annotator_id == annotator_id, Ban.tenant_id == whose)
    return session.scalar(query.where(Ban.lifted_at.is_(None))) is not None


def one_page_of(
    session: Session,
    caller: Caller,
    *,
    annotator_id: uuid.UUID | None,
    in_force: bool | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List the caller's bans, the newest first; lifted ones too."""
    query = select(Ban).where(Ban.tenant_id == caller.tenant_id)
    if annotator_id is not None:
        query = query.where(Ban.annotator_id == annotator_id)
    if in_force is not None:
        query = query.where(Ban.lifted_at.is_(None) == in_force)
    return one_page(session, query, Ban.id, after=after, limit=limit, newest_first=True)


def page_of_annotator(
    session: Session,
    caller: Caller,
    annotator_id: uuid.UUID,
    *,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List the bans of one of the caller's annotators, the newest first. Raises NotFound."""
    annotators.find(session, caller, annotator_id)
    query = select(Ban).where(Ban.annotator_id == annotator_id)
    return one_page(session, query, Ban.id, after=after, limit=limit, newest_first=True)


def _lock(session: Session, caller: Caller, annotator_id: uuid.UUID) -> bool:
    """Let an annotator do nothing in the caller's projects, and join none; tells if it is in any.

    Participations first: so does who hands in to one project and joins another in one request.
    """
    projects = participations.lock_all(session, annotator_id, caller.tenant_id)
    if projects:
        participations.keep_from_joining(session, annotator_id)
    return bool(projects)


def _stand(session: Session, caller: Caller, annotator_id: uuid.UUID) -> list[uuid.UUID]:
    """Bring the annotator's participations in the caller's projects to what is in force by now."""
    projects = participations.lock_all(session, annotator_id, caller.tenant_id)
    participations.stand(session, annotator_id, projects)
    return projects
