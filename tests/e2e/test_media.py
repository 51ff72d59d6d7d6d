"""Pictures, sounds and films of items: those of the item play, and nothing else is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk
from tests.e2e.media import MediaHost, media_host
from tests.e2e.workplace import Workplace, at_item, page, place

__all__ = ["page", "place"]


@pytest.fixture
def host() -> Iterator[MediaHost]:
    with media_host() as host:
        yield host


def loads(page: Page) -> None:
    """Wait until all of `MediaHost.item` is there to be seen and heard."""
    expect(page.locator(".item img")).to_have_js_property("naturalWidth", 64)
    expect(page.locator(".item audio")).to_have_js_property("duration", 1)
    expect(page.locator(".item video")).to_have_js_property("videoWidth", 16)


def test_an_annotator_sees_and_hears_an_item(place: Workplace, page: Page, host: MediaHost) -> None:
    place.tasks(host.item())
    page.goto(place.address())

    at_item(page)

    loads(page)


def test_so_does_who_looks_at_a_task_in_the_console(
    desk_of: Callable[..., Desk], host: MediaHost
) -> None:
    desk = desk_of("operator")
    with desk.written() as world:
        task = world.task(payload=host.item()).id

    desk.go_project(f"/tasks/{task}")

    loads(desk.page)
    assert not desk.complaints


def test_an_item_cannot_make_a_page_ask_a_host_that_it_does_not_show(
    desk_of: Callable[..., Desk], host: MediaHost
) -> None:
    desk = desk_of("operator")
    with desk.written() as world:
        hostile = {"a": "https://*/a.png", "b": "https://x;img-src */a.png", "c": "http:*"}
        task = world.task(payload=hostile).id
    desk.go_project(f"/tasks/{task}")

    blocked = desk.page.evaluate(
        """address => new Promise((done) => {
          const image = new Image();
          image.onload = () => done(false);
          image.onerror = () => done(true);
          image.src = address;
        })""",
        f"{host.origin}/a.png",
    )

    assert blocked
    assert host.asked == []
