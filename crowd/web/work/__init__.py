"""The annotation page: where annotators work who have come by a link."""

from __future__ import annotations

from flask import Flask

from crowd.web.work import entry, own, pages, practice
from crowd.web.work.blueprint import blp

__all__ = ["entry", "own", "pages", "practice", "register"]


def register(app: Flask) -> None:
    """Add the page to an application."""
    app.register_blueprint(blp)
