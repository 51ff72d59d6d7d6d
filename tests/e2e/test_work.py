"""An annotator at the annotation page, in a real browser."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.workplace import TEXTS, Workplace, answer, at_item, page, place

__all__ = ["page", "place"]


def test_an_annotator_answers_by_keys_alone(place: Workplace, page: Page) -> None:
    place.tasks(*TEXTS)
    page.goto(place.address())

    for keys in ("1", "2u", "1"):
        answer(page, *keys)
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    assert [(row.label, row.unsure) for row in place.answers()] == [
        ("cat", False), ("dog", True), ("cat", False),
    ]  # fmt: skip


def test_without_a_choice_nothing_is_sent_and_a_comment_goes_with_the_answer(
    place: Workplace, page: Page
) -> None:
    place.tasks(TEXTS[0])
    page.goto(place.address())
    at_item(page)

    page.keyboard.press("Enter")
    page.keyboard.press("c")
    page.keyboard.type("1 of a kind")
    page.keyboard.press("Escape")
    answer(page, "1")
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    assert [(row.label, row.comment) for row in place.answers()] == [("cat", "1 of a kind")]


def test_skipping_gives_the_item_to_somebody_else(place: Workplace, page: Page) -> None:
    place.tasks(*TEXTS[:2])
    page.goto(place.address())
    before = at_item(page)

    page.keyboard.press("s")

    assert at_item(page, after=before) != before
    expect(page.get_by_role("status")).to_contain_text("gave the item back")


def test_the_next_item_is_there_without_a_connection_and_both_answers_arrive_once(
    place: Workplace, page: Page
) -> None:
    place.tasks(*TEXTS)
    with page.expect_response(re.compile("/next")):
        page.goto(place.address())
    page.context.set_offline(True)

    answer(page, "1")
    answer(page, "2")
    expect(page.get_by_role("alert")).to_contain_text("2 answers are kept on this device")
    assert place.answers() == []
    page.context.set_offline(False)
    at_item(page)
    expect(page.get_by_role("alert")).to_be_hidden()

    assert [row.label for row in place.answers()] == ["cat", "dog"]


def test_an_answer_whose_receipt_is_lost_is_sent_again_and_stored_once(
    place: Workplace, page: Page
) -> None:
    place.tasks(*TEXTS)
    sent: list[str] = []

    def lose_the_first(route: Route) -> None:
        sent.append(route.request.post_data or "")
        stored = route.fetch()
        assert stored.ok
        route.abort("connectionreset") if len(sent) == 1 else route.fulfill(response=stored)

    page.route("**/answers", lose_the_first)
    page.goto(place.address())

    answer(page, "1")
    expect(page.locator("#count")).to_have_text("1 done")

    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert [row.label for row in place.answers()] == ["cat"]


def test_an_answer_survives_that_the_page_is_loaded_again_before_it_is_stored(
    place: Workplace, page: Page
) -> None:
    place.tasks(*TEXTS)
    page.goto(place.address())
    first = at_item(page)
    page.route("**/answers", lambda route: route.abort("connectionfailed"))
    answer(page, "2")
    expect(page.get_by_role("alert")).to_contain_text("Your answer is kept")

    page.unroute("**/answers")
    page.reload()

    assert at_item(page, after=first) != first
    assert [row.label for row in place.answers()] == ["dog"]


def test_an_answer_to_an_item_that_has_gone_is_told_and_work_goes_on(
    place: Workplace, page: Page
) -> None:
    place.change(overlap_min=1, overlap_max=1)
    place.tasks(*TEXTS[:2])
    # the second item is held by now, too
    with page.expect_response(re.compile("/next")):
        page.goto(place.address())
    first = at_item(page)
    place.give_to_another(first)

    answer(page, "1")

    expect(page.get_by_role("status")).to_contain_text("went to somebody else")
    assert at_item(page, after=first) != first


def test_all_that_apply_are_ticked_by_their_keys_and_none_is_an_answer_too(
    place: Workplace, page: Page
) -> None:
    place.change(answer_type="multi-label", labels=["cat", "dog", "cow"])
    place.tasks(*TEXTS[:2])
    page.goto(place.address())

    answer(page, "3", "1", "2", "2")
    answer(page)
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    assert [row.label for row in place.answers()] == ['["cat", "cow"]', "[]"]


def test_a_number_is_typed_and_sent(place: Workplace, page: Page) -> None:
    asked = {"minimum": 0.0, "maximum": 100.0, "step": None, "unit": "cm", "tolerance": None}
    place.change(answer_type="numeric", labels=[], number=asked)
    place.tasks(*TEXTS[:2])
    page.goto(place.address())

    answer(page, "4", "2", ".", "5")
    answer(page, "7")
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    assert [row.label for row in place.answers()] == ["42.5", "7"]


def test_it_all_works_without_a_script(place: Workplace, chromium: Browser) -> None:
    place.tasks(*TEXTS[:2])
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(place.address(batch=2))

    for label in ("cat", "dog"):
        page.get_by_role("radio", name=label).check()
        page.get_by_label("I am not sure").check()
        page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

    assert [(row.label, row.unsure) for row in place.answers()] == [("cat", True), ("dog", True)]
    context.close()


def test_the_guideline_is_accepted_first_and_stays_beside_the_item(
    place: Workplace, page: Page
) -> None:
    place.tasks(TEXTS[0])
    place.guideline("# Look twice\n\n<script>window.ran = 1</script> [x](javascript:ran=1)")
    page.goto(place.address())

    expect(page.get_by_role("heading", name="Look twice")).to_be_visible()
    page.get_by_role("button", name="I have read it").click()
    at_item(page)

    expect(page.get_by_role("complementary", name="Guideline")).to_contain_text("Look twice")
    page.keyboard.press("g")
    expect(page.get_by_role("heading", name="Look twice")).to_be_hidden()
    assert page.evaluate("window.ran") is None


def test_practice_says_what_is_right_and_a_test_opens_the_way(place: Workplace, page: Page) -> None:
    place.tasks(TEXTS[0])
    place.require_training()
    page.goto(place.address())

    page.get_by_role("link", name="Practise").click()
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("radio", name="cat").check()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Not quite")).to_contain_text("It barks.")
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("radio", name="cat").check()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Passed")).to_be_visible()
    page.get_by_role("link", name="To the tasks").click()

    at_item(page)


HOSTILE = {
    "text": "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>",
    "markup": {"</pre><svg onload='window.ran = 3'>": "</textarea><script>ran=4</script>"},
    "image": "https://127.0.0.1:9/x.png\" onerror=\"window.ran = 5",
    "link": "javascript:window.ran = 6",
    "inline": "data:text/html,<script>window.ran = 7</script>",
    "{{ 7 * 7 }}": "{{ config }}",
}  # fmt: skip


def test_a_hostile_item_runs_nothing_and_loads_nothing(place: Workplace, page: Page) -> None:
    place.tasks(HOSTILE, {"text": "fine"})
    elsewhere: list[str] = []
    page.on("request", lambda r: None if r.url.startswith(place.base) else elsewhere.append(r.url))
    page.on("dialog", lambda dialog: elsewhere.append(dialog.message))
    page.goto(place.address())

    for _ in range(2):
        at_item(page)
        answer(page, "1")
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    assert page.evaluate("window.ran") is None
    assert elsewhere == []
    assert page.locator("a[href^='javascript'], a[href^='data']").count() == 0


def test_media_of_a_host_that_the_page_does_not_know_yet_are_shown_by_a_page_that_does(
    place: Workplace, page: Page
) -> None:
    place.tasks({"photo": f"{place.base}/one.png"}, {"photo": "http://127.0.0.1:9/two.png"})
    page.goto(place.address())
    shown = []

    for _ in range(2):
        at_item(page)
        shown.append(page.locator(".item img").get_attribute("src"))
        answer(page, "1")
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    assert {urlsplit(source or "").path for source in shown} == {"/one.png", "/two.png"}
