"""Settings at a browser: every kind of answer, each label, each field of an item."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import Desk


def row_of(desk: Desk, label: str) -> Locator:
    """Find the row of a label."""
    head = desk.page.get_by_role("rowheader", name=label, exact=True)
    return desk.page.get_by_role("row").filter(has=head)


def test_a_requester_asks_for_a_number(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("requester")
    page = desk.page
    desk.go_project("/settings")
    expect(page.get_by_label("Smallest")).to_be_hidden()

    page.get_by_label("Annotators give").select_option("numeric")
    expect(page.locator("[name=labels]")).to_be_hidden()
    page.get_by_label("Smallest").fill("10")
    page.get_by_label("Largest").fill("5")
    page.get_by_label("Unit").fill("kg")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("number maximum")
    desk.look("settings-number-refused")
    page.get_by_role("alert").get_by_role("link").click()
    page.get_by_label("Largest").fill("50.5")
    page.get_by_label("Method").select_option("ordinal-dawid-skene")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_have_text("Saved: version 2 is in force.")
    expect(page.get_by_label("Largest")).to_have_value("50.5")
    desk.look("settings-number")
    page.get_by_text("Versions", exact=True).click()
    expect(page.get_by_role("row", name="answer type: numeric")).to_contain_text("number unit: kg")
    desk.look("settings-versions")


def test_each_label_is_shown_as_the_requester_says(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("requester")
    page = desk.page
    with desk.written() as world:
        world.task("clip-1", payload={"clip": "https://media.example.org/1.mp3"})
    desk.go_project("/settings")
    page.get_by_text("Each label: how it is shown").click()
    row = row_of(desk, "yes")
    row.get_by_label("Shown as").fill("It is")
    row.get_by_label("Key").fill("u")
    row.get_by_label("Expected share").fill("0.3")
    page.get_by_label("Field 1", exact=True).fill("clip")
    page.get_by_label("Field 1 is shown as").select_option("audio")
    page.get_by_role("button", name="Save").click()
    expect(row.get_by_label("Expected share")).to_have_value("0.3")
    desk.look("settings-labels-refused")
    row_of(desk, "no").get_by_label("Expected share").fill("0.7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("a key of the page itself: u")
    row.get_by_label("Key").fill("y")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_have_text("Saved: version 2 is in force.")
    desk.look("settings-labels")
    with desk.requester() as requester:
        config = requester.projects.get(str(desk.world.project_id)).config
    assert config.expected_shares == (0.3, 0.7)
    assert config.interface["show"] == [{"field": "clip", "kind": "audio", "title": ""}]
    assert [(one["title"], one["key"]) for one in config.interface["labels"]] == [("It is", "y")]


@pytest.mark.parametrize("scripts", [False])
def test_what_a_kind_of_answer_does_not_need_is_hidden_without_a_script(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("requester")
    page = desk.page
    desk.go_project("/settings")

    page.get_by_label("Annotators give").select_option("multi-label")
    expect(page.get_by_label("Smallest")).to_be_hidden()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_have_text("Saved: version 2 is in force.")
    expect(page.get_by_label("Annotators give")).to_have_value("multi-label")


def test_counting_goes_from_a_template_to_a_report(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("requester")
    page = desk.page
    desk.go("/projects/new/counting")
    desk.look("template-number")
    page.get_by_label("Name of the project").fill("People in texts")
    page.get_by_label("Price of an answer").fill("0.05")
    page.get_by_role("button", name="Make the draft").click()
    expect(page.get_by_role("alert")).to_contain_text("currency")
    page.get_by_label("Currency").fill("EUR")
    page.get_by_role("button", name="Make the draft").click()

    page.get_by_role("link", name="Try it yourself").click()
    page.get_by_role("button", name="Try ten items").click()
    desk.look("rehearsal-number")
    for number in range(1, 11):
        expect(page.get_by_text(f"Item {number} of 10")).to_be_visible()
        page.get_by_label("From 0 to 50 people").fill("3")
        page.keyboard.press("Enter")
    known = page.get_by_role("row").filter(
        has=page.get_by_role("link", name="sample-1", exact=True)
    )
    expect(known).to_contain_text("the same")
    desk.look("rehearsal-number-compared")

    page.get_by_role("link", name="Dataset").click()
    page.get_by_role("button", name="Write a report").click()
    expect(page.get_by_text("from 0 to 50 people")).to_be_visible(timeout=30_000)
    desk.look("report-number")


def test_a_file_that_is_no_table_is_refused_where_it_was_chosen(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("requester")
    page = desk.page

    for name, content in (
        ("cat.png", b"\x89PNG"),
        ("items.csv", b"\x00\xff"),
        ("i.csv", b"id;text\n"),
    ):
        desk.go_project("/imports")
        file = {"name": name, "mimeType": "text/csv", "buffer": content}
        page.get_by_label("CSV, NDJSON or JSON").set_input_files(file)  # type: ignore[arg-type]
        page.get_by_role("button", name="Look at it").click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_role("button", name="Import", exact=True)).to_be_hidden()
        desk.look(f"imports-refused-{name}")
