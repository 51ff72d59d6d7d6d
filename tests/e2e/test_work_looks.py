"""Every screen of the annotation page: readable, within the window, and open to everybody."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from crowd.services import actions
from tests.e2e.conftest import NARROW, Desk, faults
from tests.e2e.workplace import Workplace, answer, at_item, page, place

__all__ = ["page", "place"]

GUIDELINE = """# What counts as a cat

A **cat** is any domestic cat, also when only a part of it is to be seen.

- Toys and drawings are *not* cats.
- If you see both, choose what is in front.

| seen | answer |
|---|---|
| tail only | cat |
| statue | none |
"""
LONG = "https://example.org/a/very/long/address/that/goes/on/and/on/and/on/and/on/page.html"
ITEM = {"text": "It sat on the mat and purred. " * 12, "source": LONG, "meta": {"w": 640}}


def look(place: Workplace, page: Page, engine: Engine, name: str) -> None:
    Desk(page, place.base, place.world, engine, []).look(name)


def test_the_way_of_an_answer_looks_right(place: Workplace, page: Page, committed: Engine) -> None:
    place.guideline(GUIDELINE)
    place.change(price="0.05", currency="EUR", interface={"instructions": "Look at the middle."})
    place.tasks(*[{**ITEM, "photo": f"{place.base}/work/static/icon.svg"}] * 2)
    page.goto(place.address(batch=2))
    look(place, page, committed, "work-guideline")
    page.get_by_role("button", name="I have read it").click()
    at_item(page)
    look(place, page, committed, "work-item")
    page.keyboard.press("?")
    look(place, page, committed, "work-keys")
    page.keyboard.press("Escape")

    answer(page, "1")
    answer(page, "2")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

    look(place, page, committed, "work-end")


def test_a_scale_and_a_lost_connection_look_right(
    place: Workplace, page: Page, committed: Engine
) -> None:
    scale = ["none", "little", "some", "much", "all"]
    place.change(labels=["cat", "dog", *scale], answer_type="ordinal")
    place.tasks(ITEM)
    page.goto(place.address())
    at_item(page)
    look(place, page, committed, "work-scale")
    page.context.set_offline(True)

    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("No connection")

    look(place, page, committed, "work-offline")


def test_sets_and_numbers_look_right(place: Workplace, page: Page, committed: Engine) -> None:
    place.change(answer_type="multi-label", labels=["cat", "dog", "cow", "something else"])
    place.tasks(ITEM)
    page.goto(place.address())
    at_item(page)
    page.keyboard.press("1")
    look(place, page, committed, "work-set")
    asked = {"minimum": 0.0, "maximum": 250.0, "step": 0.5, "unit": "cm", "tolerance": None}
    place.change(answer_type="numeric", labels=[], number=asked, question="How high is it?")

    page.goto(place.address(query="annotator=bob"))
    at_item(page)
    page.keyboard.type("42.5")

    look(place, page, committed, "work-number")


def test_practice_and_ones_own_work_look_right(
    place: Workplace, page: Page, committed: Engine
) -> None:
    place.require_training()
    page.goto(place.address())
    look(place, page, committed, "work-nothing")
    page.get_by_role("link", name="Practise").click()
    look(place, page, committed, "work-practice")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("radio", name="cat").check()
    page.get_by_role("button", name="Send").click()
    look(place, page, committed, "work-feedback")
    wish = {"annotator_id": place.world.annotator("ann").id, "kind": "warn", "reason": "careless"}
    actions.take(place.session, place.world.requester, place.world.project_id, **wish)
    place.session.commit()

    page.get_by_role("link", name="My work").click()
    page.get_by_text("Object", exact=True).click()
    look(place, page, committed, "work-own")
    page.get_by_label("Why is it wrong?").fill("I was careful.")
    page.get_by_role("button", name="Send the objection").click()

    expect(page.get_by_text("the requester has not decided yet")).to_be_visible()


def test_a_preview_and_a_refusal_look_right(
    place: Workplace, page: Page, committed: Engine
) -> None:
    nobody = "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE"
    page.goto(place.address(source="mturk", batch=3, query=nobody))
    look(place, page, committed, "work-preview")

    page.goto(f"{place.base}/work/nonsense")

    look(place, page, committed, "work-refused")


def test_magnified_twice_nothing_covers_what_is_asked(place: Workplace, page: Page) -> None:
    place.tasks({"text": "It sat on the mat and purred. " * 40})
    page.set_viewport_size({"width": 640, "height": 400})
    page.goto(place.address())
    at_item(page)

    page.keyboard.press("2")
    page.get_by_role("radio", name="dog").scroll_into_view_if_needed()

    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    page.get_by_label("I am not sure").check()


def test_on_a_phone_a_short_question_is_in_sight_below_a_long_item(
    place: Workplace, page: Page
) -> None:
    place.tasks({"text": "It sat on the mat and purred. " * 200})
    page.set_viewport_size(NARROW)
    page.goto(place.address())
    at_item(page)

    for seen in (page.get_by_role("radio", name="dog"), page.get_by_role("button", name="Send")):
        expect(seen).to_be_in_viewport(ratio=1)
    small = [box for box in page.locator("button, a, summary, .choice, .check").all()
             if (rect := box.bounding_box()) and rect["height"] < 44]  # fmt: skip
    assert [box.text_content() for box in small] == ["Jump to the task"]
