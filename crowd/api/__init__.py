"""The HTTP API: load, call a service, dump."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from crowd.api import (
    actions,
    annotators,
    answers,
    appeals,
    assignments,
    audit,
    auth,
    bans,
    bodies,
    bonuses,
    corrections,
    disputes,
    docs,
    errors,
    examples,
    exclusions,
    exports,
    forecasts,
    gold,
    guidelines,
    health,
    imports,
    keys,
    likenesses,
    marketplaces,
    models,
    operations,
    pools,
    project_templates,
    projects,
    qualifications,
    quality,
    quality_reports,
    rehearsals,
    requests,
    results,
    reviews,
    rules,
    rulings,
    sandbox,
    standards,
    statements,
    surveys,
    system,
    tasks,
    track_records,
    training_attempts,
    trainings,
    transfers,
    users,
    webhooks,
    work_links,
)
from crowd.schemas.problems import ProblemOut

PREFIX = "/api/v1"
BLUEPRINTS = (
    projects.blp,
    forecasts.blp,
    marketplaces.blp,
    project_templates.blp,
    tasks.blp,
    imports.blp,
    rehearsals.blp,
    gold.blp,
    guidelines.blp,
    examples.blp,
    annotators.blp,
    track_records.blp,
    qualifications.blp,
    standards.blp,
    pools.blp,
    trainings.blp,
    training_attempts.blp,
    assignments.blp,
    answers.blp,
    reviews.blp,
    bonuses.blp,
    transfers.blp,
    statements.blp,
    surveys.blp,
    results.blp,
    disputes.blp,
    rulings.blp,
    exclusions.blp,
    rules.blp,
    actions.blp,
    bans.blp,
    quality.blp,
    appeals.blp,
    models.blp,
    corrections.blp,
    exports.blp,
    quality_reports.blp,
    operations.blp,
    webhooks.blp,
    keys.blp,
    audit.blp,
    users.blp,
    system.blp,
    likenesses.blp,
    sandbox.blp,
    work_links.blp,
)
OPENAPI = {
    "API_TITLE": "Crowd",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX,
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {
            "description": "Tasks out to annotators, answers in, labels one can trust back.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"key": []}],
    },
}


class CrowdApi(Api):
    """flask-smorest with our one shape of errors."""

    ERROR_SCHEMA = ProblemOut

    def _register_responses(self) -> None:
        """Describe every error as what it is: a problem, not plain JSON."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/problem+json"
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def _register_error_handlers(self) -> None:
        """Leave errors to `crowd.api.errors`, which speaks for every route of the application."""


def register(app: Flask) -> None:
    """Add the API, its documentation, and what surrounds every request."""
    app.config.update(OPENAPI)
    requests.register(app)
    errors.register(app)
    auth.register(app, PREFIX)
    bodies.register(app)
    api = CrowdApi(app)
    scheme = {"type": "http", "scheme": "bearer", "description": "A key of your tenant."}
    api.spec.components.security_scheme("key", scheme)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint, url_prefix=PREFIX)
    app.register_blueprint(docs.blp)
    app.register_blueprint(health.blp)
