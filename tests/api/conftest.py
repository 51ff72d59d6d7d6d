"""The API as its callers see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import World


@dataclass
class Api:
    """One tenant's view of the API."""

    client: FlaskClient
    token: str

    def __call__(self, method: str, path: str, body: Any = None, **request: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **request.pop("headers", {})}
        if body is not None:
            request["json"] = body
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **request)

    def get(self, path: str) -> Any:
        response = self("GET", path)
        assert response.status_code == 200, response.text
        return response.json


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def requester(client: FlaskClient, world: World) -> Api:
    return Api(client, world.requester_token)


@pytest.fixture
def marketplace(client: FlaskClient, world: World) -> Api:
    return Api(client, world.marketplace_token)
