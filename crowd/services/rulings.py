"""Rulings: what people say of disputes, and how that carries through.

A label counts once one person has ruled it, or two have where the project wants a second
(`rulings.second`): then everything follows in one commit. It holds the result until another ruling
overturns it, or takes it back. Each is a row of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crowd.errors import Conflict, Invalid, NotFound, StaleVersion
from crowd.models import (
    ApiKey,
    Dispute,
    ProjectConfig,
    Ruling,
    StandingRuling,
    Task,
    User,
)
from crowd.services import (
    audit,
    disputes,
    gold,
    lookalikes,
    outbox,
    projects,
    proposals,
    redress,
    standing,
)
from crowd.services.claims import person_of
from crowd.services.tenants import Caller


class RulingRow(NamedTuple):
    """A ruling, the name of whoever made it, and whether it holds the result at present."""

    ruling: Ruling
    by: str | None
    stands: bool


class Ruled(NamedTuple):
    """A dispute after a ruling on it, and the rulings on its look-alikes."""

    ruling: RulingRow
    dispute: Dispute
    along: Sequence[RulingRow]

    @property
    def state(self) -> str:
        return self.dispute.state

    @property
    def version(self) -> int:
        return self.dispute.version


class _Case(NamedTuple):
    """A dispute and its task, both locked."""

    dispute: Dispute
    task: Task


class _Said(NamedTuple):
    """What somebody wants to rule."""

    verdict: str
    label: str | None
    reason: str
    comment: str | None
    promote: bool = False

    @property
    def what(self) -> tuple[str, str | None]:
        return self.verdict, self.label


def rule(
    session: Session,
    caller: Caller,
    dispute_id: uuid.UUID,
    *,
    expected: str,
    label: str | None,
    reason: str,
    comment: str | None = None,
    promote: bool = False,
    alike: Sequence[uuid.UUID] = (),
) -> Ruled:
    """Rule that a label is right, or (None) that none is; the same of look-alikes that are named.

    Raises NotFound, UnknownLabel, Invalid, Conflict, and StaleVersion unless the dispute is as the
    caller has read it.
    """
    row = disputes.find(session, caller, dispute_id)
    config = projects.in_force(session, row.dispute.project_id)
    if label is not None:
        label = gold.check_label(label, config)
    elif promote:
        raise Invalid(
            "Only a label can become the known answer.", errors={"promote": ["needs a label"]}
        )
    _require_alike(session, dispute_id, alike)
    cases = _locked(session, [dispute_id, *alike])
    main = cases[dispute_id].dispute
    if str(main.version) != expected:
        raise StaleVersion(f'The dispute is at "{main.version}" by now. Read it, then try again.')
    verdict = "no_right_answer" if label is None else "label"
    said = _Said(verdict, label, reason, comment, promote)
    ruling = _add(session, caller, config, cases[dispute_id], said)
    plain = said._replace(promote=False)
    along = [_add(session, caller, config, cases[one], plain, ruling.id) for one in alike]
    first, *rest = _rows(session, Ruling.id.in_([ruling.id, *(one.id for one in along)]))
    return Ruled(first, main, rest)


def undo(
    session: Session, caller: Caller, ruling_id: uuid.UUID, *, comment: str | None = None
) -> Ruled:
    """Take back the ruling that stands on a task: what the engine says counts again.

    Where that needs a second person it is a proposal like any other. Raises NotFound, Conflict.
    """
    ruling = session.get(Ruling, ruling_id)
    if ruling is None:
        raise NotFound("There is no such ruling.")
    projects.find_own(session, caller, ruling.project_id)
    config = projects.in_force(session, ruling.project_id)
    case = _locked(session, [ruling.dispute_id])[ruling.dispute_id]
    present = standing.on_task(session, ruling.task_id)
    if present is None or present.id != ruling_id:
        raise Conflict("The ruling does not stand: it is a proposal, or has been overturned.")
    said = _Said("withdrawn", None, "withdrawn", comment)
    made = _add(session, caller, config, case, said)
    return Ruled(_rows(session, Ruling.id == made.id)[0], case.dispute, ())


def of_dispute(session: Session, caller: Caller, dispute_id: uuid.UUID) -> list[RulingRow]:
    """List every ruling on a dispute, proposals too, the newest first. Raises NotFound."""
    disputes.find(session, caller, dispute_id)
    return _rows(session, Ruling.dispute_id == dispute_id)[::-1]


def _rows(session: Session, which: ColumnElement[bool]) -> list[RulingRow]:
    """Read some rulings with the names of those who made them, the oldest first."""
    found = session.execute(
        select(
            Ruling,
            func.coalesce(User.name, ApiKey.name),
            StandingRuling.ruling_id.is_not(None),
        )
        .outerjoin(User, User.id == Ruling.user_id)
        .outerjoin(ApiKey, ApiKey.id == Ruling.api_key_id)
        .outerjoin(StandingRuling, StandingRuling.ruling_id == Ruling.id)
        .where(which)
        .order_by(Ruling.id)
    )
    return [RulingRow(*row) for row in found]


def _require_alike(session: Session, dispute_id: uuid.UUID, alike: Sequence[uuid.UUID]) -> None:
    if not alike:
        return
    found = lookalikes.of_dispute(session, dispute_id, most=lookalikes.MOST_CANDIDATES)
    near = {one.dispute_id for one in found if one.state == "open"}
    if unknown := sorted(str(one) for one in set(alike) - near):
        raise Invalid(
            "Not everything named is an open dispute about nearly the same item.",
            errors={"alike": [f"no look-alikes: {', '.join(unknown)}"]},
        )


def _locked(session: Session, dispute_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, _Case]:
    """Lock in the order in which everybody does: who answered, tasks by id, then disputes."""
    of_tasks = select(Dispute.task_id).where(Dispute.id.in_(dispute_ids))
    task_ids = list(session.scalars(of_tasks))
    answers = redress.lock(session, task_ids)
    fresh = {"populate_existing": True}
    query = select(Task).where(Task.id.in_(task_ids)).order_by(Task.id).with_for_update()
    tasks = {task.id: task for task in session.scalars(query, execution_options=fresh)}
    if redress.answers_to(session, task_ids) != answers:
        # whoever gave it is not locked, and could not be any more
        raise StaleVersion("An answer has come in just now. Read the dispute, then try again.")
    chosen = select(Dispute).where(Dispute.id.in_(dispute_ids)).order_by(Dispute.id)
    found = session.scalars(chosen.with_for_update(), execution_options=fresh)
    return {one.id: _Case(one, tasks[one.task_id]) for one in found}


def _add(
    session: Session,
    caller: Caller,
    config: ProjectConfig,
    case: _Case,
    said: _Said,
    applied_from_id: uuid.UUID | None = None,
) -> Ruling:
    """Keep a ruling, and let it take effect unless it has to wait for another person."""
    dispute, task = case
    person = person_of(caller)
    _require_free(session, dispute, person)
    pending = proposals.of_dispute(session, dispute)
    if said.what == getattr(pending.get(person), "said", None):
        raise Conflict("You have proposed that already: another person has to agree.")
    others = [one.said for who, one in pending.items() if who != person]
    present = standing.on_task(session, task.id)
    waits = bool(others) or proposals.are_needed(session, config, task, said.what, present)
    is_final = said.what in others or not waits
    known = gold.known_answer(session, task.id)
    ruling = Ruling(
        project_id=dispute.project_id,
        dispute_id=dispute.id,
        task_id=task.id,
        is_final=is_final,
        known_before=present.known_before if present else known,
        overturns_id=present.id if present and is_final else None,
        applied_from_id=applied_from_id,
        api_key_id=caller.key_id,
        user_id=caller.user_id,
        **said._asdict(),
    )
    session.add(ruling)
    session.flush()
    if is_final:
        _take_effect(session, caller, config, case, ruling)
    else:
        _wait(session, dispute, [*pending, person])
    _note(session, caller, ruling)
    return ruling


def _note(session: Session, caller: Caller, ruling: Ruling) -> None:
    verb = "made" if ruling.is_final else "proposed"
    told = {"verdict": ruling.verdict, "label": ruling.label, "reason": ruling.reason}
    audit.note(session, caller, f"ruling.{verb}", ruling.task_id, ruling_id=str(ruling.id), **told)


def _require_free(session: Session, dispute: Dispute, person: uuid.UUID) -> None:
    if dispute.state == "settled":
        raise Conflict("The dispute was settled by later answers: there is nothing to rule on.")
    if dispute.state != "open":
        query = select(Dispute.id).filter_by(task_id=dispute.task_id, state="open")
        if (newer := session.scalar(query)) is not None:
            raise Conflict(f"The task is disputed again: rule on the dispute {newer}.")
    if dispute.claimed_until is None or dispute.claimed_by == person:
        return
    if dispute.claimed_until > session.scalars(select(func.clock_timestamp())).one():
        until = dispute.claimed_until.isoformat()
        raise Conflict(f"Somebody else is at it until {until}. Take the next one.")


def _wait(session: Session, dispute: Dispute, persons: Sequence[uuid.UUID]) -> None:
    """Put a dispute into the queue until another person has looked at it too."""
    dispute.state, dispute.closed_at = "open", None
    dispute.claimed_by = dispute.claimed_until = None
    dispute.proposers = sorted(set(persons))
    dispute.version += 1
    session.flush()


def _take_effect(
    session: Session, caller: Caller, config: ProjectConfig, case: _Case, ruling: Ruling
) -> None:
    """Carry a ruling through."""
    dispute, task = case
    gold.follow(session, config, task, ruling)
    if ruling.verdict == "withdrawn":
        standing.let_go(session, task)
        redress.take_back(session, caller, ruling)
        standing.reopen(session, dispute)
    else:
        standing.close(session, dispute)
        standing.hold(session, task, ruling)
        redress.follow(session, caller, config, ruling)
    if task.answered:
        # everybody who has answered is measured by it
        outbox.publish(
            session, "refit.requested", project_id=task.project_id, subject_ids=[task.project_id]
        )
