"""What annotators contest, through their marketplace, and what requesters make of it.

An appeal is against an action, a ban, an exclusion that withholds pay, or how an answer was judged:
a rejection, or gold that may be wrong. Which answers were gold no marketplace knows; so any answer
can be contested.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import new_id
from crowd.errors import Conflict, Invalid, NotFound
from crowd.models import Action, Annotator, Answer, Appeal, Ban, Exclusion, Review, Task
from crowd.services import (
    actions,
    audit,
    bans,
    disputes,
    exclusions,
    gold,
    outbox,
    participations,
    projects,
    reviews,
)
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: What is older cannot be contested any more.
WINDOW = timedelta(days=30)
#: How soon an appeal against a judgement should be ruled on.
ANSWERED_WITHIN = timedelta(days=7)


def against_action(
    session: Session, caller: Caller, action_id: uuid.UUID, *, comment: str
) -> Appeal:
    """Contest what was done about one of the caller's annotators. Raises NotFound, Conflict."""
    action = session.scalar(_own(Action, caller).where(Action.id == action_id))
    if action is None:
        raise NotFound("There is no such action about an annotator of yours.")
    if action.undone_at is not None:
        raise Conflict("The action has been undone already.")
    named = {"project_id": action.project_id, "action_id": action_id}
    return _open(session, caller, action, action.created_at, comment, **named)


def against_ban(session: Session, caller: Caller, ban_id: uuid.UUID, *, comment: str) -> Appeal:
    """Contest the ban of one of the caller's annotators. Raises NotFound, Conflict."""
    ban = session.scalar(_own(Ban, caller).where(Ban.id == ban_id))
    if ban is None:
        raise NotFound("There is no such ban of an annotator of yours.")
    if ban.lifted_at is not None:
        raise Conflict("The ban has been lifted already.")
    return _open(session, caller, ban, ban.created_at, comment, ban_id=ban_id)


def against_judgement(
    session: Session, caller: Caller, answer_id: uuid.UUID, *, comment: str
) -> Appeal:
    """Contest how an answer of one of the caller's annotators was judged.

    Raises NotFound, Conflict.
    """
    answer = session.scalar(_own(Answer, caller).where(Answer.id == answer_id))
    if answer is None:
        raise NotFound("There is no such answer of an annotator of yours.")
    named = {"project_id": answer.project_id, "answer_id": answer_id}
    appeal = _open(session, caller, answer, answer.submitted_at, comment, **named)
    due = appeal.created_at + ANSWERED_WITHIN
    disputes.open_about(session, [answer.task_id], "appeal", deadline_at=due)
    return appeal


def against_exclusion(
    session: Session, caller: Caller, exclusion_id: uuid.UUID, *, comment: str
) -> Appeal:
    """Contest that answers of one of the caller's annotators are not paid for.

    Raises NotFound, Conflict.
    """
    query = _own(Exclusion, caller).where(Exclusion.id == exclusion_id, Exclusion.withholds_pay)
    exclusion = session.scalar(query)
    if exclusion is None:
        raise NotFound("There is no such exclusion of answers of an annotator of yours.")
    if exclusion.lifted_at is not None:
        raise Conflict("The exclusion has been lifted already.")
    named = {"project_id": exclusion.project_id, "exclusion_id": exclusion_id}
    return _open(session, caller, exclusion, exclusion.created_at, comment, **named)


def rule(
    session: Session,
    caller: Caller,
    appeal_id: uuid.UUID,
    *,
    outcome: str,
    reply: str,
    gold_label: str | None = None,
) -> Appeal:
    """Close an appeal: `upheld`, and all stays as it is, or `overturned`.

    What it is against is then taken back: the action is undone, the ban or the exclusion lifted,
    the rejection becomes an acceptance. `gold_label` says what the task's answer is instead,
    where it is gold: everybody who has answered it is scored anew.

    Raises NotFound, Conflict, Invalid, UnknownLabel.
    """
    _lock_answered(session, appeal_id)
    appeal = session.get(Appeal, appeal_id, with_for_update=True, populate_existing=True)
    if appeal is None or not _is_ruled_by(session, caller, appeal):
        raise NotFound("There is no such appeal that is yours to rule on.")
    if appeal.state != "open":
        raise Conflict(f"The appeal has been {appeal.state} already.")
    if gold_label is not None and (appeal.answer_id is None or outcome != "overturned"):
        raise Invalid(
            "A gold label goes with the overturning of a judgement on an answer.",
            errors={"gold_label": ["only for an appeal against an answer that is overturned"]},
        )
    if outcome == "overturned":
        _overturn(session, caller, appeal, reply, gold_label)
    if appeal.answer_id is not None:
        _settle(session, appeal.answer_id)
    appeal.closed_at = session.scalars(select(func.now())).one()
    appeal.state, appeal.reply, appeal.closed_by_id = outcome, reply, caller.key_id
    session.flush()
    audit.note(session, caller, f"appeal.{outcome}", appeal.annotator_id, appeal_id=str(appeal.id))
    _tell(session, appeal, "ruled")
    return appeal


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    state: str | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List the appeals in a project of the caller's, the oldest first. Raises NotFound."""
    projects.find(session, caller, project_id)
    return _page(session, select(Appeal).filter_by(project_id=project_id), state, after, limit)


