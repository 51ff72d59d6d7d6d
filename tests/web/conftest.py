"""Pages of the console without a browser: what is refused, and what a form makes of itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from crowd.services import sign_ins, users
from tests.factories import World, unique


@dataclass
class Visitor:
    """Somebody signed in, before the pages of a project."""

    client: FlaskClient
    world: World

    def get(self, path: str) -> str:
        response = self.client.get(f"/console{path}")
        assert response.status_code == 200, response.text
        return response.text

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Send a form as the page at `/account` would carry its token."""
        given = {"form_token": self._token(), **fields}
        return self.client.post(f"/console{path}", data=given)

    def upload(self, path: str, name: str, content: bytes) -> TestResponse:
        """Send a file, laid out here: the client would leave its own copy of it open."""
        part = 'Content-Disposition: form-data; name="'
        head = f'--x\r\n{part}form_token"\r\n\r\n{self._token()}\r\n--x\r\n{part}file"; '
        body = f'{head}filename="{name}"\r\n\r\n'.encode() + content + b"\r\n--x--\r\n"
        kind = "multipart/form-data; boundary=x"
        return self.client.post(f"/console{path}", data=body, content_type=kind)

    def _token(self) -> str:
        found = re.search(r'name="form_token" value="(\w+)"', self.get("/account"))
        assert found is not None
        return found[1]

    @property
    def project(self) -> str:
        return f"/projects/{self.world.project_id}"


@pytest.fixture
def visitor_of(app: Flask, world: World) -> Callable[..., Visitor]:
    def make(*roles: str) -> Visitor:
        name = unique("user").replace(" ", "-")
        user = users.create(world.session, email=f"{name}@example.org", name="Ada")
        world.session.flush()
        tenant = users.tenant_with(world.session, world.requester.tenant_id)
        users.grant(world.session, user, tenant, roles)
        token = sign_ins.make_link(world.session, user)
        client = app.test_client()
        assert client.post(f"/console/sign-in/{token}").status_code == 303
        return Visitor(client, world)

    return make


class Form(HTMLParser):
    """The large form of a page, as a browser would send it unchanged."""

    def __init__(self, page: str) -> None:
        super().__init__()
        #: By name: fields may share one.
        self.fields: dict[str, list[str]] = {}
        self._text = self._choice = ""
        content = page.partition("<main")[2]
        self.feed(content[content.index('class="wide-form') :].partition("</form>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and name:
            self.fields.setdefault(name, []).append(value)
        elif tag == "textarea":
            self._text, self.fields[name] = name, [""]
        elif tag == "select":
            self._choice = name
        elif tag == "option" and ("selected" in given or self._choice not in self.fields):
            self.fields[self._choice] = [value]

    def handle_data(self, data: str) -> None:
        if self._text:
            self.fields[self._text][0] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""
