"""Guidelines: what annotators are to read before they work, and who has accepted which version.

A version is in force by the project's configuration, whose own version stands on every assignment
and every answer: so each answer tells by which guideline it was given.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.db import new_id, rows
from crowd.errors import Conflict, NotFound
from crowd.models import Guideline, GuidelineAcceptance, Project
from crowd.services import audit, participations, projects
from crowd.services.tenants import Caller


def add(session: Session, caller: Caller, project_id: uuid.UUID, *, body: str) -> Guideline:
    """Keep the next version of a project's guideline; it is not in force yet. Raises NotFound."""
    projects.find(session, caller, project_id)
    # two at a time would be the same version
    session.execute(select(Project.id).filter_by(id=project_id).with_for_update(key_share=True))
    newest = select(func.max(Guideline.version)).filter_by(project_id=project_id)
    version = (session.scalar(newest) or 0) + 1
    guideline = Guideline(
        project_id=project_id, version=version, body=body, api_key_id=caller.key_id
    )
    session.add(guideline)
    session.flush()
    audit.note(session, caller, "guideline.added", project_id, version=version)
    return guideline


def in_force(session: Session, caller: Caller, project_id: uuid.UUID) -> Guideline:
    """Read the version in force. Raises NotFound, also where there is none."""
    config = projects.find(session, caller, project_id).config
    if config.guideline is None:
        raise NotFound("The project has no guideline in force.")
    return session.get_one(Guideline, (project_id, config.guideline))


def version(session: Session, project_id: uuid.UUID, number: int) -> Guideline | None:
    """Read a version, for somebody who holds an assignment that was handed out under it."""
    return session.get(Guideline, (project_id, number))


def versions(session: Session, caller: Caller, project_id: uuid.UUID) -> Sequence[Guideline]:
    """List every version of a project's guideline, the newest first. Raises NotFound."""
    projects.find(session, caller, project_id)
    query = select(Guideline).filter_by(project_id=project_id)
    return session.scalars(query.order_by(Guideline.version.desc())).all()


def accept(
    session: Session, caller: Caller, project_id: uuid.UUID, *, annotator: str, version: int
) -> GuidelineAcceptance:
    """Note that an annotator has read and accepted the version in force.

    A second time changes nothing. Raises NotFound, and Conflict for any other version.
    """
    entry = participations.enter(session, caller, project_id, annotator)
    if entry.terms.guideline is None:
        raise NotFound("The project has no guideline in force.")
    if version != entry.terms.guideline:
        raise Conflict(
            f"Version {entry.terms.guideline} is in force by now: have the annotator read that."
        )
    key = {"project_id": project_id, "annotator_id": entry.annotator_id, "version": version}
    # its requests take turns: no two make the same row
    accepted = session.scalar(select(GuidelineAcceptance).filter_by(**key))
    if accepted is None:
        accepted = GuidelineAcceptance(id=new_id(), **key)
        session.add(accepted)
        session.flush()
    rows(session, _ACCEPTED, project=project_id, annotator=entry.annotator_id, version=version)
    return accepted


_ACCEPTED = """
UPDATE participations SET guideline = %(version)s
WHERE project_id = %(project)s AND annotator_id = %(annotator)s
"""
