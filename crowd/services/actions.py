"""What is done about annotators in a project, by a rule or by hand; each can be undone.

An action is a row that stays. What those in force come to stands on the participation, where
handing out and taking in read it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import new_id, rows, seconds
from crowd.errors import Conflict, Invalid, NotFound
from crowd.models import Action, TrainingAttempt
from crowd.services import (
    annotators,
    assignments,
    audit,
    exclusions,
    outbox,
    participations,
    projects,
    trainings,
)
from crowd.services.collectors import FINAL
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller


def take(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    annotator_id: uuid.UUID,
    kind: str,
    reason: str,
    pause_seconds: int | None = None,
    training_id: uuid.UUID | None = None,
    rule_id: uuid.UUID | None = None,
    answer_id: uuid.UUID | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> Action | None:
    """Do something about an annotator.

    `warn`: no more than that. `restrict`: it holds one assignment at a time, and meets as much gold
    as there can be. `pause`: it gets no work for so long. `retrain`: none until it has passed a
    training in an attempt that begins from now on. `block`: none, and what it holds is returned.
    `exclude` is to block, and to take the answers given so far out of account. Gives None where the
    rule has acted on the answer before. Raises NotFound, Invalid.
    """
    projects.find(session, caller, project_id)
    if rule_id is None:
        check_terms(session, caller, kind, pause_seconds, training_id)
    if not participations.lock(session, project_id, annotator_id):
        raise NotFound("No such annotator has worked on this project.")
    ends_at = None if pause_seconds is None else func.now() + seconds(pause_seconds)
    action = _record(
        session,
        project_id=project_id,
        annotator_id=annotator_id,
        kind=kind,
        rule_id=rule_id,
        answer_id=answer_id,
        evidence=dict(evidence or {}),
        reason=reason,
        ends_at=ends_at,
        training_id=training_id,
        api_key_id=caller.key_id,
    )
    if action is None:
        return None
    _take_effect(session, caller, action)
    _tell(session, caller, action, "taken", reason=reason)
    return action


def _record(session: Session, **row: Any) -> Action | None:
    """Write an action down; None where the rule has acted on the answer before."""
    made = session.execute(
        insert(Action)
        .values(id=new_id(), **row)
        .on_conflict_do_nothing(index_elements=["rule_id", "annotator_id", "answer_id"])
        .returning(Action.id)
    ).first()
    return None if made is None else session.get_one(Action, made.id)


def check_terms(
    session: Session,
    caller: Caller,
    kind: str,
    pause_seconds: int | None,
    training_id: uuid.UUID | None,
) -> None:
    """Raise Invalid unless a pause says how long, and a retraining which, and nothing else does."""
    if (kind == "pause") != (pause_seconds is not None):
        raise Invalid(
            "A pause needs `pause_seconds`, and only a pause.",
            errors={"pause_seconds": ["needed with a pause, and with nothing else"]},
        )
    if (kind == "retrain") != (training_id is not None):
        raise Invalid(
            "Training anew needs a `training_id`, and nothing else does.",
            errors={"training_id": ["needed with retrain, and with nothing else"]},
        )
    if training_id is not None and not trainings.may_begin(session, caller, training_id):
        raise Invalid(
            "There is no such training of yours in use.",
            errors={"training_id": ["no training of yours, or retired"]},
        )


def undo(session: Session, caller: Caller, action_id: uuid.UUID, *, reason: str) -> Action:
    """Take an action back: what it kept the annotator from is allowed, and its answers count.

    What others have done about the annotator stays in force. What was returned stays returned.
    Raises NotFound, and Conflict where it has been undone before.
    """
    action = session.get(Action, action_id)
    if action is None:
        raise NotFound("There is no such action.")
    projects.find(session, caller, action.project_id)
    participations.lock(session, action.project_id, action.annotator_id)
    session.refresh(action, with_for_update=True)
    if action.undone_at is not None:
        raise Conflict("The action has been undone already.")
    action.undone_at = session.scalars(select(func.now())).one()
    action.undone_by_id, action.undone_reason = caller.key_id, reason
    session.flush()
    if action.exclusion_id is not None and exclusions.is_in_force(session, action.exclusion_id):
        exclusions.lift(session, caller, action.exclusion_id)
    participations.stand(session, action.annotator_id, [action.project_id])
    _tell(session, caller, action, "undone", reason=reason)
    return action


def end_retraining(session: Session, caller: Caller, attempt: TrainingAttempt) -> None:
    """End what asked for the training that an attempt has passed, if it came before the attempt."""
    key = {"annotator": attempt.annotator_id, "training": attempt.training_id}
    for row in rows(session, _ASKING, **key, began=attempt.created_at):
        participations.lock(session, row.project_id, attempt.annotator_id)
        action = session.get_one(Action, row.id, with_for_update=True, populate_existing=True)
        if action.undone_at is not None:
            continue
        action.ended_at, action.attempt_id = attempt.ended_at, attempt.id
        session.flush()
        participations.stand(session, action.annotator_id, [action.project_id])
        _tell(session, caller, action, "ended", attempt_id=attempt.id)


def page_of_annotator(
    session: Session,
    caller: Caller,
    annotator_id: uuid.UUID,
    *,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List what was done about one of the caller's annotators, the newest first.

    Raises NotFound.
    """
    annotators.find(session, caller, annotator_id)
    query = select(Action).where(Action.annotator_id == annotator_id)
    return one_page(session, query, Action.id, after=after, limit=limit, newest_first=True)


