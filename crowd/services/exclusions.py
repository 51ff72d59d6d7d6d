"""Taking answers out of account, and bringing them back. The answers themselves never change.

Each answer that leaves frees its slot: a task that now lacks answers is handed out again, up to the
same overlap as before. Every task that is touched is decided anew from what still counts.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.db import checked, each, rows
from crowd.errors import Conflict, NotFound
from crowd.models import Exclusion
from crowd.services import annotators, audit, outbox, participations, pay, projects
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: Tells that a task's answers are not what they were.
TOPIC = "answers.excluded"


def exclude(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    annotator_id: uuid.UUID,
    reason: str,
    since: datetime | None = None,
) -> Exclusion:
    """Take an annotator's answers to a project out of account, or those since a moment.

    Raises NotFound, and Conflict where there are none that count.
    """
    exclusion = _excluded(session, caller, project_id, annotator_id, reason, since)
    if exclusion is None:
        raise Conflict("The annotator has given no answers that count and could be excluded.")
    return exclusion


def exclude_if_any(
    session: Session, caller: Caller, project_id: uuid.UUID, *, annotator_id: uuid.UUID, reason: str
) -> uuid.UUID | None:
    """Take an annotator's answers out of account where there are any. Raises NotFound."""
    exclusion = _excluded(session, caller, project_id, annotator_id, reason, None)
    return None if exclusion is None else exclusion.id


def is_in_force(session: Session, exclusion_id: uuid.UUID) -> bool:
    """Tell whether an exclusion has not been lifted."""
    return session.get_one(Exclusion, exclusion_id, populate_existing=True).lifted_at is None


def _excluded(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    annotator_id: uuid.UUID,
    reason: str,
    since: datetime | None,
) -> Exclusion | None:
    config = projects.find(session, caller, project_id).config
    if not participations.lock(session, project_id, annotator_id):
        raise NotFound("No such annotator has worked on this project.")
    key = {"project": project_id, "annotator": annotator_id}
    chosen = [row.id for row in rows(session, _CHOOSE, since=since, **key)]
    if not chosen:
        return None
    exclusion = Exclusion(
        project_id=project_id,
        annotator_id=annotator_id,
        since=since,
        reason=reason,
        answers=len(chosen),
        withholds_pay=config.currency is not None and not config.pay_excluded,
        api_key_id=caller.key_id,
    )
    session.add(exclusion)
    session.flush()
    rows(session, _EXCLUDE, exclusion=exclusion.id, answers=chosen, project=project_id)
    _pay(session, exclusion, chosen, "withheld")
    _fit_anew(session, project_id)
    audit.note(
        session,
        caller,
        "answers.excluded",
        annotator_id,
        exclusion_id=str(exclusion.id),
        answers=exclusion.answers,
        reason=reason,
    )
    return exclusion


def lift(session: Session, caller: Caller, exclusion_id: uuid.UUID) -> Exclusion:
    """Let excluded answers count again, also where others have taken their places meanwhile.

    Raises NotFound, and Conflict where it has been lifted before.
    """
    exclusion = session.get(Exclusion, exclusion_id)
    if exclusion is None:
        raise NotFound("There is no such exclusion.")
    projects.find(session, caller, exclusion.project_id)
    participations.lock(session, exclusion.project_id, exclusion.annotator_id)
    session.refresh(exclusion)
    if exclusion.lifted_at is not None:
        raise Conflict("The exclusion has been lifted already.")
    freed = rows(session, _LIFT, exclusion=exclusion_id, project=exclusion.project_id)
    exclusion.lifted_at = session.scalars(select(func.now())).one()
    exclusion.lifted_by_id = caller.key_id
    _pay(session, exclusion, [row.answer_id for row in freed], "restored")
    _fit_anew(session, exclusion.project_id)
    audit.note(
        session,
        caller,
        "exclusion.lifted",
        exclusion.annotator_id,
        exclusion_id=str(exclusion_id),
        answers=exclusion.answers,
    )
    return exclusion


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    annotator_id: uuid.UUID | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List a project's exclusions, of one annotator or all, the newest first; lifted ones too."""
    projects.find(session, caller, project_id)
    query = select(Exclusion).where(Exclusion.project_id == project_id)
    if annotator_id is not None:
        query = query.where(Exclusion.annotator_id == annotator_id)
    return one_page(session, query, Exclusion.id, after=after, limit=limit, newest_first=True)


