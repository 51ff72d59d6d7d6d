"""What annotators may see of their own work in a project, and object to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import NotFound
from crowd.services import appeals, quality
from crowd.services.quality import Quality
from crowd.services.visits import Guest

#: Answers looked back on for rejections, and rejections that are shown.
BACK, SHOWN = 500, 20


@dataclass(frozen=True, slots=True)
class OwnWork:
    #: Answers given in the project.
    answers: int
    #: None: nothing is paid.
    currency: str | None
    earned: Decimal
    #: For what is held, and for answers that wait for a review.
    held: Decimal
    #: None: the project tells annotators nothing of it, or they have not begun.
    quality: Quality | None
    #: Actions in force: id, kind, created_at, ends_at, appeal (its state, or None).
    actions: Sequence[Any]
    #: Rejected answers, the newest first: id, label, submitted_at, reason, comment, appeal.
    rejected: Sequence[Any]


def read(session: Session, guest: Guest) -> OwnWork:
    """Read what a guest may see of itself: some five looks by index, at its last answers alone."""
    key = {"project": guest.project_id, "annotator": guest.annotator_id}
    balance = rows(session, _BALANCE, **key)
    who = guest.project_id, guest.annotator_id
    try:
        told = quality.read(session, guest.caller, *who) if balance else None
    except NotFound:
        told = None
    answers, earned, held, currency = balance[0] if balance else (0, Decimal(0), Decimal(0), None)
    return OwnWork(
        answers=answers,
        currency=currency,
        earned=earned,
        held=held,
        quality=told,
        actions=rows(session, _ACTIONS, **key),
        rejected=rows(session, _REJECTED, back=BACK, shown=SHOWN, **key),
    )


def object_to(
    session: Session, guest: Guest, kind: str, subject_id: uuid.UUID, *, comment: str
) -> None:
    """Appeal against an action about the guest, or the rejection of its answer.

    Raises NotFound, Conflict.
    """
    own = {"action": _OWN_ACTION, "answer": _OWN_ANSWER}.get(kind)
    if own is None or not rows(session, own, subject=subject_id, annotator=guest.annotator_id):
        raise NotFound("There is nothing like that to object to.")
    if kind == "action":
        appeals.against_action(session, guest.caller, subject_id, comment=comment)
    else:
        appeals.against_judgement(session, guest.caller, subject_id, comment=comment)


_BALANCE = """
SELECT w.answered, w.earned, w.held, c.currency
FROM participations w JOIN projects p ON p.id = w.project_id
JOIN project_configs c ON c.project_id = p.id AND c.version = p.config_version
WHERE w.project_id = %(project)s AND w.annotator_id = %(annotator)s
"""
_ACTIONS = """
SELECT k.id, k.kind, k.created_at, k.ends_at, p.state AS appeal
FROM actions k LEFT JOIN appeals p ON p.action_id = k.id
WHERE k.annotator_id = %(annotator)s AND k.project_id = %(project)s
  AND k.undone_at IS NULL AND k.ended_at IS NULL AND (k.ends_at IS NULL OR k.ends_at > now())
ORDER BY k.id DESC
"""
_REJECTED = """
SELECT n.id, n.label, n.submitted_at, r.reason, r.comment, p.state AS appeal
FROM (
    SELECT id, label, submitted_at, project_id FROM answers WHERE annotator_id = %(annotator)s
    ORDER BY id DESC LIMIT %(back)s
) n
CROSS JOIN LATERAL (
    SELECT verdict, reason, comment FROM reviews
    WHERE answer_id = n.id ORDER BY number DESC LIMIT 1
) r
LEFT JOIN appeals p ON p.answer_id = n.id
WHERE n.project_id = %(project)s AND r.verdict = 'rejected'
ORDER BY n.id DESC LIMIT %(shown)s
"""
_OWN_ACTION = "SELECT FROM actions WHERE id = %(subject)s AND annotator_id = %(annotator)s"
_OWN_ANSWER = "SELECT FROM answers WHERE id = %(subject)s AND annotator_id = %(annotator)s"
