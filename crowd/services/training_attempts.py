"""Annotators' attempts at trainings: item by item, then scored.

Practice is answered with what is right; the test with nothing but a score at its end, so that its
key is not learned by trying.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.db import rows, seconds
from crowd.errors import Conflict, NotFound, UnknownLabel
from crowd.models import (
    Annotator,
    Tenant,
    Training,
    TrainingAnswer,
    TrainingAttempt,
    TrainingItem,
)
from crowd.services import actions, audit, qualifications, tenants, trainings
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: Nobody can compute the next draw from those before.
_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Step:
    """Where an attempt stands, and what is to be answered next."""

    attempt: TrainingAttempt
    training: Training
    #: As of now: an attempt whose time is over is `expired`, whether that was noted or not.
    state: str
    #: The next item and its number, from 1; None once the attempt is over.
    item: TrainingItem | None
    number: int | None
    #: Attempts left, None: as many as one likes; and when the next may begin.
    attempts_left: int | None
    again_at: datetime | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is told of an answer to a practice item."""

    is_right: bool
    label: str
    explanation: str | None


def start(session: Session, caller: Caller, training_id: uuid.UUID, *, annotator: str) -> Step:
    """Begin an attempt, or go on with the one that is running. Raises NotFound, Conflict.

    Conflict: there is no attempt left, or it is too early for the next, or the training is retired.
    """
    training = trainings.find(session, caller, training_id)
    # its requests take turns: no two of them begin, and none begins while another ends one
    who = session.scalar(
        select(Annotator)
        .filter_by(external_id=annotator, tenant_id=caller.tenant_id)
        .with_for_update(key_share=True)
    )
    if who is None:
        raise NotFound(
            f"You have no annotator {annotator!r}. Register it first: POST /api/v1/annotators."
        )
    rows(session, _END_OVERDUE, annotator=who.id, training=training_id)
    query = select(TrainingAttempt).filter_by(annotator_id=who.id, training_id=training_id)
    running = session.scalar(query.filter_by(state="running").with_for_update(key_share=True))
    if running is not None:
        return _step(session, running, training)
    _require_may_begin(session, training, who.id)
    attempt = TrainingAttempt(
        training_id=training_id,
        annotator_id=who.id,
        items=_drawn(session, training),
        expires_at=func.now() + seconds(training.attempt_seconds),
    )
    session.add(attempt)
    session.flush()
    return _step(session, attempt, training)


def read(session: Session, caller: Caller, attempt_id: uuid.UUID) -> Step:
    """Read where an attempt of one of the caller's annotators stands. Raises NotFound."""
    attempt = _locked(session, caller, attempt_id)
    return _step(session, attempt, session.get_one(Training, attempt.training_id))


def answer(
    session: Session, caller: Caller, attempt_id: uuid.UUID, *, number: int, label: str
) -> tuple[Feedback | None, Step]:
    """Take the answer to an attempt's next item; the last one is scored with it.

    Gives what is right, for practice alone. Raises NotFound, UnknownLabel, and Conflict where
    another item is next or the attempt is over.
    """
    attempt = _locked(session, caller, attempt_id)
    training = session.get_one(Training, attempt.training_id)
    step = _step(session, attempt, training)
    if step.item is None:
        raise Conflict(f"The attempt is over: {step.state}.")
    if number != step.number:
        raise Conflict(f"Item {step.number} is next. Each is answered once, in their order.")
    if label not in training.labels:
        raise UnknownLabel(
            f"{label!r} is not a label of this training.",
            errors={"label": [f"not one of: {', '.join(training.labels)}"]},
        )
    item, is_right = step.item, label == step.item.label
    session.add(
        TrainingAnswer(attempt_id=attempt_id, number=number, label=label, is_right=is_right)
    )
    session.flush()
    if number == len(attempt.items):
        _score(session, attempt, training)
    practised = Feedback(is_right, item.label, item.explanation)
    feedback = practised if item.kind == "practice" else None
    return feedback, _step(session, attempt, training)


def one_page_of(
    session: Session, caller: Caller, training_id: uuid.UUID, *, after: uuid.UUID | None, limit: int
) -> Page:
    """List the attempts at a training of the caller's, the newest first. Raises NotFound."""
    trainings.find(session, caller, training_id)
    query = select(TrainingAttempt).where(TrainingAttempt.training_id == training_id)
    return one_page(session, query, TrainingAttempt.id, after=after, limit=limit, newest_first=True)


def _locked(session: Session, caller: Caller, attempt_id: uuid.UUID) -> TrainingAttempt:
    # also to read: where it stands and how many answers it has are to be of the same moment
    query = (
        select(TrainingAttempt)
        .join(Annotator, Annotator.id == TrainingAttempt.annotator_id)
        .where(TrainingAttempt.id == attempt_id, Annotator.tenant_id == caller.tenant_id)
        .with_for_update(of=TrainingAttempt, key_share=True)
    )
    attempt = session.scalar(query, execution_options={"populate_existing": True})
    if attempt is None:
        raise NotFound("There is no such attempt of an annotator of yours.")
    return attempt


