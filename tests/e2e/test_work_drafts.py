"""What an annotator has chosen and typed, and not sent yet."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Error, Page, expect

from tests.e2e.workplace import TEXTS, Workplace, answer, at_item, page, place

__all__ = ["page", "place"]


def written(page: Page) -> tuple[str, bool, bool]:
    """Read what stands in the form: the comment, whether it is a dog, whether that is unsure."""
    comment = page.get_by_label("What should the requester know?")
    is_dog = page.get_by_role("radio", name="dog").is_checked()
    return comment.input_value(), is_dog, page.get_by_label("I am not sure").is_checked()


def write(page: Page, comment: str) -> str:
    """Choose a dog, in doubt, and comment on it, but do not send it; gives the assignment."""
    assignment = at_item(page)
    for key in "2uc":
        page.keyboard.press(key)
    page.keyboard.type(comment)
    return assignment


def test_what_is_typed_but_not_sent_is_there_when_the_page_is_loaded_again(
    place: Workplace, page: Page
) -> None:
    place.tasks(*TEXTS)
    page.goto(place.address())
    first = write(page, "both, rather")

    page.reload()

    assert at_item(page) == first
    assert written(page) == ("both, rather", True, True)
    expect(page.get_by_label("What should the requester know?")).to_be_visible()


def test_what_is_typed_without_a_connection_outlives_a_page_that_could_not_be_loaded(
    place: Workplace, page: Page
) -> None:
    place.tasks(*TEXTS)
    with page.expect_response(re.compile("/next")):
        page.goto(place.address())
    address = page.url
    page.context.set_offline(True)
    answer(page, "1")
    second = write(page, "hard to say")

    with pytest.raises(Error):
        page.reload()
    page.context.set_offline(False)
    page.goto(address)

    assert at_item(page) == second
    assert written(page) == ("hard to say", True, True)
    assert [row.label for row in place.answers()] == ["cat"]


@pytest.mark.parametrize("key", ["Enter", "s"])
def test_what_was_typed_for_an_item_is_never_in_the_next_ones_form(
    place: Workplace, page: Page, key: str
) -> None:
    place.tasks(*TEXTS)
    page.goto(place.address())
    first = write(page, "of this one")
    page.keyboard.press("Escape")

    with page.expect_response(re.compile("/(answers|returns)")):
        page.keyboard.press(key)
    second = at_item(page, after=first)
    page.reload()

    assert at_item(page) == second
    assert written(page) == ("", False, False)
    assert page.evaluate("sessionStorage.length") == 0


def test_another_annotator_at_the_same_browser_finds_nothing_of_the_first(
    place: Workplace, page: Page
) -> None:
    place.tasks(TEXTS[0])
    page.goto(place.address())
    write(page, "mine")

    page.goto(place.address(query="annotator=bob"))
    at_item(page)

    assert written(page) == ("", False, False)
    assert page.evaluate("sessionStorage.length") == 0


def test_nothing_typed_is_kept_once_a_visit_is_over(place: Workplace, page: Page) -> None:
    place.tasks(*TEXTS)
    page.goto(place.address())
    write(page, "never sent")

    page.get_by_role("button", name="Finish for now").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 0]


def test_nothing_typed_is_kept_once_a_visit_is_not_known_any_more(
    place: Workplace, page: Page
) -> None:
    place.tasks(*TEXTS)
    page.goto(place.address())
    write(page, "never sent")
    page.context.clear_cookies()

    page.reload()

    expect(page.get_by_role("heading", name="We do not know this visit")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
