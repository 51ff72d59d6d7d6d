"""Templates of projects, and projects made of them."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import project_templates as shapes
from crowd.schemas.projects import ProjectOut
from crowd.schemas.tasks import ImportOut
from crowd.services import project_templates
from crowd.services.imports import ImportReport
from crowd.services.project_templates import TEMPLATES

blp = Noun("project_templates", __name__, description="Projects to begin with.")


@blp.get("/project-templates")
@allow("projects:write")
@blp.response(200, shapes.TemplateListOut)
def list_templates() -> dict[str, Any]:
    """List the templates: what each is for, and how and why it is set up so."""
    return {"items": TEMPLATES}


@blp.get("/project-templates/<template>")
@allow("projects:write")
@blp.response(200, shapes.TemplateDetailOut)
def read(template: str) -> dict[str, Any]:
    """Read a template with its guideline and its sample items."""
    found = project_templates.find(template)
    return {
        **shapes.TemplateOut().dump(found),
        "fields": found.fields,
        "guideline": project_templates.guideline_of(found),
        "samples": project_templates.samples_of(found),
    }


@blp.post("/project-templates/<template>/projects")
@allow("projects:write")
@blp.arguments(shapes.TemplateProjectIn)
@blp.response(201, ProjectOut)
def create(body: dict[str, Any], template: str) -> tuple[Any, int, dict[str, str]]:
    """Create a draft of a template, with its guideline in force; any field may be otherwise."""
    with transaction() as session:
        view = project_templates.create(session, g.caller, template, **body)
    return view, 201, {"ETag": f'"{view.version_tag}"'}


@blp.post("/projects/<uuid:project_id>/samples")
@allow("tasks:write")
@blp.arguments(shapes.sample_args(tuple(template.name for template in TEMPLATES)))
@blp.response(200, ImportOut)
def add_samples(body: dict[str, Any], project_id: uuid.UUID) -> ImportReport:
    """Import the ten items of a template, to try a project on. A second time adds nothing."""
    with transaction() as session:
        return project_templates.add_samples(session, g.caller, project_id, body["template"])
