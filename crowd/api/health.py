"""Is it alive, is it ready, how is it doing."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from crowd.db import transaction
from crowd.services import health

blp = Blueprint("health", __name__)


@blp.get("/healthz")
def alive() -> Response:
    """Answer as long as the process can."""
    return jsonify(status="ok")


@blp.get("/readyz")
def ready() -> tuple[Response, int]:
    """Check what a request needs: the database, its schema, Redis, and a relay that keeps up."""
    findings = health.findings(current_app.config["REDIS_URL"])
    ok = all(finding.ok for finding in findings)
    checks = {f.name: {"ok": f.ok, "detail": f.detail} for f in findings}
    return jsonify(status="ok" if ok else "unavailable", checks=checks), 200 if ok else 503


@blp.get("/metrics")
def metrics() -> Response:
    """Give the numbers Prometheus collects."""
    with transaction() as session:
        health.measure(session)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
