"""Disputes: the queue, who is at which, and what speaks for and against a label."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import disputes as shapes
from crowd.services import audits, claims, disputes, evidence
from crowd.services.paging import Page

blp = Noun("disputes", __name__, description="Tasks for an expert to rule on.")


@blp.get("/projects/<uuid:project_id>/disputes")
@allow("disputes:read")
@blp.arguments(shapes.DisputeListArgs, location="query")
@blp.response(200, shapes.DisputePage)
def list_disputes(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List a project's disputes, the open ones unless you ask for others, the most valuable first.

    A ruling is worth what it mends now, here and in look-alikes, what it teaches about those who
    answered, and more with age.
    """
    with transaction() as session:
        return disputes.one_page_of(session, g.caller, project_id, **page)


@blp.get("/disputes/<uuid:dispute_id>")
@allow("disputes:read")
@blp.arguments(shapes.EvidenceArgs, location="query")
@blp.response(200, shapes.EvidenceOut)
def read(args: dict[str, Any], dispute_id: uuid.UUID) -> tuple[Any, int, dict[str, str]]:
    """Read all that speaks for and against a label; the ETag is what a ruling asks for."""
    with transaction() as session:
        found = evidence.read(session, g.caller, dispute_id, **args)
    return found, 200, {"ETag": f'"{found.row.dispute.version}"'}


@blp.put("/disputes/<uuid:dispute_id>/claim")
@allow("disputes:rule")
@blp.response(200, shapes.ClaimOut)
def claim(dispute_id: uuid.UUID) -> claims.Claim:
    """Take a dispute, so that nobody else rules on it, or go on holding it for ten minutes more."""
    with transaction() as session:
        return claims.claim(session, g.caller, dispute_id)


@blp.delete("/disputes/<uuid:dispute_id>/claim")
@allow("disputes:rule")
@blp.response(204)
def release(dispute_id: uuid.UUID) -> None:
    """Let a dispute go."""
    with transaction() as session:
        claims.release(session, g.caller, dispute_id)


@blp.post("/projects/<uuid:project_id>/disputes/next")
@allow("disputes:rule")
@blp.arguments(shapes.NextDisputeIn)
@blp.response(200, shapes.NextDisputeOut)
def claim_next(body: dict[str, Any], project_id: uuid.UUID) -> dict[str, Any]:
    """Take the most valuable dispute that nobody is at, and that needs your word."""
    with transaction() as session:
        return {"claim": claims.claim_next(session, g.caller, project_id, **body)}


@blp.get("/projects/<uuid:project_id>/audit")
@allow("disputes:read")
@blp.response(200, shapes.AuditOut)
def audit(project_id: uuid.UUID) -> audits.Audit:
    """Read how often the engine is wrong, by rulings on a random sample of what it has resolved."""
    with transaction() as session:
        return audits.read(session, g.caller, project_id)