def against_bans_of(
    session: Session, caller: Caller, *, state: str | None, after: uuid.UUID | None, limit: int
) -> Page:
    """List the appeals against bans of the caller's, the oldest first."""
    query = select(Appeal).join(Ban, Ban.id == Appeal.ban_id).filter_by(tenant_id=caller.tenant_id)
    return _page(session, query, state, after, limit)


def own(
    session: Session, caller: Caller, *, state: str | None, after: uuid.UUID | None, limit: int
) -> Page:
    """List the appeals of the caller's own annotators, the oldest first."""
    return _page(session, _own(Appeal, caller), state, after, limit)


def _page(
    session: Session, query: Any, state: str | None, after: uuid.UUID | None, limit: int
) -> Page:
    if state is not None:
        query = query.where(Appeal.state == state)
    return one_page(session, query, Appeal.id, after=after, limit=limit)


def _own(model: Any, caller: Caller) -> Any:
    its = select(Annotator.id).filter_by(id=model.annotator_id, tenant_id=caller.tenant_id)
    return select(model).where(its.exists())


def _open(
    session: Session, caller: Caller, subject: Any, since: Any, comment: str, **named: uuid.UUID
) -> Appeal:
    now = session.scalars(select(func.now())).one()
    if now - since > WINDOW:
        raise Conflict(f"What is more than {WINDOW.days} days old cannot be contested any more.")
    whose = subject.annotator_id
    made = session.scalar(
        insert(Appeal)
        .values(id=new_id(), annotator_id=whose, comment=comment, state="open", **named)
        .on_conflict_do_nothing()
        .returning(Appeal.id)
    )
    if made is None:
        raise Conflict("It has been contested already; an appeal is ruled on once.")
    appeal = session.get_one(Appeal, made)
    audit.note(session, caller, "appeal.opened", appeal.annotator_id, appeal_id=str(made))
    _tell(session, appeal, "opened")
    return appeal


def _is_ruled_by(session: Session, caller: Caller, appeal: Appeal) -> bool:
    if appeal.project_id is None:
        return session.get_one(Ban, appeal.ban_id).tenant_id == caller.tenant_id
    projects.find(session, caller, appeal.project_id)
    return True


def _overturn(
    session: Session, caller: Caller, appeal: Appeal, reply: str, gold_label: str | None
) -> None:
    if appeal.action_id is not None:
        if session.get_one(Action, appeal.action_id).undone_at is None:
            actions.undo(session, caller, appeal.action_id, reason=reply)
    elif appeal.ban_id is not None:
        if session.get_one(Ban, appeal.ban_id).lifted_at is None:
            bans.lift(session, caller, appeal.ban_id, reason=reply)
    elif appeal.exclusion_id is not None:
        if exclusions.is_in_force(session, appeal.exclusion_id):
            exclusions.lift(session, caller, appeal.exclusion_id)
    elif appeal.answer_id is not None:
        _judge_again(session, caller, appeal.answer_id, reply, gold_label)


def _lock_answered(session: Session, appeal_id: uuid.UUID) -> None:
    """Lock an answer's annotator, then its task, before an appeal about it: as rulings do."""
    about = select(Answer).join(Appeal, Appeal.answer_id == Answer.id)
    answer = session.scalar(about.where(Appeal.id == appeal_id))
    if answer is not None:
        participations.lock(session, answer.project_id, answer.annotator_id)
        session.execute(select(Task.id).filter_by(id=answer.task_id).with_for_update())


def _settle(session: Session, answer_id: uuid.UUID) -> None:
    """End the dispute about an answer's task, where nothing but this appeal had caused it."""
    task_id = session.get_one(Answer, answer_id).task_id
    of_task = select(Answer.id).filter_by(task_id=task_id)
    others = select(Appeal.id).where(
        Appeal.answer_id.in_(of_task), Appeal.answer_id != answer_id, Appeal.state == "open"
    )
    if session.scalar(others.limit(1)) is None:
        disputes.settle(session, [task_id], ["appeal"])


def _judge_again(
    session: Session, caller: Caller, answer_id: uuid.UUID, reply: str, gold_label: str | None
) -> None:
    newest = select(Review.verdict).filter_by(answer_id=answer_id)
    if session.scalar(newest.order_by(Review.number.desc()).limit(1)) == "rejected":
        reviews.accept(session, caller, answer_id, comment=reply)
    if gold_label is not None:
        task_id = session.get_one(Answer, answer_id).task_id
        if task_id not in gold.among(session, [task_id]):
            raise Invalid(
                "The task is not gold.", errors={"gold_label": ["the task has no known answer"]}
            )
        gold.put(session, caller, task_id, label=gold_label, explanation=reply)


def _tell(session: Session, appeal: Appeal, verb: str) -> None:
    outbox.publish(session, f"appeal.{verb}", project_id=appeal.project_id, subject_ids=[appeal.id])
