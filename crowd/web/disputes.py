"""Disputes at the console: the queue, the evidence, and the form in which one rules."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from crowd.db import transaction
from crowd.errors import Conflict, CrowdError, Invalid, StaleVersion
from crowd.schemas.disputes import CAUSES, DisputeListArgs, EvidenceArgs, NextDisputeIn
from crowd.schemas.rulings import REASONS, RulingFormIn, UndoRulingIn
from crowd.services import audits, claims, disputes, evidence, projects, rulings
from crowd.services.answer_kinds import MULTI_LABEL, NUMERIC
from crowd.services.evidence import Evidence
from crowd.services.projects import ProjectView
from crowd.web import pages
from crowd.web.filters import answer
from crowd.web.items import excerpt, item_of

blp = Blueprint("disputes", __name__)
#: A key for each reason: the first letter that is free.
REASON_KEYS = dict(zip(REASONS, "aiesb", strict=True))


class Choice(NamedTuple):
    """A label that can be ruled, as the form shows it."""

    label: str
    #: "": it has none, there are too many.
    key: str
    votes: int
    share: float | None


@blp.get("/projects/<uuid:project_id>/disputes")
@pages.requires("disputes:read")
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """List what waits for a ruling, the most valuable first."""
    query = pages.load(DisputeListArgs, request.args)
    with transaction() as session:
        view = projects.find(session, pages.caller(), project_id)
        page = disputes.one_page_of(session, pages.caller(), project_id, **query)
        people = claims.names_of(session, [row.dispute.claimed_by for row in page.items])
        audit = _audit(session, view)
    shown: dict[str, Any] = {"project": view.project, "labels": view.config.labels}
    shown |= {"causes": CAUSES, "page": page, "people": people, "audit": audit, "excerpt": excerpt}
    return pages.page("disputes.html", query=query, kind=view.config.answer_type, **shown)


@blp.post("/projects/<uuid:project_id>/disputes/next")
@pages.requires("disputes:rule")
def claim_next(project_id: uuid.UUID) -> ResponseReturnValue:
    """Let the present one go, take the most valuable one behind it, and show that."""
    wish = pages.load(NextDisputeIn)
    return _go_on(project_id, wish["after"], wish["cause"])


@blp.get("/projects/<uuid:project_id>/disputes/<uuid:dispute_id>")
@pages.requires("disputes:read")
def show(project_id: uuid.UUID, dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Show all that speaks for and against a label."""
    return _shown(project_id, dispute_id)


