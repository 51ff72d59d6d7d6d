"""An annotator at the annotation page, in a real browser."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import Engine

from crowd.db import sessions
from tests.e2e.desk import Desk, answer, at_item, served

TEXTS = ({"text": "purrs"}, {"text": "barks"}, {"text": "meows"})


@pytest.fixture
def desk(app: Flask, committed: Engine) -> Iterator[Desk]:
    with served(app) as base, sessions() as session:
        yield Desk(session, base)


def test_an_annotator_answers_by_keys_alone(desk: Desk, page: Page) -> None:
    desk.tasks(*TEXTS)
    page.goto(desk.address())

    for keys in ("1", "2u", "1"):
        answer(page, *keys)
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    assert [(row.label, row.unsure) for row in desk.answers()] == [
        ("cat", False), ("dog", True), ("cat", False),
    ]  # fmt: skip


def test_without_a_choice_nothing_is_sent_and_a_comment_goes_with_the_answer(
    desk: Desk, page: Page
) -> None:
    desk.tasks(TEXTS[0])
    page.goto(desk.address())
    at_item(page)

    page.keyboard.press("Enter")
    page.keyboard.press("c")
    page.keyboard.type("1 of a kind")
    page.keyboard.press("Escape")
    answer(page, "1")
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    assert [(row.label, row.comment) for row in desk.answers()] == [("cat", "1 of a kind")]


def test_skipping_gives_the_item_to_somebody_else(desk: Desk, page: Page) -> None:
    desk.tasks(*TEXTS[:2])
    page.goto(desk.address())
    before = at_item(page)

    page.keyboard.press("s")

    assert at_item(page, after=before) != before
    expect(page.get_by_role("status")).to_contain_text("gave the item back")


def test_the_next_item_is_there_without_a_connection_and_both_answers_arrive_once(
    desk: Desk, page: Page
) -> None:
    desk.tasks(*TEXTS)
    page.goto(desk.address())
    with page.expect_response(re.compile("/next")):
        at_item(page)
    page.context.set_offline(True)

    answer(page, "1")
    answer(page, "2")
    expect(page.get_by_role("alert")).to_contain_text("2 answers are kept on this device")
    assert desk.answers() == []
    page.context.set_offline(False)
    at_item(page)
    expect(page.get_by_role("alert")).to_be_hidden()

    assert [row.label for row in desk.answers()] == ["cat", "dog"]


def test_an_answer_whose_receipt_is_lost_is_sent_again_and_stored_once(
    desk: Desk, page: Page
) -> None:
    desk.tasks(*TEXTS)
    sent: list[str] = []

    def lose_the_first(route: Route) -> None:
        sent.append(route.request.post_data or "")
        stored = route.fetch()
        assert stored.ok
        route.abort("connectionreset") if len(sent) == 1 else route.fulfill(response=stored)

    page.route("**/answers", lose_the_first)
    page.goto(desk.address())

    answer(page, "1")
    expect(page.locator("#count")).to_have_text("1 done")

    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert [row.label for row in desk.answers()] == ["cat"]


def test_an_answer_survives_that_the_page_is_loaded_again_before_it_is_stored(
    desk: Desk, page: Page
) -> None:
    desk.tasks(*TEXTS)
    page.goto(desk.address())
    first = at_item(page)
    page.route("**/answers", lambda route: route.abort("connectionfailed"))
    answer(page, "2")
    expect(page.get_by_role("alert")).to_contain_text("Your answer is kept")

    page.unroute("**/answers")
    page.reload()

    assert at_item(page, after=first) != first
    assert [row.label for row in desk.answers()] == ["dog"]


def test_an_answer_to_an_item_that_has_gone_is_told_and_work_goes_on(
    desk: Desk, page: Page
) -> None:
    desk.change(overlap_min=1, overlap_max=1)
    desk.tasks(*TEXTS[:2])
    page.goto(desk.address())
    first = at_item(page)
    desk.give_to_another(first)

    answer(page, "1")

    expect(page.get_by_role("status")).to_contain_text("went to somebody else")
    assert at_item(page, after=first) != first


def test_it_all_works_without_a_script(desk: Desk, browser: Browser) -> None:
    desk.tasks(*TEXTS[:2])
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(desk.address(batch=2))

    for label in ("cat", "dog"):
        page.get_by_role("radio", name=label).check()
        page.get_by_label("I am not sure").check()
        page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

    assert [(row.label, row.unsure) for row in desk.answers()] == [("cat", True), ("dog", True)]
    context.close()


def test_the_guideline_is_accepted_first_and_stays_beside_the_item(desk: Desk, page: Page) -> None:
    desk.tasks(TEXTS[0])
    desk.guideline("# Look twice\n\n<script>window.ran = 1</script> [x](javascript:ran=1)")
    page.goto(desk.address())

    expect(page.get_by_role("heading", name="Look twice")).to_be_visible()
    page.get_by_role("button", name="I have read it").click()
    at_item(page)

    expect(page.get_by_role("complementary", name="Guideline")).to_contain_text("Look twice")
    page.keyboard.press("g")
    expect(page.get_by_role("heading", name="Look twice")).to_be_hidden()
    assert page.evaluate("window.ran") is None


def test_practice_says_what_is_right_and_a_test_opens_the_way(desk: Desk, page: Page) -> None:
    desk.tasks(TEXTS[0])
    desk.require_training()
    page.goto(desk.address())

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


def test_a_hostile_item_runs_nothing_and_loads_nothing(desk: Desk, page: Page) -> None:
    desk.tasks(HOSTILE, {"text": "fine"})
    elsewhere: list[str] = []
    page.on("request", lambda r: None if r.url.startswith(desk.base) else elsewhere.append(r.url))
    page.on("dialog", lambda dialog: elsewhere.append(dialog.message))
    page.goto(desk.address())

    for _ in range(2):
        at_item(page)
        answer(page, "1")
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    assert page.evaluate("window.ran") is None
    assert elsewhere == []
    assert page.locator("a[href^='javascript'], a[href^='data']").count() == 0


def test_media_of_a_host_that_the_page_does_not_know_yet_are_shown_by_a_page_that_does(
    desk: Desk, page: Page
) -> None:
    desk.tasks({"photo": f"{desk.base}/one.png"}, {"photo": "http://127.0.0.1:9/two.png"})
    page.goto(desk.address())
    shown = []

    for _ in range(2):
        at_item(page)
        shown.append(page.locator(".item img").get_attribute("src"))
        answer(page, "1")
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()

    assert {urlsplit(source or "").path for source in shown} == {"/one.png", "/two.png"}


class Platform:
    """A page of MTurk's that shows a HIT in a frame and hears of its end."""

    def __init__(self) -> None:
        self.heard: dict[str, list[str]] = {}
        self.framed = ""
        platform = self

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(f"<iframe src='{platform.framed}' width=900 height=700></iframe>")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                platform.heard = {"path": [self.path], **parse_qs(body)}
                self._say("Thank you, worker")

            def _say(self, html: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(html.encode())

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        # another site than the page's own, so that its cookies are a third party's
        self.origin = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,)).start()


