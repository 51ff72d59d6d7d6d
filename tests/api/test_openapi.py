"""The description of the API, and what the description promises."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient


def test_every_route_of_the_api_is_described(app: Flask, client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").json

    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1") and "openapi" not in rule.rule
    }
    assert routes == {
        (path, m) for path, ops in described["paths"].items() for m in ops if m != "parameters"
    }
    assert described["openapi"] == "3.1.0"


def test_every_operation_says_what_it_does_and_what_it_needs(client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").json

    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                assert operation["summary"], path
                assert "Scope: `" in operation["description"], path
                assert "default" in operation["responses"], path


def test_the_page_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/docs/")

    assert "http:" not in page.text
    assert "https:" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for asset in ("assets/swagger-ui-bundle.js", "assets/swagger-ui.css", "start.js"):
        with client.get(f"/docs/{asset}") as response:
            assert response.status_code == 200
    # a viewer that does not know our version of OpenAPI shows an empty page
    with client.get("/docs/assets/swagger-ui-bundle.js") as viewer:
        assert b"openapi: 3.1" in viewer.data


def test_every_code_a_problem_can_have_is_explained(client: FlaskClient) -> None:
    page = client.get("/docs/errors").text

    refused = client.get("/api/v1/projects").json
    assert refused["type"] == "/docs/errors#unauthenticated"
    for code in ("unauthenticated", "already_answered", "method_not_allowed", "internal_error"):
        assert f'id="{code}"' in page
