"""What gets in between: a sign-in that ends, a second click, addresses that lead nowhere."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.models import Dispute, Guideline, User
from crowd.services import rulings, sign_ins, webhooks
from tests.e2e.conftest import Desk

ANIMALS = {"labels": ["cat", "dog"], "overlap_min": 2, "overlap_max": 2}
RULES = "# Cats\n\nA cat is any domestic cat."


def newest_user(session: Session) -> User:
    return session.scalars(select(User).order_by(User.created_at.desc()).limit(1)).one()


def sign_in_elsewhere(desk: Desk) -> Page:
    """Sign the same user in again in another window of the browser, by a link."""
    with Session(desk.tables) as session, session.begin():
        token = sign_ins.make_link(session, newest_user(session))
    other = desk.page.context.new_page()
    other.goto(f"{desk.base}/console/sign-in/{token}")
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/console/")
    return other


def guidelines_of(desk: Desk) -> list[str]:
    with Session(desk.tables) as session:
        query = select(Guideline.body).filter_by(project_id=desk.world.project_id)
        return list(session.scalars(query.order_by(Guideline.version)))


def write(desk: Desk) -> None:
    desk.go_project("/guidelines/new")
    desk.page.get_by_label("What annotators read").fill(RULES)


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_typed_into_a_form_outlives_the_sign_in(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("operator")
    page = desk.page
    write(desk)
    page.context.clear_cookies()

    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("heading", name="Your sign-in has ended")).to_be_visible()
    expect(page.get_by_text("A cat is any domestic cat.")).to_be_visible()
    sign_in_elsewhere(desk)
    page.get_by_role("button", name="I am signed in: go on").click()
    expect(page.get_by_role("heading", name="Send it now?")).to_be_visible()
    assert guidelines_of(desk) == []
    page.get_by_role("button", name="Send it").click()

    expect(page.get_by_role("status")).to_have_text("It is kept.")
    assert [body.replace("\r", "") for body in guidelines_of(desk)] == [RULES]


def test_both_steps_of_that_look_right(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("operator")
    write(desk)
    desk.page.context.clear_cookies()
    desk.page.get_by_role("button", name="Keep it").click()
    desk.look("kept-signed-out")
    sign_in_elsewhere(desk)

    desk.page.get_by_role("button", name="I am signed in: go on").click()

    desk.look("kept-signed-in")


def test_a_page_that_keeps_itself_fresh_says_so_when_the_sign_in_has_ended(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("operator")
    page = desk.page
    with desk.written() as world:
        wish = {"url": "https://example.org/hook"}
        endpoint = webhooks.create(world.session, world.requester, **wish).id
    desk.go(f"/webhooks/{endpoint}")
    page.get_by_label("State").select_option("dead")
    page.context.clear_cookies()

    said = page.get_by_role("alert")
    expect(said).to_contain_text("Your sign-in has ended", timeout=20_000)

    assert page.url.endswith(f"/webhooks/{endpoint}")
    expect(page.get_by_label("State")).to_have_value("dead")
    expect(said.get_by_role("link", name="Sign in in another window")).to_be_visible()


def test_two_clicks_on_a_button_are_one(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("operator")
    write(desk)

    desk.page.get_by_role("button", name="Keep it").dblclick()

    expect(desk.page.get_by_role("status")).to_have_text("It is kept.")
    assert len(guidelines_of(desk)) == 1


def test_back_from_a_refusal_has_what_was_typed(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("operator")
    page = desk.page
    desk.go_project("/settings")
    page.get_by_label("Question").fill("Is it a cat, really?")
    with desk.written() as world:
        world.change(question="Is it a dog?")

    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("main")).to_contain_text("Somebody changed it")
    page.get_by_role("link", name="Go back").click()

    expect(page.get_by_label("Question")).to_have_value("Is it a cat, really?")


def test_who_rules_too_late_sees_what_is_new_and_keeps_what_was_written(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("qa_lead", **ANIMALS)
    page = desk.page
    with desk.written() as world:
        dispute = world.disputed("cat", "dog").id
    desk.go_project(f"/disputes/{dispute}")
    page.get_by_role("radio", name="cat").check()
    page.get_by_role("radio", name="Ambiguous").check()
    page.get_by_label("Comment").fill("Only the tail is seen.")
    with desk.written() as world:
        version = str(world.session.get_one(Dispute, dispute).version)
        said = {"expected": version, "label": "dog", "reason": "ambiguous_item"}
        rulings.rule(world.session, world.person("Grace"), dispute, **said)  # type: ignore[arg-type]

    page.get_by_role("button", name="Rule", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("Somebody was faster")
    expect(page.get_by_text("stands, ruled by")).to_be_visible()
    expect(page.get_by_label("Comment")).to_have_value("Only the tail is seen.")
    expect(page.get_by_role("radio", name="Ambiguous")).to_be_checked()
    expect(page.get_by_role("radio", name="cat")).not_to_be_checked()
    desk.look("dispute-too-late")


def test_who_goes_back_after_ruling_sees_that_it_is_ruled(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("qa_lead", **ANIMALS)
    page = desk.page
    with desk.written() as world:
        disputes = [world.disputed("cat", "dog").id for _ in range(2)]
    desk.go_project(f"/disputes/{disputes[0]}")
    page.get_by_role("radio", name="cat").check()
    page.get_by_role("radio", name="Ambiguous").check()
    page.get_by_role("button", name="Rule, next").click()
    expect(page.get_by_role("status")).to_contain_text("Ruled: cat.")

    page.go_back()

    expect(page.get_by_role("heading", name="Overturn it")).to_be_visible()
    expect(page.get_by_text("cat stands, ruled by Ada")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"/projects/{uuid.uuid4()}/disputes", "There is no such project"),
        ("/nothing/at/all", "There is no page at"),
        ("/system", "Your role does not allow this"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_page(
    desk_of: Callable[..., Desk], path: str, said: str
) -> None:
    desk = desk_of("qa_lead")

    desk.page.goto(f"{desk.base}/console{path}")

    expect(desk.page.get_by_role("main")).to_contain_text(said)
    expect(desk.page.locator("aside.side")).not_to_contain_text("Agreement")
    desk.look(f"refused-{path.split('/')[-1]}")


def test_what_is_missing_in_a_project_is_missed_within_its_menu(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("qa_lead")

    desk.page.goto(f"{desk.base}/console/projects/{desk.world.project_id}/disputes/{uuid.uuid4()}")

    expect(desk.page.get_by_role("main")).to_contain_text("There is no such dispute.")
    expect(desk.page.locator("aside.side")).to_contain_text("Agreement")
