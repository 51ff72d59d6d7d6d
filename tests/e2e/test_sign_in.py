"""Getting into the console, and out of it."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from tests.e2e.conftest import Desk

PASSWORD = "four words that do not belong"


def test_a_new_user_comes_by_a_link_chooses_a_password_and_comes_back_with_it(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("qa_lead")
    page = desk.page

    desk.go("/account")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("Once more").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("status")).to_have_text("The password is set.")
    desk.look("account")
    email = page.get_by_text("@example.org").inner_text()
    page.get_by_role("button", name="Sign out here").click()
    desk.look("sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url("**/console/")
    expect(page.get_by_text("Ada")).to_be_visible()


def test_a_page_asked_for_before_signing_in_is_the_page_one_gets(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("operator")
    desk.page.context.clear_cookies()

    desk.go("/account")

    assert desk.page.url.endswith("/console/sign-in?after=/console/account")


def test_another_site_can_neither_use_a_sign_in_nor_show_a_page_in_a_frame(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("operator")
    cookies = {one["name"]: one["value"] for one in desk.page.context.cookies()}
    with httpx.Client(base_url=f"{desk.base}/console", cookies=cookies, trust_env=False) as browser:
        shown = browser.get("/account")
        foreign = browser.post("/sign-out", headers={"Origin": "https://elsewhere.example"})
        without_token = browser.post("/sign-out", headers={"Origin": desk.base})
        still_in = browser.get("/account")

    assert "frame-ancestors 'none'" in shown.headers["Content-Security-Policy"]
    assert (foreign.status_code, without_token.status_code, still_in.status_code) == (403, 403, 200)
