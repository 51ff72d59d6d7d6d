"""Projects."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g, request

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.errors import VersionRequired
from crowd.schemas import projects as shapes
from crowd.schemas.annotators import SkillPage
from crowd.schemas.configs import ConfigListOut
from crowd.schemas.fields import PageArgs
from crowd.services import configs, projects, runs, tenants
from crowd.services.paging import Page

IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "description": "the ETag of the project as you read it",
    "required": True,
    "schema": {"type": "string"},
}
blp = Noun("projects", __name__, description="One question asked of many items.")


@blp.post("/projects")
@allow("projects:write")
@blp.arguments(shapes.ProjectIn)
@blp.response(201, shapes.ProjectOut)
def create(body: dict[str, Any]) -> tuple[Any, int, dict[str, str]]:
    """Create a project, as a draft."""
    with transaction() as session:
        view = projects.create(session, g.caller, **body)
    return view, 201, {"ETag": _etag(view)}


@blp.get("/projects")
@allow("projects:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.ProjectPage)
def list_projects(page: dict[str, Any]) -> Page:
    """List your projects, or those open to your marketplace."""
    with transaction() as session:
        found = projects.one_page_of(session, g.caller, **page)
    return Page([_shown(view) for view in found.items], found.next_after)


@blp.get("/projects/<uuid:project_id>")
@allow("projects:read")
@blp.response(200, shapes.ProjectOut)
def read(project_id: uuid.UUID) -> tuple[Any, int, dict[str, str]]:
    """Read a project with the configuration in force; the ETag is what a change asks for."""
    with transaction() as session:
        view = projects.find(session, g.caller, project_id)
    return _shown(view), 200, {"ETag": _etag(view)}


@blp.patch("/projects/<uuid:project_id>")
@allow("projects:write")
@blp.arguments(shapes.ProjectChangeIn)
@blp.doc(parameters=[IF_MATCH])
@blp.response(200, shapes.ProjectOut)
def change(body: dict[str, Any], project_id: uuid.UUID) -> tuple[Any, int, dict[str, str]]:
    """Start, pause or finish a project, or configure it anew. Send the ETag as If-Match."""
    expected = request.headers.get("If-Match")
    if expected is None:
        raise VersionRequired("Send the ETag of the project you read as If-Match.")
    with transaction() as session:
        view = projects.change(
            session, g.caller, project_id, expected=expected.strip().strip('"'), **body
        )
    return view, 200, {"ETag": _etag(view)}


@blp.get("/projects/<uuid:project_id>/config-versions")
@allow("projects:write")
@blp.response(200, ConfigListOut)
def config_versions(project_id: uuid.UUID) -> dict[str, Any]:
    """List every configuration the project has had, the newest first."""
    with transaction() as session:
        return {"items": projects.config_versions(session, g.caller, project_id)}


@blp.get("/marketplaces")
@allow("projects:write")
@blp.response(200, shapes.MarketplaceListOut)
def marketplaces() -> dict[str, Any]:
    """List the marketplaces a project can be opened to."""
    with transaction() as session:
        return {"items": tenants.everyone(session, "marketplace", sandbox_of=g.caller.sandbox_of)}


@blp.get("/projects/<uuid:project_id>/marketplaces")
@allow("projects:write")
@blp.response(200, shapes.MarketplaceListOut)
def opened_to(project_id: uuid.UUID) -> dict[str, Any]:
    """List the marketplaces the project is open to."""
    with transaction() as session:
        return {"items": projects.opened_to(session, g.caller, project_id)}


@blp.put("/projects/<uuid:project_id>/marketplaces/<uuid:marketplace_id>")
@allow("projects:write")
@blp.response(204)
def open_to(project_id: uuid.UUID, marketplace_id: uuid.UUID) -> None:
    """Let a marketplace's annotators work on a project."""
    with transaction() as session:
        projects.open_to(session, g.caller, project_id, marketplace_id)


@blp.delete("/projects/<uuid:project_id>/marketplaces/<uuid:marketplace_id>")
@allow("projects:write")
@blp.response(204)
def close_to(project_id: uuid.UUID, marketplace_id: uuid.UUID) -> None:
    """Take a project away from a marketplace; work in hand may still be handed in."""
    with transaction() as session:
        projects.close_to(session, g.caller, project_id, marketplace_id)


@blp.get("/projects/<uuid:project_id>/progress")
@allow("results:read")
@blp.response(200, shapes.ProgressOut)
def progress(project_id: uuid.UUID) -> projects.Progress:
    """Count tasks and answers, as they are now."""
    with transaction() as session:
        return projects.progress(session, g.caller, project_id)


@blp.post("/projects/<uuid:project_id>/refits")
@allow("projects:write")
@blp.response(202)
def refit(project_id: uuid.UUID) -> Response:
    """Fit the consensus model now, instead of when the answers have grown enough."""
    with transaction() as session:
        runs.request(session, g.caller, project_id)
    return Response("{}", 202, mimetype="application/json")


@blp.get("/projects/<uuid:project_id>/runs")
@allow("results:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, shapes.RunPage)
def list_runs(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List the fits of the project's consensus model, the oldest first."""
    with transaction() as session:
        return runs.one_page_of(session, g.caller, project_id, **page)


@blp.get("/projects/<uuid:project_id>/skills")
@allow("skills:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, SkillPage)
def skills(page: dict[str, Any], project_id: uuid.UUID) -> Page:
    """List how reliable each annotator is, by the newest fit."""
    with transaction() as session:
        return runs.skills_page(session, g.caller, project_id, **page)


def _shown(view: projects.ProjectView) -> Any:
    if g.caller.kind == "requester":
        return view
    return {"project": view.project, "config": configs.Offer.of(view.config)}


def _etag(view: projects.ProjectView) -> str:
    return f'"{view.version_tag}"'
