"""A form whose sign-in has ended: what is repeated of it, and to whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.conftest import Visitor

TYPED = {"body": "<b>typed</b>", "password": "a secret of mine", "form_token": "old"}
HERE = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def client(visitor_of: Callable[..., Visitor]) -> FlaskClient:
    return visitor_of("operator").client


def send(client: FlaskClient, **headers: str) -> TestResponse:
    return client.post("/console/account/password", data=TYPED, headers=headers)


def test_what_a_page_of_ours_sent_is_shown_again_but_for_secrets(client: FlaskClient) -> None:
    shown = send(client, **HERE)

    assert shown.status_code == 403
    assert "Send it now?" in shown.text
    assert "&lt;b&gt;typed&lt;/b&gt;" in shown.text
    assert "a secret of mine" not in shown.text
    assert shown.headers["Cache-Control"] == "no-store"


def test_without_a_sign_in_it_is_shown_as_well(client: FlaskClient) -> None:
    client.delete_cookie("crowd_sign_in")

    shown = send(client, **HERE)

    assert shown.status_code == 401
    assert "Your sign-in has ended" in shown.text
    assert "&lt;b&gt;typed&lt;/b&gt;" in shown.text


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_what_another_site_may_have_sent_is_refused_and_not_offered_again(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    refused = send(client, **headers)

    assert refused.status_code == 403
    assert "typed" not in refused.text