@pytest.fixture
def platform(app: Flask) -> Iterator[Platform]:
    platform, known = Platform(), app.config["MTURK_ORIGINS"]
    app.config["MTURK_ORIGINS"] = (*known, platform.origin)
    yield platform
    app.config["MTURK_ORIGINS"] = known
    platform.server.shutdown()
    platform.server.server_close()


def test_a_hit_is_previewed_worked_on_in_a_frame_and_submitted(
    desk: Desk, page: Page, platform: Platform
) -> None:
    desk.tasks(*TEXTS)
    link = f"{desk.base}/work/{desk.link(source='mturk', batch=2).token}"
    platform.framed = f"{link}?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=H"
    page.goto(platform.origin)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("This is a preview.")).to_be_visible()
    assert frame.get_by_role("button").count() == 0

    platform.framed = f"{link}?assignmentId=A1&hitId=H&workerId=W1&turkSubmitTo={platform.origin}"
    page.reload()
    for _ in range(2):
        frame.locator("form.stage:not(.sending)").get_by_role("radio", name="cat").check()
        frame.get_by_role("button", name="Send").click()
    frame.get_by_role("button", name="Submit the HIT").click()

    expect(frame.get_by_text("Thank you, worker")).to_be_visible()
    assert platform.heard["path"] == ["/mturk/externalSubmit"]
    assert platform.heard["assignmentId"] == ["A1"]
    assert [row.label for row in desk.answers()] == ["cat", "cat"]


def test_nobody_else_can_show_the_page_in_a_frame(
    desk: Desk, page: Page, platform: Platform
) -> None:
    desk.tasks(*TEXTS)
    platform.framed = desk.address()

    page.goto(platform.origin)

    expect(page.frame_locator("iframe").locator("form")).to_have_count(0)


def test_a_participant_of_prolific_comes_back_with_the_code(desk: Desk, page: Page) -> None:
    desk.tasks(*TEXTS)
    said = "PROLIFIC_PID=5f&STUDY_ID=s1&SESSION_ID=t1"
    page.route("https://app.prolific.com/**", lambda route: route.fulfill(body="Completed"))
    page.goto(desk.address(source="prolific", completion_code="C0DE", batch=1, query=said))

    answer(page, "2")
    page.get_by_role("link", name="Complete on Prolific").click()

    expect(page.get_by_text("Completed")).to_be_visible()
    assert page.url == "https://app.prolific.com/submissions/complete?cc=C0DE"
    assert desk.world.annotator("5f").kind == "human"
