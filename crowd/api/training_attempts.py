"""Attempts at trainings, item by item."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import trainings as shapes
from crowd.services import training_attempts
from crowd.services.training_attempts import Step

blp = Noun("training-attempts", __name__, description="Annotators go through trainings.")


@blp.post("/trainings/<uuid:training_id>/attempts")
@allow("assignments:write")
@blp.arguments(shapes.AttemptIn)
@blp.response(200, shapes.StepOut)
def start(body: dict[str, Any], training_id: uuid.UUID) -> dict[str, Any]:
    """Let one of your annotators begin a training, or go on with the attempt that is running.

    409 where no attempt is left or it is too early for the next; the detail says which.
    """
    with transaction() as session:
        return _shown(training_attempts.start(session, g.caller, training_id, **body))


@blp.get("/training-attempts/<uuid:attempt_id>")
@allow("assignments:read")
@blp.response(200, shapes.StepOut)
def read(attempt_id: uuid.UUID) -> dict[str, Any]:
    """Read where an attempt stands, with the item that is next."""
    with transaction() as session:
        return _shown(training_attempts.read(session, g.caller, attempt_id))


@blp.post("/training-attempts/<uuid:attempt_id>/answers")
@allow("answers:write")
@blp.arguments(shapes.AttemptAnswerIn)
@blp.response(200, shapes.AnsweredStepOut)
def answer(body: dict[str, Any], attempt_id: uuid.UUID) -> dict[str, Any]:
    """Answer the next item of an attempt; practice is answered with what is right and why.

    The test is not: with its last answer come the score and whether it is passed.
    """
    with transaction() as session:
        feedback, step = training_attempts.answer(session, g.caller, attempt_id, **body)
        return {"feedback": feedback, "attempt": _shown(step)}


def _shown(step: Step) -> dict[str, Any]:
    """Lay out what a marketplace may know: of an item no more than what is asked."""
    attempt, item = step.attempt, step.item
    return {
        "id": attempt.id,
        "training_id": attempt.training_id,
        "annotator_id": attempt.annotator_id,
        "state": step.state,
        "question": step.training.question,
        "labels": step.training.labels,
        "expires_at": attempt.expires_at,
        "item": item
        and {
            "number": step.number,
            "of": len(attempt.items),
            "kind": item.kind,
            "payload": item.payload,
        },
        "score": attempt.score,
        "attempts_left": step.attempts_left,
        "again_at": step.again_at,
    }
