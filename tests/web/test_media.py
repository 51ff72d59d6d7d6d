"""Which hosts' media a page of the console lets in: those of the item it shows."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from crowd.services import rehearsals
from tests.factories import World
from tests.web.conftest import Visitor

PICTURE, FILM = "https://cdn.example.org/a.png", "http://films.example:8080/b.mp4"
HOSTS = "http://films.example:8080 https://cdn.example.org"


@pytest.fixture
def visitor(visitor_of: Callable[..., Visitor]) -> Visitor:
    return visitor_of("operator", "qa_lead")


def policy(visitor: Visitor, path: str) -> dict[str, str]:
    shown = visitor.client.get(f"/console{visitor.project}/{path}")
    assert shown.status_code == 200, shown.text
    parts = shown.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def addresses(world: World, payload: dict[str, str]) -> list[str]:
    """Make an item that every page which shows items shows; gives their addresses."""
    task: uuid.UUID = world.task(payload=payload).id
    gold = world.task(payload=payload, gold="yes").id
    rehearsal = rehearsals.start(world.session, world.person(), world.project_id).id
    dispute = world.disputed("yes", "no", payload=payload).id
    return [f"tasks/{task}", f"gold/{gold}", f"rehearsals/{rehearsal}", f"disputes/{dispute}"]


def test_pages_of_an_item_load_from_the_hosts_of_its_media_alone(visitor: Visitor) -> None:
    for path in addresses(visitor.world, {"photo": PICTURE, "film": FILM}):
        found = policy(visitor, path)

        assert found["img-src"] == f"'self' data: {HOSTS}"
        assert found["media-src"] == HOSTS


def test_pages_of_an_item_without_media_load_nothing_from_elsewhere(visitor: Visitor) -> None:
    hostile = {"a": "https://*/a.png", "b": "https://x;img-src */a.png", "c": "words"}

    for path in addresses(visitor.world, hostile):
        found = policy(visitor, path)

        assert found["img-src"] == "'self' data:"
        assert "media-src" not in found
        assert found["script-src"] == "'self'"
