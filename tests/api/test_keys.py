"""Keys that their tenants look after themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from crowd.errors import Unauthenticated
from crowd.models import ApiKey, AuditEntry, StoredResponse
from crowd.services import keys, tenants
from tests.api.conftest import Api
from tests.api.test_refusals import assert_problem
from tests.factories import World


def audited(world: World) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.action.startswith("key."))
    return list(world.session.scalars(query.order_by(AuditEntry.id)))


def with_scopes(world: World, client: FlaskClient, *scopes: str) -> Api:
    _, token = keys.create(world.session, world.requester, name="part", scopes=scopes)
    return Api(client, token)


def test_a_key_is_made_with_some_of_one_s_scopes(
    world: World, requester: Api, client: FlaskClient
) -> None:
    made = requester("POST", "/keys", {"name": "reader", "scopes": ["projects:read"]})

    assert (made.status_code, made.json["scopes"]) == (201, ["projects:read"])
    reader = Api(client, made.json["token"])
    assert reader("GET", "/projects").status_code == 200
    assert reader("POST", "/projects", {}).status_code == 403
    listed = requester.get("/keys")["items"]
    assert [key["name"] for key in listed] == ["test", "reader"]
    assert all("token" not in key for key in listed)
    assert audited(world) == ["key.created"]


def test_a_key_gives_no_scope_it_has_not(world: World, client: FlaskClient) -> None:
    part = with_scopes(world, client, "keys:write", "projects:read")

    refused = part("POST", "/keys", {"name": "k", "scopes": ["gold:write"]})
    assert_problem(refused, 403, "missing_scope")
    assert_problem(part("POST", f"/keys/{world.requester.key_id}/rotate", {}), 403, "missing_scope")
    unknown = part("POST", "/keys", {"name": "k", "scopes": ["answers:write"]})
    assert_problem(unknown, 422, "invalid", "scopes")
    assert part("POST", "/keys", {"name": "k"}).json["scopes"] == ["keys:write", "projects:read"]


def test_a_replaced_key_stays_valid_for_a_while_and_makes_no_keys(
    world: World, requester: Api, client: FlaskClient
) -> None:
    old_id = requester.get("/keys")["items"][0]["id"]

    made = requester("POST", f"/keys/{old_id}/rotate", {})

    assert made.status_code == 201
    assert Api(client, made.json["token"])("GET", "/keys").status_code == 200
    assert requester("GET", "/keys").status_code == 200
    assert_problem(requester("POST", "/keys", {"name": "k"}), 403, "missing_scope")
    old = requester.get("/keys")["items"][0]
    left = datetime.fromisoformat(old["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left < timedelta(hours=25)
    again = Api(client, made.json["token"])("POST", f"/keys/{old_id}/rotate", {})
    assert_problem(again, 409, "conflict")
    assert audited(world) == ["key.rotated"]


def test_without_grace_the_old_token_ends_at_once(
    world: World, requester: Api, client: FlaskClient
) -> None:
    old_id = requester.get("/keys")["items"][0]["id"]

    made = requester("POST", f"/keys/{old_id}/rotate", {"grace_s": 0})

    assert_problem(requester("GET", "/keys"), 401, "unauthenticated")
    assert Api(client, made.json["token"])("GET", "/keys").status_code == 200


def test_a_rotated_key_lasts_as_long_as_the_one_before(world: World, requester: Api) -> None:
    end = datetime.now(UTC) + timedelta(days=90)
    first = requester("POST", "/keys", {"name": "k", "expires_at": end.isoformat()}).json

    second = requester("POST", f"/keys/{first['id']}/rotate", {}).json

    assert datetime.fromisoformat(second["expires_at"]) - end < timedelta(minutes=1)


def test_a_revoked_key_opens_nothing_more(
    world: World, requester: Api, client: FlaskClient
) -> None:
    made = requester("POST", "/keys", {"name": "k"}).json

    assert requester("DELETE", f"/keys/{made['id']}").status_code == 204
    assert requester("DELETE", f"/keys/{made['id']}").status_code == 204

    assert_problem(Api(client, made["token"])("GET", "/keys"), 401, "unauthenticated")
    assert audited(world) == ["key.created", "key.revoked"]


def test_a_key_that_ends_in_the_past_is_refused(requester: Api) -> None:
    body = {"name": "k", "expires_at": "2020-01-01T00:00:00Z"}

    assert_problem(requester("POST", "/keys", body), 422, "invalid", "expires_at")


def test_a_token_is_shown_once_and_not_remembered(world: World, requester: Api) -> None:
    once = {"Idempotency-Key": "k"}

    first, again = (requester("POST", "/keys", {"name": "k"}, headers=once) for _ in range(2))

    assert (again.json["id"], again.json["token"]) == (first.json["id"], None)
    stored = world.session.scalars(select(StoredResponse.body).filter_by(key="k")).one()
    assert first.json["token"].encode() not in (stored or b"")


def test_use_is_noted_once_an_hour(world: World, requester: Api) -> None:
    def used() -> Any:
        world.session.expire_all()
        return world.session.scalars(
            select(ApiKey.last_used_at).filter_by(id=world.requester.key_id)
        ).one()

    def call() -> None:
        requester("GET", "/projects").close()

    assert used() is None
    call()
    first = used()
    assert first is not None
    an_hour_ago = first - timedelta(minutes=59)
    world.session.execute(update(ApiKey).values(last_used_at=an_hour_ago))
    call()
    assert used() == an_hour_ago
    world.session.execute(update(ApiKey).values(last_used_at=first - timedelta(minutes=61)))
    call()
    assert used() == first


@pytest.mark.parametrize("spoil", ["crowd_test_{rest}", "crowd_{rest}x", "{rest}"])
def test_a_token_of_another_mode_opens_nothing(world: World, spoil: str) -> None:
    rest = world.requester_token.removeprefix("crowd_")

    with pytest.raises(Unauthenticated):
        tenants.authenticate(world.session, spoil.format(rest=rest))
