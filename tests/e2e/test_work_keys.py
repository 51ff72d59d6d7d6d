"""The annotation page by keyboard alone, as who does it all day works."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.workplace import TEXTS, Workplace, answer, at_item, page, place

__all__ = ["page", "place"]

SPECIES = [f"Species {n:03}" for n in range(198)] + ["Échidné", "Emu"]


def test_the_same_key_twice_chooses_and_sends(place: Workplace, page: Page) -> None:
    place.tasks(*TEXTS[:2])
    page.goto(place.address())
    first = at_item(page)

    page.keyboard.press("2")
    page.keyboard.press("2")
    at_item(page, after=first)

    expect(page.get_by_role("status")).to_have_text("Answer 1 is stored.")
    assert [row.label for row in place.answers()] == ["dog"]


def test_one_of_two_hundred_answers_is_found_by_a_part_of_its_name(
    place: Workplace, page: Page
) -> None:
    place.change(labels=SPECIES)
    place.tasks(TEXTS[0])
    page.goto(place.address())
    at_item(page)

    page.keyboard.press("/")
    page.keyboard.type("echi")
    expect(page.locator(".choice:visible")).to_have_text(["Échidné"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="Échidné")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    assert [row.label for row in place.answers()] == ["Échidné"]


def test_of_a_long_list_many_are_found_one_after_the_other(place: Workplace, page: Page) -> None:
    place.change(answer_type="multi-label", labels=SPECIES[-30:])
    place.tasks(TEXTS[0])
    page.goto(place.address())
    at_item(page)

    page.keyboard.press("/")
    for part in ("emu", "175", "nothing like it"):
        page.keyboard.type(part)
        page.keyboard.press("Enter")
    expect(page.get_by_text("No answer has that in it.")).to_be_visible()
    page.get_by_label("Find").fill("")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    assert [row.label for row in place.answers()] == ['["Species 175", "Emu"]']


def test_in_the_field_of_a_number_letters_are_still_keys(place: Workplace, page: Page) -> None:
    asked = {"minimum": 0.0, "maximum": 100.0, "step": None, "unit": "cm", "tolerance": None}
    place.change(answer_type="numeric", labels=[], number=asked)
    place.tasks(*TEXTS[:2])
    page.goto(place.address())
    at_item(page)

    answer(page, "1", "e", "1", "u")
    answer(page, "7", "c", "l", "o", "w", "Control+Enter")
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    found = [(row.label, row.unsure, row.comment) for row in place.answers()]
    assert found == [("10", True, None), ("7", False, "low")]


def test_who_answers_in_two_windows_is_told_that_the_first_answer_counts(
    place: Workplace, page: Page
) -> None:
    place.tasks(*TEXTS[:2])
    page.goto(place.address())
    first = at_item(page)
    other = page.context.new_page()
    other.goto(page.url)
    assert at_item(other) == first

    answer(page, "1")
    expect(page.get_by_role("status")).to_have_text("Answer 1 is stored.")
    answer(other, "2")

    expect(other.get_by_role("status")).to_contain_text("the first one counts")
    assert [row.label for row in place.answers()] == ["cat"]


def test_after_an_answer_the_reader_is_at_the_top_of_the_next_item(
    place: Workplace, page: Page
) -> None:
    place.tasks(*[{"text": "A line of it. " * 1500}] * 2)
    page.goto(place.address())
    at_item(page)
    page.mouse.wheel(0, 5000)

    answer(page, "1")

    assert page.evaluate("scrollY") == 0
    expect(page.get_by_label("The item", exact=True)).to_be_focused()
    expect(page.get_by_role("radio", name="dog")).to_be_in_viewport()
