"""Every route × every scope × every tenant who might ask.

The routes come from the application itself: one without an entry in `ROUTES` fails here.
"""

from __future__ import annotations

import io
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from crowd.db import Model
from crowd.models import Dispute, Tenant
from crowd.services import (
    actions,
    annotators,
    answers,
    appeals,
    bans,
    deliveries,
    disputes,
    examples,
    exclusions,
    failures,
    gold_candidates,
    guidelines,
    inquiries,
    leases,
    models,
    operations,
    pools,
    projects,
    qualifications,
    quality_reports,
    rehearsals,
    rules,
    rulings,
    sandbox,
    standards,
    surveys,
    tenants,
    track_upkeep,
    training_attempts,
    trainings,
    users,
    webhooks,
    work_links,
)
from crowd.services.tenants import SCOPES, Caller
from tests.api.conftest import Api
from tests.api.test_refusals import assert_problem
from tests.factories import World, caller

PREFIX = "/api/v1"
#: One statement for all tables: a round trip for each costs more than what it reads.
DIGESTS = text(
    " UNION ALL ".join(
        f"SELECT '{table.name}' AS name, "
        f"md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM {table.name} t"
        for table in Model.metadata.sorted_tables
        if table.name != "api_keys"
    )
)

RULE = {"name": "gold", "collector": "gold_accuracy", "below": 0.6, "action": "block"}
WHOLE_RULE: dict[str, Any] = {
    **RULE,
    "span": 10,
    "least": 5,
    "sure": None,
    "pause_seconds": None,
    "from_beginning": False,
}
POOL = {"name": "experts", "qualifications": ["birds"]}
TRAINING = {"name": "birds", "labels": ["yes", "no"], "test": [{"label": "yes"}]}
WHOLE_TRAINING: dict[str, Any] = {
    **TRAINING,
    "question": "",
    "practice": [],
    "test": [{"payload": {}, "label": "yes"}],
    "pass_mark": 0.8,
    "attempts": 3,
    "wait_seconds": 0,
    "attempt_seconds": 60,
    "qualification": "birds",
    "valid_seconds": None,
}


@dataclass(frozen=True)
class Route:
    """How to call a route with success, and who may."""

    scope: str
    #: Who calls: requester or marketplace; "sandbox" for a marketplace's side of a sandbox.
    by: str
    status: int = 200
    body: Any = None
    #: Further arguments of the request.
    request: dict[str, Any] = field(default_factory=dict)
    #: A marketplace the project is open to may see it as well.
    shared: bool = False
    #: It names somebody's rows: others get 404.
    names: bool = True
    #: What it gives to others, which the key has to have as well.
    gives: frozenset[str] = frozenset()


def _tasks() -> dict[str, Any]:
    return {"data": "external_id\nnew\n", "content_type": "text/csv"}