def in_force_about(
    session: Session, project_id: uuid.UUID, annotator_id: uuid.UUID
) -> Sequence[Action]:
    """List what is in force about an annotator in a project, the oldest first."""
    query = select(Action).filter_by(project_id=project_id, annotator_id=annotator_id)
    return session.scalars(query.where(_IN_FORCE).order_by(Action.id)).all()


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    annotator_id: uuid.UUID | None,
    rule_id: uuid.UUID | None,
    in_force: bool | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List what was done about annotators in a project, the newest first; undone ones too."""
    projects.find(session, caller, project_id)
    query = select(Action).where(Action.project_id == project_id)
    if annotator_id is not None:
        query = query.where(Action.annotator_id == annotator_id)
    if rule_id is not None:
        query = query.where(Action.rule_id == rule_id)
    if in_force is not None:
        query = query.where(_IN_FORCE if in_force else ~_IN_FORCE)
    return one_page(session, query, Action.id, after=after, limit=limit, newest_first=True)


def _take_effect(session: Session, caller: Caller, action: Action) -> None:
    participations.stand(session, action.annotator_id, [action.project_id])
    if action.kind in FINAL:
        held = participations.held_by(session, action.annotator_id, [action.project_id])
        # all at once and in their order: first these, then those, could lock somebody out
        rows(session, _LOCK_TASKS, project=action.project_id, annotator=action.annotator_id)
        assignments.close(session, held, "returned")
    if action.kind == "exclude":
        action.exclusion_id = exclusions.exclude_if_any(
            session,
            caller,
            action.project_id,
            annotator_id=action.annotator_id,
            reason=action.reason,
        )
        session.flush()


def _tell(session: Session, caller: Caller, action: Action, verb: str, **more: Any) -> None:
    topic, said = f"action.{verb}", {"action_id": action.id, "kind": action.kind, **more}
    audit.note(session, caller, topic, action.annotator_id, **said)
    outbox.publish(session, topic, project_id=action.project_id, subject_ids=[action.id])


_IN_FORCE = (
    Action.undone_at.is_(None)
    & Action.ended_at.is_(None)
    & (Action.ends_at.is_(None) | (Action.ends_at > func.now()))
)
# in the order in which a block locks participations
_ASKING = """
SELECT id, project_id FROM actions
WHERE annotator_id = %(annotator)s AND training_id = %(training)s AND kind = 'retrain'
  AND undone_at IS NULL AND ended_at IS NULL AND created_at <= %(began)s
ORDER BY project_id, id
"""
_LOCK_TASKS = """
SELECT FROM tasks WHERE id = ANY (ARRAY(
    SELECT task_id FROM assignments
    WHERE annotator_id = %(annotator)s AND project_id = %(project)s
      AND state IN ('leased', 'answered')
)) ORDER BY id FOR NO KEY UPDATE
"""
