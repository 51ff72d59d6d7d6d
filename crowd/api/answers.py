"""Answers, handed in."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas.assignments import AnswerIn, SubmittedOut
from crowd.services import answers, leases

blp = Noun("answers", __name__, description="What annotators hand in.")


@blp.post("/assignments/<uuid:assignment_id>/answer")
@allow("answers:write")
@blp.arguments(AnswerIn)
@blp.response(201, SubmittedOut)
def submit(body: dict[str, Any], assignment_id: uuid.UUID) -> dict[str, Any]:
    """Hand in an answer and, with `next`, lease again in the same round trip.

    With 201 the answer is stored for good. A late answer is taken while its slot is still free,
    else 410; a second answer is 409.
    """
    with transaction() as session:
        answer = answers.submit(session, g.caller, assignment_id, label=body["label"])
        selection = body["next"]
        following = selection and leases.lease_again(session, g.caller, answer, **selection)
    return {"answer": answer, "next": following}
