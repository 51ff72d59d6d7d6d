"""A requester at the console: from a template to a dataset with its report."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.conftest import Desk

#: Twelve lines: one has no name, and the items' names stand in a column of another name.
ITEMS = "id,text,about,gold\n" + "".join(
    f"{f'review-{number}' if number != 7 else ''},It is {what},headphones,{known}\n"
    for number, (what, known) in enumerate(
        [("great", "positive"), ("broken", "negative"), ("blue", "")] * 4, start=1
    )
)


def notice(page: Page) -> str:
    return page.get_by_role("status").inner_text()


def project_id_of(page: Page) -> str:
    found = re.search(r"/projects/([0-9a-f-]{36})", page.url)
    assert found is not None
    return found[1]


def test_a_new_requester_goes_from_a_template_to_a_running_project(
    desk_of: Callable[..., Desk], tmp_path: Path
) -> None:
    desk = desk_of("requester")
    page = desk.page

    page.get_by_role("button", name="New project").click()
    desk.look("templates")
    page.get_by_role("link", name="Sentiment").click()
    page.get_by_label("Name of the project").fill("Reviews of headphones")
    page.get_by_label("Answers at most").fill("5")
    page.get_by_label("Import ten sample items").uncheck()
    desk.look("template")
    page.get_by_role("button", name="Make the draft").click()

    expect(page.get_by_role("heading", name="Import items")).to_be_visible()
    desk.look("imports")
    file = tmp_path / "reviews.csv"
    file.write_text(ITEMS)
    page.get_by_label("CSV, NDJSON or JSON").set_input_files(file)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("Nothing can come in as it is")).to_be_visible()
    desk.look("import-held-without-names")
    page.locator("[name='column:id']").select_option("external_id")
    expect(page.get_by_text("Nothing can come in as it is")).to_be_hidden()
    expect(page.get_by_text("left out")).to_be_visible()
    desk.look("import-held")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("button", name="See the tasks")).to_be_visible()
    desk.look("import-done")
    with page.expect_download() as rejected:
        page.get_by_role("link", name="Download all as CSV").click()
    assert "8,external_id" in rejected.value.path().read_text()

    page.get_by_role("button", name="Try it yourself").click()
    desk.look("rehearsals")
    page.get_by_role("button", name="Try ten items").click()
    desk.look("rehearsal")
    for number in range(1, 11):
        expect(page.get_by_text(f"Item {number} of 10")).to_be_visible()
        page.keyboard.press("3")
    expect(page.get_by_role("heading", name="What you said")).to_be_visible()
    desk.look("rehearsal-compared")

    page.get_by_role("button", name="Go on").click()
    page.get_by_role("row", name=marketplace_of(desk)).get_by_role("button", name="Open").click()
    desk.look("settings-draft")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Start").click()
    assert notice(page) == "It is running now."

    page.get_by_role("link", name="Tasks", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(12)
    desk.look("tasks")
    page.get_by_label("Its name, in full").fill("review-1")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="review-1", exact=True).click()
    expect(page.get_by_text("It is great")).to_be_visible()
    desk.look("task")
    answer_everything(desk, project_id_of(page))
    page.get_by_role("link", name="Dataset").click()
    with page.expect_download() as labels:
        page.get_by_role("link", name="CSV").first.click()
    assert labels.value.path().read_text().count("review-") == 11
    page.get_by_role("button", name="Write a report").click()
    expect(page.get_by_text("Labels that are right").first).to_be_visible(timeout=30_000)
    desk.look("quality-report")
    with page.expect_download() as report:
        page.get_by_role("button", name="Download as PDF").click()
    text = "".join(
        one.extract_text() for one in PdfReader(io.BytesIO(report.value.path().read_bytes())).pages
    )
    assert "Reviews of headphones: quality report 1" in text
    assert "Labels that are right" in text
    page.keyboard.press("Escape")
    desk.look("dataset")


def answer_everything(desk: Desk, project_id: str) -> None:
    """Let five people answer by the API what the project asks, all of them rightly."""
    right = {"great": "positive", "broken": "negative", "blue": "neutral"}
    with desk.marketplace() as marketplace:
        version = marketplace.projects.get(project_id).config.guideline
        assert version is not None
        for name in ("ann", "ben", "cem", "dee", "eve"):
            marketplace.annotators.register(name)
            marketplace.guidelines.accept(project_id, name, version)
            done = marketplace.work(
                project_id, name, lambda lease: right[lease.payload["text"].split()[-1]]
            )
            assert len(list(done)) <= 11


def marketplace_of(desk: Desk) -> str:
    """Name the marketplace at hand."""
    with desk.requester() as requester:
        (one,) = requester.projects.opened_to(str(desk.world.project_id))
    return one.name


def test_settings_that_somebody_else_changed_meanwhile_are_not_lost(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("requester")
    page = desk.page
    desk.go_project("/settings")
    page.get_by_label("Answers at most").fill("9")
    with desk.written() as world:
        world.change(target_confidence=0.8)

    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("alert")).to_contain_text("Somebody changed the project")
    expect(page.get_by_role("alert")).to_contain_text("target confidence: 0.8")
    desk.look("settings-stale")
    page.get_by_label("Content with").fill("0.8")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved: version 3 is in force.")
    desk.look("settings")


def test_a_guideline_is_written_anew_and_compared(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("requester")
    page = desk.page
    desk.go_project("/guidelines")
    desk.look("guideline-none")

    for body in ("# Look\n\nLook once.\n\nThen say.", "# Look\n\nLook twice.\n\nThen say."):
        page.get_by_role("button", name="Write the next version").click()
        page.get_by_label("What annotators read").fill(body)
        page.get_by_role("button", name="Keep it").click()

    expect(page.get_by_text("in force").first).to_be_visible()
    expect(page.locator("ins")).to_contain_text("Look twice.")
    expect(page.locator("del")).to_contain_text("Look once.")
    desk.look("guideline")


def test_a_hostile_item_runs_nothing(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("requester")
    hostile = {
        "text": "<img src=x onerror=alert(1)><script>alert(2)</script>",
        "<b>": "javascript:alert(3)",
    }
    with desk.written() as world:
        task = world.task("<script>alert(0)</script>", payload=hostile, gold="yes")
    asked: list[str] = []
    desk.page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))

    desk.go_project(f"/tasks/{task.id}")
    desk.look("task-hostile")
    desk.go_project("/tasks")
    desk.go_project("/rehearsals")
    desk.page.get_by_role("button", name="Try ten items").click()

    expect(desk.page.get_by_text("onerror=alert(1)")).to_be_visible()
    assert asked == []
