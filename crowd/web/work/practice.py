"""Practice with feedback and a test, before there is work."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from crowd.db import transaction
from crowd.errors import Conflict, NotFound, UnknownLabel
from crowd.services import interfaces, projects, training_attempts, trainings
from crowd.services.training_attempts import Step
from crowd.services.visits import Guest
from crowd.web.items import item_of
from crowd.web.work import doorkeeper
from crowd.web.work.blueprint import blp


@blp.get("/v/<uuid:visit_id>/practice/<uuid:training_id>")
def introduce(visit_id: uuid.UUID, training_id: uuid.UUID) -> Response:
    """Say what a training is, before it begins: an attempt may count."""
    guest = doorkeeper.check(visit_id)
    with transaction() as session:
        training = trainings.find(session, guest.caller, training_id)
    return doorkeeper.page("work/practice.html", training=training)


@blp.post("/v/<uuid:visit_id>/practice/<uuid:training_id>")
def begin(visit_id: uuid.UUID, training_id: uuid.UUID) -> ResponseReturnValue:
    """Begin an attempt, or go on with the one that is running."""
    guest = doorkeeper.check(visit_id)
    try:
        with transaction() as session:
            step = training_attempts.start(
                session, guest.caller, training_id, annotator=guest.annotator
            )
    except Conflict as refusal:
        return doorkeeper.page("work/refused.html", status=409, error=refusal)
    return _to(visit_id, step.attempt.id)


@blp.get("/v/<uuid:visit_id>/attempts/<uuid:attempt_id>")
def attempt(visit_id: uuid.UUID, attempt_id: uuid.UUID) -> Response:
    """Show the next item of an attempt, or how it ended."""
    guest = doorkeeper.check(visit_id)
    with transaction() as session:
        step = _own(guest, training_attempts.read(session, guest.caller, attempt_id))
        return _shown(session, guest, step)


@blp.post("/v/<uuid:visit_id>/attempts/<uuid:attempt_id>")
def practise(visit_id: uuid.UUID, attempt_id: uuid.UUID) -> ResponseReturnValue:
    """Take the answer to an item in; after practice say what is right, and why."""
    guest = doorkeeper.check(visit_id)
    number, label = request.form.get("number", 0, type=int), request.form.get("label", "")
    try:
        with transaction() as session:
            before = _own(guest, training_attempts.read(session, guest.caller, attempt_id))
            feedback, _ = training_attempts.answer(
                session, guest.caller, attempt_id, number=number, label=label
            )
            if feedback is not None:
                return _shown(session, guest, before, feedback=feedback, given=label)
    except (Conflict, UnknownLabel):
        pass  # sent twice, or nothing was chosen: what is next is shown
    return _to(visit_id, attempt_id)


def _own(guest: Guest, step: Step) -> Step:
    if step.attempt.annotator_id != guest.annotator_id:
        raise NotFound("There is no such attempt of yours.")
    return step


def _shown(session: Session, guest: Guest, step: Step, **more: Any) -> Response:
    """Show an item to practise on as the project shows its own."""
    interface = projects.find(session, guest.caller, guest.project_id).config.interface
    item = None if step.item is None else item_of(interface, step.item.payload)
    return doorkeeper.page(
        "work/attempt.html",
        origins=item.origins if item else (),
        step=step,
        item=item,
        choices=interfaces.choices(interface, step.training.labels),
        **more,
    )


def _to(visit_id: uuid.UUID, attempt_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("work.attempt", visit_id=visit_id, attempt_id=attempt_id), 303)