@blp.post("/projects/<uuid:project_id>/disputes/<uuid:dispute_id>/claim")
@pages.requires("disputes:rule")
def claim(project_id: uuid.UUID, dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Take a dispute, or, from an open page, go on holding it."""
    with transaction() as session:
        claims.claim(session, pages.caller(), dispute_id)
    if "HX-Request" in request.headers:
        return "", 204
    return _back_to(project_id, dispute_id, "It is yours.")


@blp.post("/projects/<uuid:project_id>/disputes/<uuid:dispute_id>/release")
@pages.requires("disputes:rule")
def release(project_id: uuid.UUID, dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Let a dispute go."""
    with transaction() as session:
        claims.release(session, pages.caller(), dispute_id)
    return pages.back("console.disputes.index", "You let it go.", project_id=project_id)


@blp.post("/projects/<uuid:project_id>/disputes/<uuid:dispute_id>/rulings")
@pages.requires("disputes:rule")
def rule(project_id: uuid.UUID, dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Rule, and go on to the next one where the form says so."""
    try:
        given = pages.load(RulingFormIn)
        goes_on = given.pop("goes_on")
        with transaction() as session:
            kind = projects.find(session, pages.caller(), project_id).config.answer_type
            ruled = rulings.rule(session, pages.caller(), dispute_id, **given)
    except (Conflict, Invalid, StaleVersion) as refusal:
        return _shown(project_id, dispute_id, refusal)
    said = _told(ruled, kind)
    if goes_on:
        return _go_on(project_id, None, None, said)
    return _back_to(project_id, dispute_id, said)


@blp.post("/projects/<uuid:project_id>/rulings/<uuid:ruling_id>/undo")
@pages.requires("disputes:rule")
def undo(project_id: uuid.UUID, ruling_id: uuid.UUID) -> ResponseReturnValue:
    """Take back a ruling that stands."""
    given = pages.load(UndoRulingIn)
    with transaction() as session:
        undone = rulings.undo(session, pages.caller(), ruling_id, **given)
    is_final = undone.ruling.ruling.is_final
    said = "It is undone." if is_final else "Proposed; another person has to agree."
    return _back_to(project_id, undone.dispute.id, said)


def _shown(
    project_id: uuid.UUID, dispute_id: uuid.UUID, refusal: CrowdError | None = None
) -> ResponseReturnValue:
    """Show a dispute as it is now; after a refusal with what was typed, the verdict set aside."""
    wish = pages.load(EvidenceArgs, request.args)
    with transaction() as session:
        project = projects.find(session, pages.caller(), project_id).project
        found = evidence.read(session, pages.caller(), dispute_id, **wish)
        people = claims.names_of(session, [found.row.dispute.claimed_by])
    item = item_of(found.config.interface, found.row.task.payload)
    pages.allow_media(item)
    shown: dict[str, Any] = {"project": project, "people": people, "choices": _choices(found)}
    shown |= {"reasons": REASON_KEYS, "me": claims.person_of(pages.caller()), "item": item}
    shown |= {"excerpt": excerpt, "kind": found.config.answer_type, "typed": request.form}
    status = 200 if refusal is None else refusal.status
    return pages.page("dispute.html", status, found=found, refusal=refusal, **shown)


def _told(ruled: rulings.Ruled, kind: str) -> str:
    said = "Ruled" if ruled.state == "ruled" else "Proposed; another person has to agree"
    label = ruled.ruling.ruling.label
    return f"{said}: {'no right answer' if label is None else answer(label, kind)}."


def _audit(session: Session, view: ProjectView) -> audits.Audit | None:
    """Read what the random sample says, where the project draws one."""
    if not view.config.rulings["audit_share"]:
        return None
    return audits.read(session, pages.caller(), view.project.id)


def _go_on(
    project_id: uuid.UUID, after: uuid.UUID | None, cause: str | None, said: str = ""
) -> ResponseReturnValue:
    with transaction() as session:
        if after is not None:
            claims.release(session, pages.caller(), after)
        found = claims.claim_next(session, pages.caller(), project_id, after=after, cause=cause)
    if found is None:
        nothing = f"{said} Nothing else waits for you here.".strip()
        return pages.back("console.disputes.index", nothing, project_id=project_id)
    return _back_to(project_id, found.dispute_id, said and f"{said} This is the next one.")


def _back_to(project_id: uuid.UUID, dispute_id: uuid.UUID, said: str) -> ResponseReturnValue:
    named = {"project_id": project_id, "dispute_id": dispute_id}
    return pages.back("console.disputes.show", said, **named)


def _choices(found: Evidence) -> Sequence[Choice]:
    """Lay out the labels, the more probable ones first where there are too many for a key each."""
    votes = Counter(ballot.label for ballot in found.ballots if not ballot.excluded)
    shares = found.posterior or {}
    labels = list(found.config.labels)
    if found.config.answer_type in (MULTI_LABEL, NUMERIC):
        # there is no end of what might be right: what somebody has said is offered
        labels = list(votes)
    if len(labels) > 9:
        labels.sort(key=lambda label: (-votes[label], -shares.get(label, 0.0)))
    return [
        Choice(label, str(place) if place <= 9 else "", votes[label], shares.get(label))
        for place, label in enumerate(labels, 1)
    ]
