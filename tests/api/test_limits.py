"""How much one caller may ask for, and what it costs the others."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest
import redis
from flask import Flask
from sqlalchemy import Engine, event

from config import Settings
from crowd.api import limits
from crowd.app import create_app
from crowd.db import sessions
from crowd.quotas import CROWDED_OUT, Quotas
from crowd.services import keys
from tests.api.conftest import Api
from tests.factories import World

#: No test sees two windows.
WINDOW_S = 100_000


@pytest.fixture
def limited(settings: Settings, engine: Engine, session: Any, queue_server: redis.Redis) -> Any:
    """Make applications whose keys may make five requests, strangers three."""

    def make(**changes: Any) -> Flask:
        few = {"rate_limit": 5, "bad_key_limit": 3, "rate_window_s": WINDOW_S, **changes}
        bound = dict(sessions.kw)
        app = create_app(replace(settings, **few))
        sessions.kw["bind"].dispose()
        sessions.configure(**bound)
        return app

    return make


def statuses(api: Api, times: int) -> list[int]:
    return [api("GET", "/projects").status_code for _ in range(times)]


def settle(app: Flask) -> None:
    app.extensions["limits"]._quotas.share()


def test_a_flood_is_refused_and_told_when_to_come_back(world: World, limited: Any) -> None:
    api = Api(limited().test_client(), world.requester_token)

    first = api("GET", "/projects")
    assert statuses(api, 5) == [200, 200, 200, 200, 429]
    refused = api("GET", "/projects")

    assert first.headers["RateLimit-Policy"] == f'"key";q=5;w={WINDOW_S}'
    assert re.fullmatch(r'"key";r=4;t=\d+', first.headers["RateLimit"])
    assert (refused.json["code"], refused.mimetype) == ("rate_limited", "application/problem+json")
    left, wait = re.fullmatch(r'"key";r=(\d);t=(\d+)', refused.headers["RateLimit"]).groups()
    assert (left, wait) == ("0", refused.headers["Retry-After"])


def test_one_key_s_flood_is_not_another_s(world: World, limited: Any) -> None:
    client = limited().test_client()
    statuses(Api(client, world.requester_token), 9)

    assert statuses(Api(client, world.marketplace_token), 5) == [200] * 5


def test_processes_share_a_limit(world: World, limited: Any) -> None:
    one, two = limited(), limited()
    assert statuses(Api(one.test_client(), world.requester_token), 4) == [200] * 4
    settle(one)
    other = Api(two.test_client(), world.requester_token)

    assert statuses(other, 1) == [200]
    settle(two)
    assert statuses(other, 1) == [429]


def test_sharing_happens_by_itself(world: World, limited: Any, queue_server: redis.Redis) -> None:
    statuses(Api(limited().test_client(), world.requester_token), 3)

    deadline = time.monotonic() + 5
    while not (names := queue_server.keys("crowd:quota:*")):
        assert time.monotonic() < deadline
        time.sleep(0.02)

    # it may have told them in one piece or in two
    assert 1 <= int(queue_server.get(names[0]) or 0) <= 3
    assert 0 < queue_server.ttl(names[0]) <= 2 * WINDOW_S


def test_without_redis_each_process_counts_alone(world: World, limited: Any) -> None:
    api = Api(limited(redis_url="unix:///nowhere/redis.sock").test_client(), world.requester_token)

    assert statuses(api, 6) == [200] * 5 + [429]


def test_a_key_can_have_a_limit_of_its_own(world: World, limited: Any) -> None:
    _, token = keys.create(world.session, world.requester, name="busy", rate_limit=7)

    assert statuses(Api(limited().test_client(), token), 8) == [200] * 7 + [429]


def test_strangers_are_turned_away_before_the_database_is_asked(
    world: World, limited: Any, engine: Engine
) -> None:
    client = limited().test_client()
    bad = [Api(client, f"crowd_{i:012x}_x")("GET", "/projects").status_code for i in range(3)]
    asked: list[str] = []

    def note(*execution: Any) -> None:
        asked.append(execution[2])

    event.listen(engine, "before_cursor_execute", note)
    refused = Api(client, "crowd_000000000009_x")("GET", "/projects")
    event.remove(engine, "before_cursor_execute", note)

    assert bad == [401, 401, 401]
    assert (refused.status_code, asked) == (429, [])
    assert refused.headers["RateLimit-Policy"] == f'"default";q=3;w={WINDOW_S}'


def test_a_neighbour_s_bad_keys_do_not_lock_a_good_one_out(world: World, limited: Any) -> None:
    client = limited().test_client()
    good = Api(client, world.requester_token)
    assert statuses(good, 1) == [200]

    assert statuses(Api(client, "nonsense"), 5) == [401, 401, 401, 429, 429]

    assert statuses(good, 1) == [200]


def test_a_new_window_begins_anew() -> None:
    now = [1000.0]
    quotas = Quotas("unix:///nowhere", 10, clock=lambda: now[0])
    left = [quotas.spend("a", 2) for _ in range(3)]
    now[0] = 1010.0

    assert [(x.remaining, x.refused) for x in left] == [(1, False), (0, False), (0, True)]
    assert (quotas.spend("a", 2).refused, quotas.spend("a", 2).reset_s) == (False, 10)


def test_memory_is_bounded_whatever_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crowd.quotas.MAX_SUBJECTS", 3)
    quotas = Quotas("unix:///nowhere", WINDOW_S)

    spent = [quotas.spend(f"address:{i}", 2).refused for i in range(6)]

    assert spent == [False] * 5 + [True]
    assert list(quotas._counts) == ["address:0", "address:1", "address:2", CROWDED_OUT]


def test_a_network_of_version_six_counts_as_one() -> None:
    assert limits._network("2001:db8::1") == limits._network("2001:db8::ffff:2")
    assert limits._network("192.0.2.1") != limits._network("192.0.2.2")
    assert limits._network("unix") == "address:unknown"
