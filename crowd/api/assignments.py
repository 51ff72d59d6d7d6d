"""Assignments: work leased to annotators."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas.assignments import AssignmentOut, LeasedOut, LeaseIn
from crowd.services import assignments, leases

blp = Noun("assignments", __name__, description="One task leased to one annotator.")


@blp.post("/assignments")
@allow("assignments:write")
@blp.arguments(LeaseIn)
@blp.response(200, LeasedOut)
def lease(body: dict[str, Any]) -> leases.Leased:
    """Lease the next tasks for an annotator, or the ones you name.

    No work is an answer: `assignments` is empty and `reason` says why: `all_done`,
    `none_left_for_you`, `paused`, `blocked`, `not_in_pool`, `not_qualified`,
    `guideline_not_accepted`, `retraining_required`, `limit_reached`, `budget_spent`,
    `deadline_passed`; `retry_after` says when asking again makes sense, null: it does not. For a
    named task: `task_closed`, `task_full` (ask again later), `already_answered`, `no_such_task`,
    `not_qualified`.
    Leasing a named task twice gives the same assignment.
    """
    with transaction() as session:
        return leases.lease(session, g.caller, **body)


@blp.get("/assignments/<uuid:assignment_id>")
@allow("assignments:read")
@blp.response(200, AssignmentOut)
def read(assignment_id: uuid.UUID) -> Any:
    """Read an assignment of one of your annotators."""
    with transaction() as session:
        return assignments.find(session, g.caller, assignment_id)


@blp.post("/assignments/<uuid:assignment_id>/return")
@allow("assignments:write")
@blp.response(200, AssignmentOut)
def give_back(assignment_id: uuid.UUID) -> Any:
    """Give an assignment back unanswered; its slot is free at once."""
    with transaction() as session:
        return assignments.give_back(session, g.caller, assignment_id)


@blp.post("/assignments/<uuid:assignment_id>/extend")
@allow("assignments:write")
@blp.response(200, AssignmentOut)
def extend(assignment_id: uuid.UUID) -> Any:
    """Start the lease's time anew."""
    with transaction() as session:
        return assignments.extend(session, g.caller, assignment_id)