AUDITING = users.ROLES["requester"]["auditor"]
INVITED = {"email": "ada@example.org", "name": "Ada", "roles": ["auditor"]}
PROJECT = {"name": "mine", "labels": ["a", "b"]}
IF_MATCH = {"headers": {"If-Match": '"1-running"'}}
#: A public address that needs no name service.
WEBHOOK = {"url": "https://1.1.1.1/hook"}
BONUS = {
    "annotator_id": "{annotator_id}",
    "amount": "0.5",
    "currency": "EUR",
    "reason": "thanks",
    "key": "1",
}
ROUTES = {
    "POST /projects": Route("projects:write", "requester", 201, PROJECT, names=False),
    "GET /projects": Route("projects:read", "requester", names=False),
    "GET /project-templates": Route("projects:write", "requester", names=False),
    "GET /project-templates/{template}": Route("projects:write", "requester", names=False),
    "POST /project-templates/{template}/projects": Route(
        "projects:write", "requester", 201, {"name": "mine"}, names=False
    ),
    "POST /projects/{project_id}/samples": Route(
        "tasks:write", "requester", body={"template": "moderation"}
    ),
    "GET /projects/{project_id}": Route("projects:read", "requester", shared=True),
    "PATCH /projects/{project_id}": Route(
        "projects:write", "requester", body={"state": "paused"}, request=IF_MATCH
    ),
    "GET /projects/{project_id}/config-versions": Route("projects:write", "requester"),
    "GET /marketplaces": Route("projects:write", "requester", names=False),
    "GET /projects/{project_id}/marketplaces": Route("projects:write", "requester"),
    "PUT /projects/{project_id}/marketplaces/{marketplace_id}": Route(
        "projects:write", "requester", 204
    ),
    "DELETE /projects/{project_id}/marketplaces/{marketplace_id}": Route(
        "projects:write", "requester", 204
    ),
    "GET /projects/{project_id}/progress": Route("results:read", "requester"),
    "POST /projects/{project_id}/refits": Route("projects:write", "requester", 202),
    "GET /projects/{project_id}/runs": Route("results:read", "requester"),
    "GET /projects/{project_id}/skills": Route("skills:read", "requester"),
    "POST /projects/{project_id}/tasks": Route(
        "tasks:write", "requester", 201, {"external_id": "new"}
    ),
    "GET /projects/{project_id}/tasks": Route("tasks:read", "requester"),
    "GET /tasks/{task_id}": Route("tasks:read", "requester"),
    "POST /projects/{project_id}/imports": Route("tasks:write", "requester", request=_tasks()),
    "PUT /tasks/{task_id}/gold": Route("gold:write", "requester", body={"label": "yes"}),
    "DELETE /tasks/{task_id}/gold": Route("gold:write", "requester", 204),
    "GET /tasks/{task_id}/gold": Route("gold:read", "requester"),
    "POST /projects/{project_id}/gold": Route(
        "gold:write", "requester", body={"items": [{"task_id": "{task_id}", "label": "yes"}]}
    ),
    "POST /projects/{project_id}/gold/retirements": Route(
        "gold:write", "requester", 204, {"task_ids": ["{task_id}"], "reason": "worn out"}
    ),
    "GET /projects/{project_id}/gold/candidates": Route("gold:read", "requester"),
    "DELETE /projects/{project_id}/gold/candidates/{task_id}": Route(
        "gold:write", "requester", 204
    ),
    "POST /projects/{project_id}/surveys": Route("results:read", "requester", 202),
    "GET /projects/{project_id}/agreement": Route("results:read", "requester"),
    "GET /projects/{project_id}/confusion": Route("results:read", "requester"),
    "GET /projects/{project_id}/calibration": Route("results:read", "requester"),
    "GET /projects/{project_id}/label-shares": Route("results:read", "requester"),
    "GET /projects/{project_id}/guidelines/{version}/effect": Route("results:read", "requester"),
    "GET /projects/{project_id}/drift": Route("results:read", "requester"),
    "GET /projects/{project_id}/annotator-drifts": Route("skills:read", "requester"),
    "GET /projects/{project_id}/results": Route("results:read", "requester"),
    "GET /tasks/{task_id}/answers": Route("results:read", "requester"),
    "GET /tasks/{task_id}/results": Route("results:read", "requester"),
    "GET /projects/{project_id}/disputes": Route("disputes:read", "requester"),
    "GET /disputes/{dispute_id}": Route("disputes:read", "requester"),
    "PUT /disputes/{dispute_id}/claim": Route("disputes:rule", "requester"),
    "DELETE /disputes/{dispute_id}/claim": Route("disputes:rule", "requester", 204),
    "POST /projects/{project_id}/disputes/next": Route("disputes:rule", "requester", body={}),
    "GET /projects/{project_id}/audit": Route("disputes:read", "requester"),
    "GET /disputes/{dispute_id}/rulings": Route("disputes:read", "requester"),
    "POST /disputes/{dispute_id}/rulings": Route(
        "disputes:rule",
        "requester",
        201,
        {"label": "no", "reason": "subjective"},
        request={"headers": {"If-Match": '"2"'}},
    ),
    "POST /rulings/{ruling_id}/undo": Route("disputes:rule", "requester", 201, {}),
    "GET /projects/{project_id}/export": Route("results:read", "requester"),
    "POST /annotators": Route(
        "annotators:write", "marketplace", 201, {"external_id": "new"}, names=False
    ),
    "GET /annotators": Route("annotators:read", "marketplace", names=False),
    "GET /annotators/{annotator_id}": Route("annotators:read", "marketplace"),
    "POST /assignments": Route(
        "assignments:write",
        "marketplace",
        body={"project_id": "{project_id}", "annotator": "ann"},
    ),
    "GET /assignments/{assignment_id}": Route("assignments:read", "marketplace"),
    "POST /assignments/{assignment_id}/return": Route("assignments:write", "marketplace"),
    "POST /assignments/{assignment_id}/extend": Route("assignments:write", "marketplace"),
    "POST /assignments/{assignment_id}/answer": Route(
        "answers:write", "marketplace", 201, {"label": "yes", "next": {}}
    ),
    "POST /answers": Route(
        "answers:write",
        "marketplace",
        # each answer has its own outcome, whoever asks: see test_answers
        body={"answers": [{"assignment_id": str(uuid.uuid4()), "label": "yes"}]},
        names=False,
    ),
    "POST /annotators/{annotator_id}/block": Route(
        "annotators:write", "marketplace", body={"reason": "too fast"}
    ),
    "POST /annotators/{annotator_id}/unblock": Route("annotators:write", "marketplace"),
    "POST /projects/{project_id}/guidelines": Route(
        "projects:write", "requester", 201, {"body": "look twice"}
    ),
    "GET /projects/{project_id}/guidelines": Route("projects:write", "requester"),
    "GET /projects/{project_id}/guideline": Route("projects:read", "requester", shared=True),
    "POST /projects/{project_id}/guideline/acceptances": Route(
        "assignments:write", "marketplace", body={"annotator": "ann", "version": 1}
    ),
    "POST /projects/{project_id}/examples": Route(
        "projects:write",
        "requester",
        201,
        {"payload": {"text": "woof"}, "label": "yes", "explanation": "it barks"},
    ),
    "GET /projects/{project_id}/examples": Route("projects:write", "requester"),
    "DELETE /examples/{example_id}": Route("projects:write", "requester", 204),
    "GET /projects/{project_id}/annotators/{annotator_id}/quality": Route(
        "annotators:read", "marketplace"
    ),
    "GET /projects/{project_id}/gold": Route("gold:read", "requester"),
    "PUT /annotators/{annotator_id}/qualifications/{name}": Route(
        "qualifications:write", "requester", body={}
    ),
    "GET /annotators/{annotator_id}/qualifications": Route("qualifications:write", "requester"),
    "DELETE /annotators/{annotator_id}/qualifications/{name}": Route(
        "qualifications:write", "requester", 204
    ),
    "POST /projects/{project_id}/standards": Route(
        "qualifications:write", "requester", 201, {"qualification": "bees", "reach": 0.8}
    ),
    "GET /projects/{project_id}/standards": Route("qualifications:write", "requester"),
    "DELETE /standards/{standard_id}": Route("qualifications:write", "requester", 204),
    "POST /pools": Route("qualifications:write", "requester", 201, POOL, names=False),
    "GET /pools": Route("qualifications:write", "requester", names=False),
    "GET /pools/{pool_id}": Route("qualifications:write", "requester"),
    "PATCH /pools/{pool_id}": Route(
        "qualifications:write", "requester", body={"qualifications": ["bees"]}
    ),
    "DELETE /pools/{pool_id}": Route("qualifications:write", "requester", 204),
    "GET /pools/{pool_id}/members": Route("qualifications:write", "requester"),
    "PUT /pools/{pool_id}/members/{annotator_id}": Route(
        "qualifications:write", "requester", body={"reason": "good"}
    ),
    "DELETE /pools/{pool_id}/members/{annotator_id}": Route(
        "qualifications:write", "requester", 204
    ),
    "POST /trainings": Route("qualifications:write", "requester", 201, TRAINING, names=False),
    "GET /trainings": Route("qualifications:write", "requester", names=False),
    "GET /trainings/{training_id}": Route("qualifications:write", "requester"),
    "DELETE /trainings/{training_id}": Route("qualifications:write", "requester", 204),
    "GET /trainings/{training_id}/attempts": Route("qualifications:write", "requester"),
    "GET /projects/{project_id}/trainings": Route("projects:read", "requester", shared=True),
    "POST /trainings/{training_id}/attempts": Route(
        "assignments:write", "marketplace", body={"annotator": "ann"}
    ),
    "GET /training-attempts/{attempt_id}": Route("assignments:read", "marketplace"),
    "POST /training-attempts/{attempt_id}/answers": Route(
        "answers:write", "marketplace", body={"number": 1, "label": "yes"}
    ),
    "POST /projects/{project_id}/exclusions": Route(
        "exclusions:write",
        "requester",
        201,
        {"annotator_id": "{annotator_id}", "reason": "spam"},
    ),
    "GET /projects/{project_id}/exclusions": Route("exclusions:read", "requester"),
    "POST /exclusions/{exclusion_id}/lift": Route("exclusions:write", "requester"),
    "GET /annotators/{annotator_id}/exclusions": Route("annotators:read", "marketplace"),
    "POST /exclusions/{exclusion_id}/appeals": Route(
        "annotators:write", "marketplace", 201, {"comment": "no"}
    ),
    "PUT /projects/{project_id}/models/{name}": Route("models:write", "requester"),
    "DELETE /projects/{project_id}/models/{name}": Route("models:write", "requester", 204),
    "GET /projects/{project_id}/models": Route("models:read", "requester"),
    "GET /projects/{project_id}/models/{name}/corrections": Route("models:read", "requester"),
    "PUT /projects/{project_id}/models/{name}/endpoint": Route(
        "models:write", "requester", body=WEBHOOK
    ),
    "DELETE /projects/{project_id}/models/{name}/endpoint": Route("models:write", "requester", 204),
    "GET /projects/{project_id}/automation-bias": Route("models:read", "requester"),
    "POST /projects/{project_id}/models/{name}/predictions": Route(
        "models:write",
        "requester",
        body={"predictions": [{"task": "known", "label": "yes", "confidence": 0.9}]},
    ),
    "POST /projects/{project_id}/rules": Route("rules:write", "requester", 201, RULE),
    "GET /projects/{project_id}/rules": Route("rules:read", "requester"),
    "POST /projects/{project_id}/rules/dry-run": Route("rules:read", "requester", body=RULE),
    "GET /projects/{project_id}/likenesses": Route("rules:read", "requester"),
    "DELETE /rules/{rule_id}": Route("rules:write", "requester", 204),
    "POST /projects/{project_id}/actions": Route(
        "rules:write",
        "requester",
        201,
        {"annotator_id": "{annotator_id}", "kind": "warn", "reason": "spam"},
    ),
    "GET /projects/{project_id}/actions": Route("rules:read", "requester"),
    "POST /actions/{action_id}/undo": Route("rules:write", "requester", body={"reason": "x"}),
    "POST /actions/{action_id}/appeals": Route(
        "annotators:write", "marketplace", 201, {"comment": "no"}
    ),
    "POST /answers/{answer_id}/appeals": Route(
        "annotators:write", "marketplace", 201, {"comment": "no"}
    ),
    "GET /appeals": Route("annotators:read", "marketplace", names=False),
    "GET /projects/{project_id}/appeals": Route("rules:read", "requester"),
    "POST /appeals/{appeal_id}/ruling": Route(
        "rules:write", "requester", body={"outcome": "upheld", "reply": "no"}
    ),
    "POST /bans": Route(
        "rules:write", "requester", 201, {"annotator_id": "{annotator_id}", "reason": "spam"}
    ),
    "GET /bans": Route("rules:read", "requester", names=False),
    "POST /bans/{ban_id}/lift": Route("rules:write", "requester", body={"reason": "x"}),
    "GET /annotators/{annotator_id}/bans": Route("annotators:read", "marketplace"),
    "POST /bans/{ban_id}/appeals": Route("annotators:write", "marketplace", 201, {"comment": "no"}),
    "GET /bans/appeals": Route("rules:read", "requester", names=False),
    "GET /annotators/{annotator_id}/actions": Route("annotators:read", "marketplace"),
    "POST /answers/{answer_id}/acceptance": Route("reviews:write", "requester", body={}),
    "POST /answers/{answer_id}/rejection": Route(
        "reviews:write", "requester", body={"reason": "wrong"}
    ),
    "GET /answers/{answer_id}/reviews": Route("payments:read", "requester"),
    "POST /projects/{project_id}/bonuses": Route("payments:write", "requester", 201, BONUS),
    "GET /projects/{project_id}/transfers": Route("payments:read", "requester"),
    "GET /statements": Route("payments:read", "requester", names=False),
    "POST /projects/{project_id}/exports": Route("results:read", "requester", 202, {}),
    "POST /projects/{project_id}/rehearsals": Route("tasks:write", "requester", 201, {}),
    "GET /projects/{project_id}/rehearsals": Route("tasks:read", "requester"),
    "GET /rehearsals/{rehearsal_id}": Route("tasks:read", "requester"),
    "POST /rehearsals/{rehearsal_id}/answers": Route(
        "tasks:write", "requester", 201, {"task_id": "{rehearsed_id}", "label": "yes"}
    ),
    "GET /rehearsals/{rehearsal_id}/comparison": Route("tasks:read", "requester"),
    "POST /projects/{project_id}/quality-reports": Route("results:read", "requester", 202),
    "GET /projects/{project_id}/quality-reports": Route("results:read", "requester"),
    "GET /projects/{project_id}/quality-reports/{number}": Route("results:read", "requester"),
    "GET /projects/{project_id}/quality-reports/{number}/pdf": Route("results:read", "requester"),
    "GET /operations": Route("projects:read", "requester", names=False),
    "GET /operations/{operation_id}": Route("projects:read", "requester"),
    "DELETE /operations/{operation_id}": Route("projects:write", "requester"),
    "GET /operations/{operation_id}/errors": Route("tasks:read", "requester"),
    "GET /operations/{operation_id}/preview": Route("tasks:write", "requester"),
    "POST /operations/{operation_id}/start": Route("tasks:write", "requester", 202, {}),
    "GET /operations/{operation_id}/file": Route("results:read", "requester"),
    "POST /webhooks": Route("webhooks:write", "requester", 201, WEBHOOK, names=False),
    "GET /webhooks": Route("webhooks:read", "requester", names=False),
    "GET /webhooks/{webhook_id}": Route("webhooks:read", "requester"),
    "PATCH /webhooks/{webhook_id}": Route(
        "webhooks:write", "requester", body={"state": "disabled"}
    ),
    "DELETE /webhooks/{webhook_id}": Route("webhooks:write", "requester", 204),
    "POST /webhooks/{webhook_id}/rotate-secret": Route("webhooks:write", "requester"),
    "POST /webhooks/{webhook_id}/test": Route("webhooks:write", "requester", 202),
    "POST /webhooks/{webhook_id}/replay": Route(
        "webhooks:write", "requester", 202, {"since": "2026-01-01T00:00:00Z"}
    ),
    "GET /webhooks/{webhook_id}/deliveries": Route("webhooks:read", "requester"),
    "GET /webhooks/{webhook_id}/deliveries/{delivery_id}": Route("webhooks:read", "requester"),
    "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/replay": Route(
        "webhooks:write", "requester", 202
    ),
    "POST /work-links": Route(
        "links:write", "marketplace", 201, {"project_id": "{project_id}", "annotator": "ann"}
    ),
    "GET /work-links": Route("links:read", "marketplace", names=False),
    "DELETE /work-links/{link_id}": Route("links:write", "marketplace", 204),
    "GET /work-links/{link_id}/visits": Route("links:read", "marketplace"),
    "GET /forecasts": Route("results:read", "requester", names=False),
    "GET /projects/{project_id}/forecast": Route("results:read", "requester"),
    "GET /projects/{project_id}/pace": Route("results:read", "requester"),
    "POST /projects/{project_id}/what-ifs": Route(
        "results:read", "requester", 202, {"overlap_max": 5}
    ),
    "GET /projects/{project_id}/annotators": Route("skills:read", "requester"),
    "GET /projects/{project_id}/annotators/{annotator_id}": Route("skills:read", "requester"),
    "GET /projects/{project_id}/annotators/{annotator_id}/answers": Route(
        "skills:read", "requester"
    ),
    "GET /projects/{project_id}/leaderboard": Route("skills:read", "requester"),
    "POST /projects/{project_id}/bulk-acts": Route(
        "rules:write",
        "requester",
        202,
        {"annotator_ids": [str(uuid.uuid4())], "kind": "warn", "reason": "spam"},
    ),
    "GET /audit": Route("audit:read", "requester", names=False),
    "GET /keys": Route("keys:read", "requester", names=False),
    "POST /keys": Route("keys:write", "requester", 201, {"name": "k"}, names=False),
    "POST /keys/{key_id}/rotate": Route("keys:write", "requester", 201, {}),
    "DELETE /keys/{key_id}": Route("keys:write", "requester", 204),
    "GET /marketplaces/{marketplace_id}": Route("projects:write", "requester", names=False),
    "GET /users": Route("users:read", "requester", names=False),
    "POST /users": Route("users:write", "requester", 201, INVITED, names=False, gives=AUDITING),
    "PATCH /users/{user_id}": Route(
        "users:write", "requester", body={"roles": ["auditor"]}, gives=AUDITING
    ),
    "DELETE /users/{user_id}": Route("users:write", "requester", 204, gives=AUDITING),
    "POST /users/{user_id}/link": Route("users:write", "requester", 201, gives=AUDITING),
    "GET /tenants": Route("system:read", "requester", names=False),
    "POST /tenants": Route(
        "system:write", "requester", 201, {"name": "new", "kind": "marketplace"}, names=False
    ),
    "GET /system": Route("system:read", "requester", names=False),
    "GET /system/failures": Route("system:read", "requester", names=False),
    "POST /system/failures/{failure_id}/retry": Route("system:write", "requester", 202),
    "POST /sandbox": Route("sandbox:write", "marketplace", 201, names=False),
    "POST /sandbox/projects": Route("sandbox:write", "sandbox", 201, {"size": 2}, names=False),
    "PUT /sandbox/projects/{project_id}/supply": Route(
        "sandbox:write", "sandbox", body={"reason": "paused"}
    ),
    "POST /sandbox/projects/{project_id}/answers": Route("sandbox:write", "sandbox", 201, {}),
    "POST /sandbox/assignments/{assignment_id}/expire": Route("sandbox:write", "sandbox"),
    "PUT /sandbox/annotators/{annotator_id}/state": Route(
        "sandbox:write", "sandbox", body={"state": "blocked"}
    ),
}


