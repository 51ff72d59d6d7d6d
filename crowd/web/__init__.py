"""The console, in a browser: pages that call the same services as the API."""

from __future__ import annotations

from flask import Flask

from crowd.web import (
    account,
    actions,
    agreement,
    annotators,
    assets,
    audit,
    disputes,
    exports,
    filters,
    gold,
    guidelines,
    imports,
    keys,
    marketplaces,
    pages,
    pools,
    project_templates,
    projects,
    quality_reports,
    rehearsals,
    rules,
    settings,
    sign_ins,
    system,
    tasks,
    users,
    webhooks,
    what_if,
    work,
)

#: One file a noun, as in the API.
BLUEPRINTS = (
    sign_ins.blp,
    account.blp,
    projects.blp,
    disputes.blp,
    agreement.blp,
    gold.blp,
    annotators.blp,
    what_if.blp,
    pools.blp,
    audit.blp,
    rules.blp,
    actions.blp,
    marketplaces.blp,
    webhooks.blp,
    keys.blp,
    users.blp,
    system.blp,
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
    """Add the console, the annotation page, and the files their pages load."""
    assets.register(app)
    filters.register(app)
    console = pages.console()
    for blueprint in BLUEPRINTS:
        console.register_blueprint(blueprint)
    app.register_blueprint(console)
    work.register(app)
