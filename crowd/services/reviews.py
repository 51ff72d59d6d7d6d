"""Whether answers are accepted: what they earn hangs on it. What they count for does not.

An answer without a review is accepted, unless it still waits for one. All that moves money of an
annotator in a project takes turns by the lock on its participation.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from crowd.db import new_id, rows
from crowd.errors import NotFound
from crowd.models import Annotator, Answer, AwaitedReview, Project, Review
from crowd.services import audit, outbox, pay
from crowd.services.tenants import Caller


def accept(
    session: Session,
    caller: Caller,
    answer_id: uuid.UUID,
    *,
    comment: str | None = None,
    ruling_id: uuid.UUID | None = None,
) -> Review:
    """Accept an answer: it earns what was held for it, or earns again. Raises NotFound.

    Accepting it twice changes nothing. `ruling_id`: what it follows from.
    """
    return _judge(session, caller, answer_id, "accepted", None, comment, ruling_id)


def reject(
    session: Session,
    caller: Caller,
    answer_id: uuid.UUID,
    *,
    reason: str,
    comment: str | None = None,
    ruling_id: uuid.UUID | None = None,
) -> Review:
    """Reject an answer: what was held is free again, what was earned is taken back.

    Rejecting it twice changes nothing. Raises NotFound.
    """
    return _judge(session, caller, answer_id, "rejected", reason, comment, ruling_id)


def of_answer(session: Session, caller: Caller, answer_id: uuid.UUID) -> Sequence[Review]:
    """List the reviews of an answer, the newest first, for either side. Raises NotFound."""
    theirs = (
        select(Answer.id)
        .join(Project, Project.id == Answer.project_id)
        .join(Annotator, Annotator.id == Answer.annotator_id)
        .where(
            Answer.id == answer_id,
            or_(Project.tenant_id == caller.tenant_id, Annotator.tenant_id == caller.tenant_id),
        )
    )
    if session.scalar(theirs) is None:
        raise NotFound("There is no such answer.")
    query = select(Review).filter_by(answer_id=answer_id).order_by(Review.number.desc())
    return session.scalars(query).all()


def accept_due(session: Session, *, limit: int) -> int:
    """Accept answers that nobody has reviewed in time; returns how many there were."""
    due = rows(session, _DUE, limit=limit)
    if not due:
        return 0
    ids = [row.id for row in due]
    session.execute(delete(AwaitedReview).where(AwaitedReview.answer_id.in_(ids)))
    verdict = {"number": 1, "verdict": "accepted", "by_time": True}
    session.execute(insert(Review), [{"id": new_id(), "answer_id": one, **verdict} for one in ids])
    pay.settle(session, ids)
    outbox.publish(session, "answer.accepted", subject_ids=ids)
    return len(due)


def _judge(
    session: Session,
    caller: Caller,
    answer_id: uuid.UUID,
    verdict: str,
    reason: str | None,
    comment: str | None,
    ruling_id: uuid.UUID | None,
) -> Review:
    found = rows(session, _LOCK, answer=answer_id, tenant=caller.tenant_id)
    if not found:
        raise NotFound("There is no such answer in a project of yours.")
    (answer,) = found
    newest = session.scalars(
        select(Review).filter_by(answer_id=answer_id).order_by(Review.number.desc()).limit(1)
    ).first()
    if newest is not None and newest.verdict == verdict:
        return newest
    session.execute(delete(AwaitedReview).filter_by(answer_id=answer_id))
    review = Review(
        answer_id=answer_id,
        number=1 if newest is None else newest.number + 1,
        verdict=verdict,
        reason=reason,
        comment=comment,
        by_time=False,
        ruling_id=ruling_id,
        api_key_id=caller.key_id,
    )
    session.add(review)
    session.flush()
    pay.settle(session, [answer_id])
    audit.note(session, caller, f"answer.{verdict}", answer_id, reason=reason, comment=comment)
    outbox.publish(
        session, f"answer.{verdict}", project_id=answer.project_id, subject_ids=[answer_id]
    )
    return review


_LOCK = """
SELECT n.project_id
FROM answers n
JOIN projects p ON p.id = n.project_id
JOIN participations w ON w.project_id = n.project_id AND w.annotator_id = n.annotator_id
WHERE n.id = %(answer)s AND p.tenant_id = %(tenant)s
FOR NO KEY UPDATE OF w
"""
# what is in the middle of a request is left for the next round
_DUE = """
SELECT n.id FROM awaited_reviews r
JOIN answers n ON n.id = r.answer_id
JOIN participations w ON w.project_id = n.project_id AND w.annotator_id = n.annotator_id
WHERE r.due_at <= now()
ORDER BY r.due_at LIMIT %(limit)s
FOR NO KEY UPDATE OF w, r SKIP LOCKED
"""