def page_of_annotator(
    session: Session,
    caller: Caller,
    annotator_id: uuid.UUID,
    *,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List exclusions that withhold pay from one of the caller's annotators, the newest first.

    What only changes labels is the requester's own business. Raises NotFound.
    """
    annotators.find(session, caller, annotator_id)
    query = select(Exclusion).where(Exclusion.annotator_id == annotator_id, Exclusion.withholds_pay)
    return one_page(session, query, Exclusion.id, after=after, limit=limit, newest_first=True)


def revisions(
    session: Session, project_id: uuid.UUID, task_ids: list[uuid.UUID] | None = None
) -> dict[uuid.UUID, int]:
    """Read the revisions of some of a project's tasks, or all; those that are 0 are left out.

    To be read before the answers: a decision is then never taken for one that has seen more.
    """
    found = rows(session, _REVISIONS, project=project_id, tasks=task_ids)
    return {row.id: row.revision for row in found}


def _pay(
    session: Session, exclusion: Exclusion, answer_ids: Sequence[uuid.UUID], said: str
) -> None:
    """Take back what the answers have earned, or pay it again, where pay follows exclusions."""
    if exclusion.withholds_pay:
        pay.settle(session, answer_ids)
        outbox.publish(
            session, f"pay.{said}", project_id=exclusion.project_id, subject_ids=[exclusion.id]
        )


def has_any(session: Session, project_id: uuid.UUID) -> bool:
    """Tell whether some answers to a project do not count."""
    query = select(Exclusion.id).filter_by(project_id=project_id, lifted_at=None)
    return session.scalar(query.limit(1)) is not None


def _fit_anew(session: Session, project_id: uuid.UUID) -> None:
    """Ask for a fit: what is known of everybody has come from these answers too."""
    outbox.publish(session, "refit.requested", project_id=project_id, subject_ids=[project_id])


_TOLD = f"""
told AS (
    INSERT INTO outbox (topic, project_id, subject_id)
    SELECT '{TOPIC}', %(project)s, id FROM moved
)"""
# an annotator has one answer a task: each moves by one
_CHOOSE = f"""
SELECT a.id FROM answers a
WHERE a.annotator_id = %(annotator)s AND {checked("a.project_id = %(project)s")}
  AND (%(since)s::timestamptz IS NULL OR a.submitted_at >= %(since)s)
  AND NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = a.id)
"""
_EXCLUDE = f"""
WITH chosen AS MATERIALIZED (
    SELECT id, task_id FROM answers WHERE id = ANY (%(answers)s)
),
locked AS (
    SELECT id FROM tasks WHERE id = ANY (ARRAY(SELECT task_id FROM chosen))
    ORDER BY id FOR NO KEY UPDATE
),
moved AS (
    UPDATE tasks t SET answered = answered - 1, excluded = excluded + 1,
                       revision = revision + 1, seen = 0
    FROM locked WHERE {each("t.id", "locked.id")}
    RETURNING t.id
),
{_TOLD}
INSERT INTO excluded_answers (answer_id, exclusion_id)
SELECT id, %(exclusion)s FROM chosen
"""
# where others have answered instead, all of them count: the task holds more than it asked for
_LIFT = f"""
WITH freed AS MATERIALIZED (
    SELECT a.task_id FROM excluded_answers e JOIN answers a ON {each("a.id", "e.answer_id")}
    WHERE e.exclusion_id = %(exclusion)s
),
locked AS (
    SELECT id FROM tasks WHERE id = ANY (ARRAY(SELECT task_id FROM freed))
    ORDER BY id FOR NO KEY UPDATE
),
moved AS (
    UPDATE tasks t SET answered = answered + 1, excluded = excluded - 1,
                       revision = revision + 1, seen = 0,
                       wanted = greatest(wanted, leased + answered + 1),
                       cap = greatest(cap, leased + answered + 1)
    FROM locked WHERE {each("t.id", "locked.id")}
    RETURNING t.id
),
{_TOLD}
DELETE FROM excluded_answers WHERE exclusion_id = %(exclusion)s RETURNING answer_id
"""
_REVISIONS = """
SELECT id, revision FROM tasks
WHERE project_id = %(project)s AND revision > 0
  AND (%(tasks)s::uuid[] IS NULL OR id = ANY(%(tasks)s::uuid[]))
"""
