"""The annotation page's doors and locks, without a browser."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from crowd.services import work_links
from crowd.services.work_links import NewLink, sign
from tests.factories import World

LATER = "9999999999"


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return app.test_client()


def link(world: World, **terms: Any) -> NewLink:
    made = {"project_id": world.project_id, "signed": False, **terms}
    return work_links.create(world.session, world.marketplace, **made)


def enter(client: FlaskClient, made: NewLink, **named: str) -> TestResponse:
    return client.get(f"/work/{made.token}", query_string=named or {"annotator": "ann"})


def at_page(client: FlaskClient, made: NewLink, **named: str) -> tuple[str, str]:
    """Come in; gives the address of the visit and the page."""
    address = enter(client, made, **named).headers["Location"]
    return address, client.get(address).text


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, page
    return found.group(1)


def post(client: FlaskClient, address: str, **form: Any) -> TestResponse:
    return client.post(address, data=form)


def policy(response: TestResponse) -> dict[str, str]:
    parts = response.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def test_a_visit_begins_with_a_cookie_for_its_own_pages_alone(
    world: World, client: FlaskClient
) -> None:
    came = enter(client, link(world))

    assert came.status_code == 303
    cookie = came.headers["Set-Cookie"]
    assert f"Path={came.headers['Location']}" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_in_a_frame_of_mturk_the_cookie_is_one_that_a_framed_page_may_have(
    world: World, client: FlaskClient
) -> None:
    hit = {"assignmentId": "A", "workerId": "W", "turkSubmitTo": "https://www.mturk.com"}
    came = enter(client, link(world, source="mturk"), **hit)

    for attribute in ("SameSite=None", "Secure", "Partitioned", "HttpOnly"):
        assert attribute in came.headers["Set-Cookie"]


def test_the_policy_names_the_hosts_of_the_item_and_no_others(
    world: World, client: FlaskClient
) -> None:
    world.task(payload={"a": "https://cdn.example.org/a.png", "b": "http://b.example/b.mp4"})
    address, _ = at_page(client, link(world))

    found = policy(client.get(address))

    assert found["img-src"] == "'self' http://b.example https://cdn.example.org"
    assert found["media-src"] == "http://b.example https://cdn.example.org"
    assert found["script-src"] == found["style-src"] == "'self'"
    assert (found["default-src"], found["frame-ancestors"]) == ("'none'", "'none'")


@pytest.mark.parametrize(
    "hit",
    [
        {"assignmentId": "A", "workerId": "W", "turkSubmitTo": "https://evil.example"},
        {"assignmentId": "A", "workerId": "W", "turkSubmitTo": "http://www.mturk.com"},
        {"assignmentId": "A", "turkSubmitTo": "https://www.mturk.com"},
    ],
)
def test_a_hit_that_would_be_submitted_elsewhere_is_not_begun(
    world: World, client: FlaskClient, hit: dict[str, str]
) -> None:
    came = enter(client, link(world, source="mturk"), **hit)

    assert came.status_code == 401
    assert "Set-Cookie" not in came.headers


def test_a_preview_leases_nothing_and_lets_nobody_in(world: World, client: FlaskClient) -> None:
    task = world.task(payload={"text": "the real thing"})

    shown = enter(client, link(world, source="mturk"), assignmentId="ASSIGNMENT_ID_NOT_AVAILABLE")

    assert "This is a preview." in shown.text
    assert "the real thing" not in shown.text
    assert "Set-Cookie" not in shown.headers
    assert world.counters(task)[1] == 0


def test_an_open_link_asks_for_a_signature_unless_it_says_otherwise(
    world: World, client: FlaskClient
) -> None:
    made = link(world, signed=True)
    good = sign(made.secret or "", made.link.id, "ann", LATER)

    assert enter(client, made, annotator="ann").status_code == 401
    for who, expected in (("bob", 401), ("ann", 303)):
        came = enter(client, made, annotator=who, until=LATER, signature=good)
        assert came.status_code == expected


def test_a_form_of_another_page_changes_nothing(world: World, client: FlaskClient) -> None:
    task = world.task()
    address, page = at_page(client, link(world))
    form = {"assignment": field(page, "assignment"), "label": "yes"}

    assert post(client, f"{address}answers", **form).status_code == 403
    assert post(client, f"{address}answers", form_key="guess", **form).status_code == 403
    cross = {"Sec-Fetch-Site": "cross-site"}
    whole = {"form_key": field(page, "form_key"), **form}
    assert client.post(f"{address}answers", data=whole, headers=cross).status_code == 403

    assert world.counters(task)[2] == 0


def test_nobody_gets_in_without_the_cookie_or_with_anothers(
    app: Flask, world: World, client: FlaskClient
) -> None:
    world.tasks(2)
    address, _ = at_page(client, link(world))
    stranger = app.test_client()
    other, _ = at_page(stranger, link(world), annotator="bob")

    assert stranger.get(address).status_code == 401
    assert client.get(other).status_code == 401
    assert client.get(f"/work/v/{uuid.uuid4()}/").status_code == 401


def test_an_answer_is_stored_and_the_next_item_shown(world: World, client: FlaskClient) -> None:
    task = world.task()
    address, page = at_page(client, link(world))
    form = {name: field(page, name) for name in ("form_key", "assignment")}

    sent = [post(client, f"{address}answers", label="yes", **form) for _ in range(2)]

    said = [answered.headers["Location"].partition("said=")[2] for answered in sent]
    assert said == ["stored", "again"]
    assert world.counters(task)[2] == 1


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"label": "maybe"}, 422, "unknown_label"),
        ({"label": "yes", "assignment": str(uuid.uuid4())}, 404, "not_found"),
        ({"label": "yes", "assignment": "x"}, 404, "not_found"),
    ],
)
def test_a_script_is_told_why_an_answer_is_refused(
    world: World, client: FlaskClient, form: dict[str, str], status: int, code: str
) -> None:
    world.task()
    address, page = at_page(client, link(world))
    own = {name: field(page, name) for name in ("form_key", "assignment")}

    asked = {"Accept": "application/json"}
    refused = client.post(f"{address}answers", data={**own, **form}, headers=asked)

    assert (refused.status_code, refused.json["code"]) == (status, code)


def test_the_page_of_gold_is_as_any_other(world: World, client: FlaskClient) -> None:
    world.change(overlap_min=1, overlap_max=1)
    world.task(payload={"text": "same"}, gold="yes"), world.task(payload={"text": "same"})

    # one slot each: the two have had both
    pages = {
        re.sub(
            r"[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f-]{27}",
            "…",
            at_page(client, link(world), annotator=who)[1],
        )
        for who in ("ann", "bob")
    }

    assert len(pages) == 1
    assert 'name="assignment"' in pages.pop()


def test_a_whole_batch_ends_the_visit_and_less_of_it_does_not_on_a_platform(
    world: World, client: FlaskClient
) -> None:
    world.tasks(3)
    named = {"PROLIFIC_PID": "p", "SESSION_ID": "s"}
    made = link(world, source="prolific", completion_code="C0DE", batch=2)
    address, page = at_page(client, made, **named)

    early = post(client, f"{address}end", form_key=field(page, "form_key"))
    for _ in range(2):
        page = client.get(address).text
        form = {name: field(page, name) for name in ("form_key", "assignment")}
        post(client, f"{address}answers", label="yes", **form)

    assert early.status_code == 409
    assert "submissions/complete?cc=C0DE" in client.get(address).text


def test_too_many_requests_of_a_visit_are_asked_to_wait(
    world: World, client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = at_page(client, link(world))
    monkeypatch.setattr(app.extensions["limits"], "_guest_quota", 0)

    refused = client.get(address)

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("path", ["/work/", "/work/v/nonsense", "/work/a/b/c"])
def test_an_address_that_leads_nowhere_says_so_in_a_page(client: FlaskClient, path: str) -> None:
    shown = client.get(path)

    assert (shown.status_code, shown.mimetype) == (404, "text/html")
    assert "There is nothing at this address." in shown.text


def test_who_is_lost_within_a_visit_is_led_back_to_the_item(
    world: World, client: FlaskClient
) -> None:
    world.task()
    address, _ = at_page(client, link(world))

    for lost in ("answers", "returns", "no/such/page"):
        assert client.get(f"{address}{lost}").headers["Location"] == address


def test_a_link_that_has_expired_says_that_it_is_the_link(
    world: World, client: FlaskClient
) -> None:
    made = link(world)
    made.link.expires_at = datetime(2020, 1, 1, tzinfo=UTC)
    world.session.flush()

    shown = enter(client, made)

    assert shown.status_code in (401, 404)
    assert "This link does not work" in shown.text