class Scene:
    """A tenant's rows, real or in a sandbox, that a route can name."""

    def __init__(self, world: World, client: FlaskClient, route: Route, address: str) -> None:
        self.session, self.client, self.route, self.address = world.session, client, route, address
        self.world = world
        requester, marketplace = world.requester, world.marketplace
        project_id = world.project_id
        if route.by == "sandbox":
            requester, marketplace = sides_of_sandbox(world, world.marketplace)
            view = sandbox.create_project(self.session, requester, name=None, size=3, gold=1)
            project_id = view.project.id
        else:
            world.task("known", gold="yes"), world.tasks(2)
        if "/guideline" in address:
            guidelines.add(self.session, requester, project_id, body="look twice")
            world.change(guideline=1, must_accept=False)
        self.caller = requester if route.by == "requester" else marketplace
        annotator = annotators.register(self.session, marketplace, external_id="ann")
        leases.lease(self.session, marketplace, project_id=project_id, annotator="ann")
        self.session.flush()
        key, _ = tenants.create_key(
            self.session, self.tenant(self.caller), name="named", scopes=[route.scope]
        )
        held = "SELECT id, task_id FROM assignments WHERE annotator_id = :a"
        assignment = self.session.execute(text(held), {"a": annotator.id}).one()
        known = "SELECT task_id FROM gold WHERE project_id = :p"
        self.ids = {
            "project_id": project_id,
            "task_id": self.session.execute(text(known), {"p": project_id}).scalar_one(),
            "assignment_id": assignment.id,
            "annotator_id": annotator.id,
            "marketplace_id": marketplace.tenant_id,
            "key_id": key.id,
            "name": "birds",
            "version": 1,
            "template": "moderation",
            "number": 1,
            **self._training(requester, marketplace),
            **self._made_for_it(project_id, annotator.id),
        }

    def _made_for_it(self, project_id: uuid.UUID, annotator_id: uuid.UUID) -> dict[str, Any]:
        """Make what only some routes are about."""
        if self.route.by != "requester":
            if "/work-links/" in self.address:
                made = work_links.create(self.session, self.caller, project_id=project_id)
                return {"link_id": made.link.id}
            if "/appeals" not in self.address:
                return {}
            self.world.change(currency="EUR", pay_excluded=False)
            answer = self.world.answer("another", self.world.task(), "yes")
            return {
                "answer_id": answer.id,
                "action_id": self._action(project_id, self.world.annotator("another").id),
                "exclusion_id": self._exclusion(project_id),
                "ban_id": self._ban("another"),
            }
        if self.address.endswith("/what-ifs"):
            for task in self.world.tasks(20):
                self.world.answer("another", task, "yes")
        qualifications.grant(self.session, self.caller, annotator_id, "birds")
        self._survey(project_id)
        if "/models" in self.address:
            models.register(self.session, self.caller, project_id, "birds")
            inquiries.set_endpoint(self.session, self.caller, project_id, "birds", **WEBHOOK)
        if self.address.endswith("/bonuses"):
            self.world.change(currency="EUR")
        another = self.world.hold("another")
        answer = answers.submit(self.session, self.world.marketplace, another.id, label="yes")
        webhook = webhooks.create(self.session, self.caller, **WEBHOOK)
        delivery = deliveries.send_test(self.session, self.caller, webhook.id)
        operation_id = self._operation(project_id)
        candidate = self._candidate(project_id) if "/candidates" in self.address else {}
        action_id = self._action(project_id, annotator_id)
        appeal = appeals.against_action(
            self.session, self.world.marketplace, action_id, comment="no"
        )
        exclusion_id = self._exclusion(project_id)
        track_upkeep.keep(self.session, project_id)
        return {
            **self._ruled(project_id),
            **candidate,
            "answer_id": answer.id,
            "webhook_id": webhook.id,
            "delivery_id": delivery.id,
            "operation_id": operation_id,
            "exclusion_id": exclusion_id,
            "rule_id": rules.create(self.session, self.caller, project_id, **WHOLE_RULE).id,
            "action_id": action_id,
            "appeal_id": appeal.id,
            "ban_id": self._ban("another"),
            "example_id": self._example(project_id),
            "standard_id": self._standard(project_id),
            "pool_id": self._pool(annotator_id),
            "user_id": self._user(),
            "failure_id": self._failure(),
            **self._rehearsal(project_id),
            **self._report(project_id),
        }

    def _user(self) -> uuid.UUID:
        wish = {"email": "grace@example.org", "name": "Grace", "roles": ["auditor"]}
        return users.invite(self.session, self.world.requester, **wish).user.id

    def _failure(self) -> uuid.UUID:
        wish = {"queue": "fits", "job": "fit", "event_ids": [], "error": "x", "traceback": ""}
        failures.note(self.session, **wish)
        self.session.flush()
        return failures.one_page_of(self.session, after=None, limit=1).items[0].failure.id

    def _ruled(self, project_id: uuid.UUID) -> dict[str, Any]:
        """Open a dispute; rule on it where the route is about rulings."""
        task = self.world.task("disputed")
        disputes.open_about(self.session, [task.id], "split_by_pool")
        query = select(Dispute.id).filter_by(task_id=task.id)
        dispute_id = self.session.scalars(query).one()
        if "/ruling" not in self.address:
            return {"dispute_id": dispute_id}
        said: dict[str, Any] = {"expected": "1", "label": "yes", "reason": "subjective"}
        ruled = rulings.rule(self.session, self.world.requester, dispute_id, **said)
        return {"dispute_id": dispute_id, "ruling_id": ruled.ruling.ruling.id}

    def _survey(self, project_id: uuid.UUID) -> None:
        figures = {name: {"1": {}} for name in surveys.FIGURES}
        header = {"run_number": 0, "config_version": 1, "answers": 1, "one_in": 1}
        at = datetime.now(UTC)
        surveys.record(self.session, project_id, figures, started_at=at, **header)

    def _candidate(self, project_id: uuid.UUID) -> dict[str, uuid.UUID]:
        task = self.world.task("sure")
        task.state = "resolved"
        self.session.flush()
        found = {"label": "yes", "confidence": 0.99, "answers": 3, "unlike": 0, "good": 3}
        gold_candidates.record(self.session, project_id, [{"task_id": str(task.id), **found}])
        return {"task_id": task.id}

    def _report(self, project_id: uuid.UUID) -> dict[str, Any]:
        if "/quality-reports/" not in self.address:
            return {}
        report = quality_reports.request(self.session, self.caller, project_id)
        content = {"project": {"config_version": 1, "guideline": None, "run_number": None}}
        quality_reports.keep(self.session, report.id, content, b"%PDF")
        self.session.flush()
        return {"number": report.number}

    def _rehearsal(self, project_id: uuid.UUID) -> dict[str, Any]:
        if "/rehearsals/" not in self.address:
            return {}
        rehearsal = rehearsals.start(self.session, self.caller, project_id)
        return {"rehearsal_id": rehearsal.id, "rehearsed_id": rehearsal.task_ids[0]}

    def _operation(self, project_id: uuid.UUID) -> uuid.UUID:
        asking = self.session, self.caller, project_id
        if self.address.endswith(("/preview", "/start")):
            file = io.BytesIO(b'{"external_id": "held"}')
            return operations.start_import(*asking, "ndjson", file, hold=True).id
        export = operations.start_export(*asking, what="results", form="ndjson")
        while operations.go_on(self.session, export.id):
            pass
        return export.id

    def _example(self, project_id: uuid.UUID) -> uuid.UUID:
        wish: dict[str, Any] = {"payload": {"n": 1}, "label": "yes", "explanation": "it"}
        return examples.add(self.session, self.caller, project_id, **wish).id

    def _training(self, requester: Caller, marketplace: Caller) -> dict[str, Any]:
        """Have an annotator begin a training."""
        if "/training" not in self.address:
            return {}
        terms = {**WHOLE_TRAINING, "name": "there already"}
        training = trainings.create(self.session, requester, **terms)
        step = training_attempts.start(self.session, marketplace, training.id, annotator="ann")
        return {"training_id": training.id, "attempt_id": step.attempt.id}

    def _action(self, project_id: uuid.UUID, annotator_id: uuid.UUID) -> uuid.UUID:
        wish = {"annotator_id": annotator_id, "kind": "warn", "reason": "spam"}
        action = actions.take(self.session, self.world.requester, project_id, **wish)
        assert action is not None
        return action.id

    def _ban(self, name: str) -> uuid.UUID:
        who = self.world.annotator(name).id
        wish = {"annotator_id": who, "reason": "spam"}
        return bans.impose(self.session, self.world.requester, **wish).id

    def _pool(self, annotator_id: uuid.UUID) -> uuid.UUID:
        pool = pools.create(self.session, self.world.requester, name="good ones")
        said = {"admitted": True, "reason": "good"}
        pools.put_member(self.session, self.world.requester, pool.id, annotator_id, **said)
        return pool.id

    def _standard(self, project_id: uuid.UUID) -> uuid.UUID:
        terms = {"qualification": "birds", "reach": 0.9, "least_answers": 9, "least_gold": 0}
        view = standards.create(self.session, self.world.requester, project_id, **terms)
        return view.standard.id

    def _exclusion(self, project_id: uuid.UUID) -> uuid.UUID:
        """Have two annotators answer, and the answers of one excluded."""
        task = self.world.task("answered")
        for name in ("ann", "excluded"):
            self.world.answer(name, task, "yes")
        who = self.world.annotator("excluded").id
        wish = {"annotator_id": who, "reason": "spam"}
        return exclusions.exclude(self.session, self.world.requester, project_id, **wish).id

    def tenant(self, who: Caller) -> Tenant:
        return self.session.get_one(Tenant, who.tenant_id)

    def call(self, who: Caller, *scopes: str) -> TestResponse:
        """Call the route with a new key that has some scopes."""
        _, token = tenants.create_key(self.session, self.tenant(who), name="k", scopes=scopes)
        method, _, path = self.address.partition(" ")
        body = self.route.body
        if isinstance(body, dict):
            body = filled(body, self.ids)
        path = path.format(**self.ids)
        # a copy: the client takes things out of what it is given
        return Api(self.client, token)(method, path, body, **dict(self.route.request))

    @cached_property
    def others(self) -> dict[str, Caller]:
        """Everybody who has nothing to do with the caller's rows, or only something."""
        session = self.session
        stranger, outside, neighbour = (
            caller(session, kind)[0] for kind in ("requester", "marketplace", "marketplace")
        )
        found = {"another requester": stranger, "a marketplace without grant": outside}
        if self.route.by == "sandbox":
            sides = sides_of_sandbox(self.world, outside)
            return {"another's sandbox, asking": sides[0], "another's sandbox, answering": sides[1]}
        projects.open_to(session, self.world.requester, self.world.project_id, neighbour.tenant_id)
        found["another marketplace of the project"] = neighbour
        sides = sides_of_sandbox(self.world, self.caller)
        return {**found, "one's own sandbox": sides[0], "one's own sandbox, answering": sides[1]}

    def rows(self) -> dict[str, str]:
        """A digest of every table but the keys, which the test itself makes."""
        self.session.flush()
        return {row.name: row.digest for row in self.session.execute(DIGESTS)}


