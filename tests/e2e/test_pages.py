"""What every page has: it lives without scripts, is worked by keys, and keeps itself fresh."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from crowd.services import deliveries, webhooks
from tests.e2e.conftest import Desk


@pytest.mark.parametrize("scripts", [False])
def test_a_rule_is_tried_and_put_in_force_without_a_script(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("operator")
    page = desk.page
    desk.go_project("/rules")
    page.get_by_label("Name").fill("Wrong on gold")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("Would have acted on")).to_be_visible()

    page.get_by_role("button", name="Put it in force").click()

    expect(page.get_by_role("status")).to_have_text("Wrong on gold is in force.")


def test_everything_is_reached_by_keys_and_a_question_mark_lists_them(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("operator")
    page = desk.page
    desk.go("/users")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Down / up the list")
    expect(page.get_by_role("dialog")).to_contain_text("Webhooks")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("h")

    page.wait_for_url("**/console/webhooks")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()


def test_j_and_k_go_along_a_list_and_enter_opens(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("operator")
    page = desk.page
    with desk.written() as world:
        for name in ("first", "second"):
            wish = {"url": f"https://example.org/{name}"}
            webhooks.create(world.session, world.requester, **wish)
    desk.go("/webhooks")

    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="https://example.org/second")).to_be_visible()


def test_numbers_come_up_by_themselves(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("operator")
    with desk.written() as world:
        wish = {"url": "https://example.org/hook"}
        endpoint = webhooks.create(world.session, world.requester, **wish).id
    desk.go(f"/webhooks/{endpoint}")
    expect(desk.page.get_by_text("Nothing was sent")).to_be_visible()

    with desk.written() as world:
        deliveries.send_test(world.session, world.requester, endpoint)

    expect(desk.page.get_by_role("link", name="webhook.tested")).to_be_visible(timeout=20_000)
    assert not desk.complaints


def test_ten_wrong_passwords_and_nobody_is_let_in(desk_of: Callable[..., Desk]) -> None:
    page = desk_of("operator").page
    page.context.clear_cookies()
    page.goto(page.url.replace("/console/", "/console/sign-in"))

    for _ in range(11):
        page.get_by_label("E-mail address").fill("nobody@example.org")
        page.get_by_label("Password").fill("a guess at a password")
        page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("Too many wrong passwords")
