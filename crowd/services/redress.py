"""What a ruling means for those who answered: appeals are decided by it, and pay may follow.

Pay follows where a project's `rulings.judges` says so. An answer against the ruled label is
rejected only for `annotator_error`: nobody pays for an item that was ambiguous or broken. What a
person has reviewed, or another reason has rejected, stays as it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.models import ProjectConfig, Ruling
from crowd.services import appeals, reviews
from crowd.services.answer_kinds import says_same, slack_of
from crowd.services.tenants import Caller


def lock(session: Session, task_ids: Sequence[uuid.UUID]) -> int:
    """Lock what comes before tasks, those who have answered them; gives how many answers it is."""
    rows(session, _LOCK_PARTICIPATIONS, tasks=list(task_ids))
    return answers_to(session, task_ids)


def answers_to(session: Session, task_ids: Sequence[uuid.UUID]) -> int:
    """Count the answers to some tasks, those that do not count too."""
    return int(rows(session, _COUNT, tasks=list(task_ids))[0].answers)


def follow(session: Session, caller: Caller, config: ProjectConfig, ruling: Ruling) -> None:
    """Let open appeals, and pay where the project says so, follow a ruling that stands now."""
    slack = slack_of(config)
    reply = ruling.comment or f"Ruled: {ruling.label or 'no right answer'}."
    for appeal in rows(session, _APPEALS, task=ruling.task_id):
        agrees = ruling.label is None or says_same(ruling.label, appeal.label, slack)
        outcome = "overturned" if agrees else "upheld"
        appeals.rule(session, caller, appeal.id, outcome=outcome, reply=reply)
    if not config.rulings["judges"] or config.currency is None:
        return
    note = ruling.comment
    for answer in rows(session, _JUDGED, task=ruling.task_id):
        is_right = ruling.label is None or says_same(ruling.label, answer.label, slack)
        if not is_right and ruling.reason == "annotator_error":
            reviews.reject(
                session, caller, answer.id, reason="wrong", comment=note, ruling_id=ruling.id
            )
        else:
            reviews.accept(session, caller, answer.id, comment=note, ruling_id=ruling.id)


def take_back(session: Session, caller: Caller, ruling: Ruling) -> None:
    """Accept what rulings on a task have rejected. Appeals stay as they were decided."""
    for answer in rows(session, _REJECTED, task=ruling.task_id):
        reviews.accept(session, caller, answer.id, ruling_id=ruling.id)


_COUNT = "SELECT count(*) AS answers FROM answers WHERE task_id = ANY (%(tasks)s)"
# the order in which everybody locks them
_LOCK_PARTICIPATIONS = """
SELECT FROM participations
WHERE (annotator_id, project_id) IN (
    SELECT annotator_id, project_id FROM answers WHERE task_id = ANY (%(tasks)s)
) ORDER BY annotator_id, project_id FOR NO KEY UPDATE
"""
_APPEALS = """
SELECT a.id, n.label FROM answers n JOIN appeals a ON a.answer_id = n.id
WHERE n.task_id = %(task)s AND a.state = 'open' ORDER BY a.id
"""
_NEWEST = """
LEFT JOIN LATERAL (
    SELECT verdict, by_time, ruling_id FROM reviews WHERE answer_id = n.id
    ORDER BY number DESC LIMIT 1
) r ON true
"""
_JUDGED = f"""
SELECT n.id, n.label FROM answers n {_NEWEST}
WHERE n.task_id = %(task)s AND (r.verdict IS NULL OR r.by_time OR r.ruling_id IS NOT NULL)
  AND NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = n.id)
ORDER BY n.id
"""
_REJECTED = f"""
SELECT n.id FROM answers n {_NEWEST}
WHERE n.task_id = %(task)s AND r.verdict = 'rejected' AND r.ruling_id IS NOT NULL ORDER BY n.id
"""
