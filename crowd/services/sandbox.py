"""A tenant's sandbox: a requester and a marketplace in which nothing is real.

They work by the same code as real ones. Beside it stands what a test needs: ready-made work, an
audience that answers, and ways to bring about now what else comes when it will.
"""

from __future__ import annotations

import random
import uuid
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.db import new_id
from crowd.errors import WrongMode
from crowd.models import Annotator, ApiKey, Assignment, Task, Tenant
from crowd.services import annotators, answers, assignments, leases, projects, tasks, tenants
from crowd.services.projects import ProjectView
from crowd.services.tenants import SCOPES, Caller

LABELS = ("cat", "dog")
#: Names of simulated annotators begin so: those who answer, and those who only hold tasks.
ANSWERS, HOLDS = "simulated", "simulated-holder"
#: Answers given in one call, at the most.
MAX_ANSWERS = 500
MAX_HOLDERS = 50


def enter(session: Session, caller: Caller) -> dict[str, tuple[ApiKey, str]]:
    """Give a real tenant a key of each side of its sandbox, which is made where missing.

    Raises WrongMode.
    """
    if caller.sandbox_of is not None:
        raise WrongMode("You are in a sandbox. Ask with a real key for another pair of test keys.")
    # two requests at once would make two of it
    owner = session.get_one(Tenant, caller.tenant_id, with_for_update={"key_share": True})
    there = {t.kind: t for t in tenants.everyone(session, sandbox_of=owner.id)}
    for kind in SCOPES:
        if kind not in there:
            there[kind] = tenants.create(session, name=owner.name, kind=kind, sandbox_of=owner.id)
    return {
        kind: tenants.create_key(session, tenant, name="sandbox") for kind, tenant in there.items()
    }


def create_project(
    session: Session, caller: Caller, *, name: str | None, size: int, gold: int, **config: Any
) -> ProjectView:
    """Make a running project with simulated tasks, some of them gold, open to the marketplace.

    Raises WrongMode, DuplicateName, Invalid.
    """
    requester, marketplace = _sides(session, caller)
    config = {"question": "Which animal is it?", "labels": list(LABELS), **config}
    view = projects.create(session, requester, name=name or f"sandbox {new_id()}", **config)
    project_id = view.project.id
    known = set(random.sample(range(1, size + 1), gold))
    for number in range(1, size + 1):
        external_id = f"animal-{number}"
        label = truth(external_id, config["labels"])
        tasks.create(
            session,
            requester,
            project_id,
            external_id=external_id,
            payload={"text": f"Animal number {number}"},
            gold=label if number in known else None,
        )
    projects.open_to(session, requester, project_id, marketplace.tenant_id)
    return _move(session, requester, project_id, "running")


def supply(session: Session, caller: Caller, project_id: uuid.UUID, *, reason: str) -> ProjectView:
    """Make a project have no work for the `reason` that requests are to be told, or have some.

    Raises WrongMode, NotFound.
    """
    requester, marketplace = _sides(session, caller)
    for holder_id in _held(session, project_id, marketplace, HOLDS):
        assignments.give_back(session, marketplace, holder_id)
    state = {"paused": "paused", "all_done": "finished"}.get(reason, "running")
    view = _move(session, requester, project_id, state)
    if reason == "none_left_for_you":
        _hold_everything(session, marketplace, project_id)
    return view


def answer(
    session: Session, caller: Caller, project_id: uuid.UUID, *, people: int, accuracy: float
) -> int:
    """Let simulated annotators answer what a project still asks; returns how many answers came.

    Each is right by chance, `accuracy` of the time. Raises WrongMode, NotFound.
    """
    requester, marketplace = _sides(session, caller)
    labels = projects.find(session, requester, project_id).config.labels
    given = 0
    for name in _names(session, marketplace, ANSWERS, people):
        leases.lease(session, marketplace, project_id=project_id, annotator=name, count=100)
        for assignment_id in _held(session, project_id, marketplace, name):
            if given == MAX_ANSWERS:
                return given
            label = _choice(session, assignment_id, name, labels, accuracy)
            answers.submit(session, marketplace, assignment_id, label=label)
            given += 1
    return given


def expire(session: Session, caller: Caller, assignment_id: uuid.UUID) -> Assignment:
    """End a lease now. Raises WrongMode, NotFound, and what a lease that is over raises."""
    _, marketplace = _sides(session, caller)
    return assignments.expire(session, marketplace, assignment_id)


def set_annotator(
    session: Session, caller: Caller, annotator_id: uuid.UUID, *, state: str
) -> Annotator:
    """Block an annotator, or let it work again. Raises WrongMode, NotFound."""
    _, marketplace = _sides(session, caller)
    if state == "blocked":
        return annotators.block(session, marketplace, annotator_id, "sandbox")
    return annotators.unblock(session, marketplace, annotator_id)


def truth(external_id: str, labels: Sequence[str]) -> str:
    """Tell what simulated annotators hold for true of a task; the gold of simulated ones too."""
    return labels[zlib.crc32(external_id.encode()) % len(labels)]


def _sides(session: Session, caller: Caller) -> tuple[Caller, Caller]:
    if caller.sandbox_of is None:
        raise WrongMode("This is for sandboxes only. Use a test key: POST /api/v1/sandbox.")
    there = {t.kind: t for t in tenants.everyone(session, sandbox_of=caller.sandbox_of)}
    requester, marketplace = (tenants.operator_of(there[kind]) for kind in SCOPES)
    return requester, marketplace


def _move(session: Session, requester: Caller, project_id: uuid.UUID, state: str) -> ProjectView:
    view = projects.find(session, requester, project_id)
    if view.project.state == state:
        return view
    if view.project.state == "finished" and state == "paused":
        view = _move(session, requester, project_id, "running")
    return projects.change(session, requester, project_id, expected=view.version_tag, state=state)


def _hold_everything(session: Session, marketplace: Caller, project_id: uuid.UUID) -> None:
    for name in _names(session, marketplace, HOLDS, MAX_HOLDERS):
        found = leases.lease(session, marketplace, project_id=project_id, annotator=name, count=100)
        if not found.leases:
            return


def _names(session: Session, marketplace: Caller, role: str, count: int) -> Iterator[str]:
    """Name simulated annotators one by one, registering those who are new."""
    for number in range(1, count + 1):
        name = f"{role}-{number}"
        same = {"tenant_id": marketplace.tenant_id, "external_id": name}
        if session.scalar(select(Annotator.id).filter_by(**same)) is None:
            annotators.register(session, marketplace, external_id=name, kind="model")
        yield name


def _held(
    session: Session, project_id: uuid.UUID, marketplace: Caller, name: str
) -> Sequence[uuid.UUID]:
    return session.scalars(
        select(Assignment.id)
        .join(Annotator, Annotator.id == Assignment.annotator_id)
        .where(
            Assignment.project_id == project_id,
            Assignment.state == "leased",
            Annotator.tenant_id == marketplace.tenant_id,
            (Annotator.external_id == name) | Annotator.external_id.startswith(f"{name}-"),
        )
        .order_by(Assignment.task_id)
    ).all()


def _choice(
    session: Session, assignment_id: uuid.UUID, name: str, labels: Sequence[str], accuracy: float
) -> str:
    task = select(Task.external_id).join(Assignment, Assignment.task_id == Task.id)
    external_id = session.scalars(task.where(Assignment.id == assignment_id)).one()
    right = truth(external_id, labels)
    # the same one answers the same task alike every time: a test can be repeated
    chance = random.Random(f"{name} {external_id}")
    if chance.random() < accuracy:
        return right
    return chance.choice([label for label in labels if label != right])
