"""A new project: choose what to ask, say what is to be otherwise, and begin."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crowd.db import transaction
from crowd.errors import CrowdError, DuplicateName, Invalid
from crowd.schemas.project_templates import TemplateProjectIn
from crowd.services import configs, project_templates
from crowd.services.project_templates import TEMPLATES, Template
from crowd.web import forms, kinds, pages

blp = Blueprint("project_templates", __name__)


@blp.get("/projects/new")
@pages.requires("projects:write")
def index() -> ResponseReturnValue:
    """Show what there is to choose from."""
    return pages.page("project_templates.html", templates=TEMPLATES)


@blp.get("/projects/new/<template>")
@pages.requires("projects:write")
def show(template: str) -> ResponseReturnValue:
    """Show a template as a form."""
    found = project_templates.find(template)
    guideline = project_templates.guideline_of(found)
    return _form(found, {**_asked(found), "guideline_body": guideline, "samples": "true"})


@blp.post("/projects/new/<template>")
@pages.requires("projects:write")
def create(template: str) -> ResponseReturnValue:
    """Create a draft of a template."""
    found = project_templates.find(template)
    typed = forms.body(TemplateProjectIn, request.form)
    # empty: no guideline; null would be the template's
    typed["guideline_body"] = request.form.get("guideline_body")
    try:
        wished = forms.check(TemplateProjectIn, kinds.needed(typed))
        with transaction() as session:
            view = project_templates.create(session, pages.caller(), template, **wished)
    except (Invalid, DuplicateName) as error:
        return _form(found, forms.shown(typed), error)
    said = "The draft is made" + (", with ten sample items." if wished["samples"] else ".")
    return pages.back("console.imports.index", said, project_id=view.project.id)


def _asked(template: Template) -> dict[str, Any]:
    """Lay out what a project of the template would have."""
    values = configs.with_changes(configs.DEFAULTS, template.config)
    lines = {"labels": "\n".join(template.labels), "question": template.question}
    return forms.shown({**values, **lines})


def _form(template: Template, values: Any, error: CrowdError | None = None) -> ResponseReturnValue:
    errors = {} if error is None else forms.flat(error.errors) or {"name": error.detail}
    samples = project_templates.samples_of(template)
    return pages.page(
        "project_template.html",
        200 if error is None else error.status,
        chosen=template,
        samples=samples,
        values=values,
        error=error,
        errors=errors,
        kinds=kinds.KINDS,
    )
