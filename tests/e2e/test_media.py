"""Pictures, sounds and films of items: those of the item play, and nothing else is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk
from tests.e2e.media import MediaHost, media_host
from tests.e2e.workplace import Workplace, answer, at_item, page, place

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


def test_a_picture_that_does_not_load_is_told_and_can_be_tried_again(
    place: Workplace, page: Page, host: MediaHost
) -> None:
    place.tasks({"photo": f"{host.origin}/a.png"})
    page.route("**/a.png", lambda route: route.abort("connectionreset"))
    page.goto(place.address())
    expect(page.get_by_role("alert").filter(has_text="This picture does not load.")).to_be_visible()

    page.unroute("**/a.png")
    page.get_by_role("button", name="Try again").click()

    expect(page.locator(".item img")).to_have_js_property("naturalWidth", 64)
    expect(page.get_by_text("does not load")).to_be_hidden()


def test_a_missing_sound_in_the_next_item_is_told_too(
    place: Workplace, page: Page, host: MediaHost
) -> None:
    place.tasks({"voice": f"{host.origin}/a.wav"}, {"voice": f"{host.origin}/gone.wav"})
    page.goto(place.address())
    told = page.get_by_text("This sound does not load. If it stays so, skip the item.")

    for _ in range(2):
        at_item(page)
        is_gone = "gone" in (page.locator(".item audio").get_attribute("src") or "")
        expect(told).to_be_visible(visible=is_gone)
        answer(page, "1")

    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()


def test_a_sound_is_played_and_paused_by_a_key(
    place: Workplace, page: Page, host: MediaHost
) -> None:
    place.tasks(host.item())
    page.goto(place.address())
    at_item(page)
    loads(page)

    page.keyboard.press("p")
    expect(page.locator(".item audio, .item video").first).to_have_js_property("paused", False)
    page.keyboard.press("r")
    page.keyboard.press("p")

    expect(page.locator(".item audio, .item video").first).to_have_js_property("paused", True)


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
