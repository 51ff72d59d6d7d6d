"""Answers, handed in."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.api.errors import problem_of
from crowd.db import transaction
from crowd.errors import CrowdError
from crowd.schemas.assignments import AnswerIn, AnswersIn, AnswersOut, SubmittedOut
from crowd.services import answers, leases
from crowd.services.answers import Given

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
    selection = body.pop("next")
    with transaction() as session:
        answer = answers.submit(session, g.caller, assignment_id, **body)
        following = None
        if selection is not None:
            again: dict[str, Any] = {"project_id": answer.project_id, "annotator": answer.annotator}
            following = leases.lease_if_open(session, g.caller, **again, **selection)
    return {"answer": answer, "next": following}


@blp.post("/answers")
@allow("answers:write")
@blp.arguments(AnswersIn)
@blp.response(200, AnswersOut)
def submit_all(body: dict[str, Any]) -> dict[str, Any]:
    """Hand in up to 100 answers and, with `next`, lease again in the same round trip.

    Each comes back with its answer or its problem: one that is refused keeps no other out.
    """
    given = [Given(**item) for item in body["answers"]]
    with transaction() as session:
        outcomes = answers.submit_all(session, g.caller, given)
        following = body["next"] and leases.lease_if_open(session, g.caller, **body["next"])
    return {
        "answers": [
            {"assignment_id": one.assignment_id, "answer": None, "problem": problem_of(outcome)}
            if isinstance(outcome, CrowdError)
            else {"assignment_id": one.assignment_id, "answer": outcome, "problem": None}
            for one, outcome in zip(given, outcomes, strict=True)
        ],
        "next": following,
    }
