"""The annotation page as MTurk and Prolific use it, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.e2e.workplace import TEXTS, Workplace, answer, page, place

__all__ = ["page", "place"]


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
    place: Workplace, page: Page, platform: Platform
) -> None:
    place.tasks(*TEXTS)
    link = f"{place.base}/work/{place.link(source='mturk', batch=2).token}"
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
    assert [row.label for row in place.answers()] == ["cat", "cat"]


def test_nobody_else_can_show_the_page_in_a_frame(
    place: Workplace, page: Page, platform: Platform
) -> None:
    place.tasks(*TEXTS)
    platform.framed = place.address()

    page.goto(platform.origin)

    expect(page.frame_locator("iframe").locator("form")).to_have_count(0)


def test_a_participant_of_prolific_comes_back_with_the_code(place: Workplace, page: Page) -> None:
    place.tasks(*TEXTS)
    said = "PROLIFIC_PID=5f&STUDY_ID=s1&SESSION_ID=t1"
    page.route("https://app.prolific.com/**", lambda route: route.fulfill(body="Completed"))
    page.goto(place.address(source="prolific", completion_code="C0DE", batch=1, query=said))

    answer(page, "2")
    page.get_by_role("link", name="Complete on Prolific").click()

    expect(page.get_by_text("Completed")).to_be_visible()
    assert page.url == "https://app.prolific.com/submissions/complete?cc=C0DE"
    assert place.world.annotator("5f").kind == "human"