def filled(part: Any, ids: dict[str, Any]) -> Any:
    """Put ids into a body, however deep."""
    match part:
        case str():
            return part.format(**ids)
        case list():
            return [filled(item, ids) for item in part]
        case dict():
            return {name: filled(item, ids) for name, item in part.items()}
    return part


def sides_of_sandbox(world: World, who: Caller) -> tuple[Caller, Caller]:
    made = sandbox.enter(world.session, who)
    requester, marketplace = (tenants.authenticate(world.session, made[kind][1]) for kind in SCOPES)
    return requester, marketplace


@pytest.fixture(params=ROUTES)
def scene(request: pytest.FixtureRequest, world: World, client: FlaskClient) -> Scene:
    return Scene(world, client, ROUTES[request.param], request.param)


def as_written(rule: str) -> str:
    return re.sub("<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule.removeprefix(PREFIX))


def test_every_route_is_tried_here(app: Flask) -> None:
    there = {
        f"{method} {as_written(rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(PREFIX) and "openapi" not in rule.rule
    }

    untried, gone = sorted(there - ROUTES.keys()), sorted(ROUTES.keys() - there)
    assert not untried, (
        f"Nobody has said who may call {untried}. Add to ROUTES in {__file__}: "
        f'"{untried[0]}": Route("the:scope", "requester" or "marketplace", status, body). '
        f"An id in the path that `Scene.ids` does not have yet belongs there too."
    )
    assert not gone, f"ROUTES in {__file__} names what is no route any more: {gone}"


def test_the_right_scope_alone_opens_a_route_and_no_other_does(scene: Scene) -> None:
    before = scene.rows()
    # were there one that opens it too, it would be among these
    every_other = {*SCOPES[scene.caller.kind], *scene.route.gives} - {scene.route.scope}
    assert_problem(scene.call(scene.caller, *every_other), 403, "missing_scope")
    assert scene.rows() == before

    allowed = scene.call(scene.caller, scene.route.scope, *scene.route.gives)

    assert allowed.status_code == scene.route.status, allowed.text


def test_others_find_nothing_and_change_nothing(scene: Scene) -> None:
    others, before = scene.others, scene.rows()

    for who, other in others.items():
        answered = scene.call(other, *SCOPES[other.kind])
        if scene.route.scope not in SCOPES[other.kind]:
            assert_problem(answered, 403, "missing_scope")
        elif scene.route.shared and who == "another marketplace of the project":
            assert answered.status_code == scene.route.status, who
        elif scene.route.names:
            assert_problem(answered, 404, "not_found")
        else:
            open_to_it = {"project_id"} if who == "another marketplace of the project" else set()
            own = scene.ids.keys() - {"marketplace_id", "name", "template", "number"} - open_to_it
            assert not any(str(scene.ids[name]) in answered.text for name in own), who

    if scene.route.names:
        assert scene.rows() == before
