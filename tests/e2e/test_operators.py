"""What operators do at the console: people, keys, webhooks, marketplaces, rules, the system."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from crowd.services import actions, appeals, webhooks
from tests.e2e.conftest import Desk


def test_an_operator_invites_a_colleague_and_sends_on_the_link(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("operator")
    page = desk.page
    desk.go("/users")
    page.get_by_label("E-mail address").fill("grace@example.org")
    page.get_by_label("Name").fill("Grace Hopper")
    page.locator("section", has_text="Invite somebody").get_by_label("qa lead").check()
    page.get_by_role("button", name="Invite").click()
    link = page.locator("#link").inner_text()
    desk.look("people")

    page.context.clear_cookies()
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()

    expect(page.locator(".account")).to_contain_text("Grace Hopper")
    expect(page.get_by_role("link", name="People")).to_be_visible()
    desk.go("/users")
    expect(page.get_by_role("heading", name="Invite somebody")).to_be_hidden()


def test_a_new_key_is_shown_once_works_and_is_revoked(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("operator")
    page = desk.page
    desk.go("/keys")
    page.get_by_label("Name").fill("nightly export")
    page.get_by_label("all of them").uncheck()
    page.get_by_label("results:read").check()
    page.get_by_role("button", name="Make the key").click()
    token = page.locator("#token").inner_text()
    desk.look("keys")
    page.on("dialog", lambda dialog: dialog.accept())
    row = page.get_by_role("row", name="nightly export")
    row.get_by_role("button", name="Revoke").click()

    expect(page.get_by_role("row", name="nightly export")).to_contain_text("revoked")
    assert token.startswith("crowd_")
    assert token not in page.content()


def test_a_webhook_is_added_tested_and_its_delivery_looked_at(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("operator")
    page = desk.page
    desk.go("/webhooks")
    page.get_by_label("Address").fill("https://127.0.0.1/hook")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Address").fill("https://192.0.2.1/hook")
    desk.look("webhook-refused")
    with desk.written() as world:
        wish = {"url": "https://example.org/hook"}
        made = webhooks.create(world.session, world.requester, **wish).id
    desk.go(f"/webhooks/{made}")
    page.get_by_role("button", name="Send a test").click()
    desk.look("webhook")
    page.get_by_role("link", name="webhook.tested").click()

    expect(page.get_by_role("heading", name="Attempts")).to_be_visible()
    desk.look("delivery")


def test_a_rule_is_tried_put_in_force_acts_and_is_contested(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("operator")
    page = desk.page
    with desk.written() as world:
        for _ in range(6):
            world.answer("quick", world.task(gold="yes"), "no")
    desk.go_project("/rules")
    page.get_by_label("Name").fill("Wrong on gold")
    page.get_by_label("Once there are").fill("5")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("Would have acted on")).to_be_visible()
    desk.look("rule-tried")
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_role("status")).to_have_text("Wrong on gold is in force.")
    with desk.written() as world:
        wish = {"annotator_id": world.annotator("quick").id, "kind": "pause", "pause_seconds": 3600}
        action = actions.take(
            world.session, world.requester, world.project_id, reason="too many wrong", **wish
        )
        assert action is not None
        appeals.against_action(world.session, world.marketplace, action.id, comment="I was ill")

    desk.go_project("/actions")
    desk.look("appeals")
    page.get_by_label("Your reply").fill("Welcome back")
    page.get_by_role("button", name="Take it back").click()

    expect(page.get_by_role("status")).to_contain_text("overturned")
    expect(page.get_by_role("row", name="too many wrong")).to_contain_text("undone")


def test_an_administrator_adds_a_marketplace_and_looks_at_the_system(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("operator", admin=True)
    page = desk.page
    desk.go("/marketplaces")
    page.get_by_label("Name").fill("Bumble and Sons")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator("#token")).to_contain_text("crowd_")
    desk.look("marketplaces")

    desk.go("/system")

    expect(page.get_by_text("up to date")).to_be_visible()
    expect(page.get_by_role("table", name="").first).to_be_visible()
    desk.look("system")


def test_who_is_no_administrator_is_told_whom_to_ask(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("auditor")

    desk.page.goto(f"{desk.base}/console/system")

    expect(desk.page.get_by_role("alert")).to_contain_text("Only an administrator")
    desk.look("refused")