def _require_may_begin(session: Session, training: Training, annotator_id: uuid.UUID) -> None:
    key = {"annotator": annotator_id, "training": training.id}
    if training.retired_at is not None and not rows(session, _MUST, **key):
        raise Conflict("The training is retired.")
    left, again_at = _room(session, training, annotator_id)
    if left == 0:
        raise Conflict(f"The annotator has had its {training.attempts} attempts.")
    if again_at is not None:
        raise Conflict(f"The next attempt may begin at {again_at.isoformat()}.")


def _room(
    session: Session, training: Training, annotator_id: uuid.UUID
) -> tuple[int | None, datetime | None]:
    """Say how many attempts are left, and when the next may begin, if not now."""
    used = rows(session, _USED, annotator=annotator_id, training=training.id)[0]
    left = None if training.attempts is None else max(0, training.attempts - used.failed)
    again_at = None
    if used.last_at is not None:
        again_at = used.last_at + timedelta(seconds=training.wait_seconds)
    return left, again_at if again_at is not None and again_at > used.now else None


def _drawn(session: Session, training: Training) -> list[int]:
    query = select(TrainingItem.place).filter_by(training_id=training.id)
    practice = session.scalars(query.filter_by(kind="practice").order_by(TrainingItem.place))
    test = session.scalars(query.filter_by(kind="test")).all()
    return [*practice, *_chance.sample(test, training.test_size)]


def _step(session: Session, attempt: TrainingAttempt, training: Training) -> Step:
    now: datetime = session.scalars(select(func.now())).one()
    is_overdue = attempt.state == "running" and attempt.expires_at <= now
    state = "expired" if is_overdue else attempt.state
    if state != "running":
        left, again_at = _room(session, training, attempt.annotator_id)
        return Step(attempt, training, state, None, None, left, again_at)
    given = select(func.count()).select_from(TrainingAnswer).filter_by(attempt_id=attempt.id)
    number = 1 + session.scalars(given).one()
    item = session.get_one(TrainingItem, (training.id, attempt.items[number - 1]))
    return Step(attempt, training, state, item, number, None, None)


def _score(session: Session, attempt: TrainingAttempt, training: Training) -> None:
    """End an attempt; one that is passed gives its qualification in the same commit."""
    in_test = TrainingAnswer.number > len(attempt.items) - training.test_size
    query = select(func.count()).where(
        TrainingAnswer.attempt_id == attempt.id, in_test, TrainingAnswer.is_right
    )
    score = session.scalars(query).one() / training.test_size
    now: datetime = session.scalars(select(func.now())).one()
    passed = score >= training.pass_mark
    attempt.state, attempt.score, attempt.ended_at = "passed" if passed else "failed", score, now
    session.flush()
    requester = tenants.operator_of(session.get_one(Tenant, training.tenant_id))
    said = {"training_id": str(training.id), "attempt_id": str(attempt.id), "score": score}
    audit.note(session, requester, f"training.{attempt.state}", attempt.annotator_id, **said)
    if not passed:
        return
    actions.end_retraining(session, requester, attempt)
    if training.qualification is not None:
        qualifications.grant_tested(
            session,
            requester,
            attempt.annotator_id,
            training.qualification,
            attempt_id=attempt.id,
            valid_seconds=training.valid_seconds,
        )


# one that began before it was asked for again would not do
_END_OVERDUE = """
UPDATE training_attempts a SET state = 'expired', ended_at = least(expires_at, now())
WHERE annotator_id = %(annotator)s AND training_id = %(training)s AND state = 'running'
  AND (expires_at <= now() OR EXISTS (
    SELECT FROM actions k
    WHERE k.annotator_id = %(annotator)s AND k.training_id = %(training)s
      AND k.undone_at IS NULL AND k.ended_at IS NULL AND k.created_at > a.created_at
  ))
"""
_MUST = """
SELECT FROM actions
WHERE annotator_id = %(annotator)s AND training_id = %(training)s
  AND undone_at IS NULL AND ended_at IS NULL LIMIT 1
"""
# those since the last that was passed, and since it was last asked for again
_USED = """
SELECT count(*) AS failed, max(coalesce(ended_at, expires_at)) AS last_at, now() AS now
FROM training_attempts a
WHERE annotator_id = %(annotator)s AND training_id = %(training)s
  AND (state IN ('failed', 'expired') OR (state = 'running' AND expires_at <= now()))
  AND NOT EXISTS (
    SELECT FROM training_attempts p
    WHERE p.annotator_id = %(annotator)s AND p.training_id = %(training)s
      AND p.state = 'passed' AND p.id > a.id
  )
  AND NOT EXISTS (
    SELECT FROM actions k
    WHERE k.annotator_id = %(annotator)s AND k.training_id = %(training)s
      AND k.created_at > a.created_at
  )
"""
