"""The console, in a browser: pages that call the same services as the API."""

from __future__ import annotations

from flask import Flask

from crowd.web import (
    account,
    assets,
    exports,
    filters,
    guidelines,
    imports,
    pages,
    project_templates,
    projects,
    quality_reports,
    rehearsals,
    settings,
    sign_ins,
    tasks,
)

#: One file a noun, as in the API.
BLUEPRINTS = (
    sign_ins.blp,
    account.blp,
    projects.blp,
    project_templates.blp,
    settings.blp,
    guidelines.blp,
    imports.blp,
    rehearsals.blp,
    tasks.blp,
    exports.blp,
    quality_reports.blp,
)


def register(app: Flask) -> None:
    """Add the console and the files its pages load."""
    assets.register(app)
    filters.register(app)
    console = pages.console()
    for blueprint in BLUEPRINTS:
        console.register_blueprint(blueprint)
    app.register_blueprint(console)
