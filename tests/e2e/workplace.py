"""An annotation page to work at: a project with a marketplace, behind a real HTTP server."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from crowd.db import sessions
from crowd.services import assignments, guidelines, trainings, work_links
from crowd.services.work_links import NewLink
from tests.factories import World

TEXTS = ({"text": "purrs"}, {"text": "barks"}, {"text": "meows"})
TRAINING: dict[str, Any] = {
    "name": "animals",
    "question": "What is it?",
    "labels": ["cat", "dog"],
    "practice": [{"payload": {"text": "woof"}, "label": "dog", "explanation": "It barks."}],
    "test": [{"payload": {"text": "miaow"}, "label": "cat"}],
    "pass_mark": 0.8,
    "attempts": 3,
    "wait_seconds": 0,
    "attempt_seconds": 600,
    "qualification": "animals",
    "valid_seconds": None,
}


class Workplace:
    """Tasks to be answered, and links to them."""

    def __init__(self, session: Session, base: str, **config: Any) -> None:
        self.session, self.base = session, base
        asked = {"labels": ["cat", "dog"], "question": "What is it?"}
        self.world = World(session, **{**asked, **config})
        session.commit()

    def tasks(self, *payloads: dict[str, Any]) -> None:
        for payload in payloads:
            self.world.task(payload=payload)
        self.session.commit()

    def change(self, **fields: Any) -> None:
        self.world.change(**fields)
        self.session.commit()

    def guideline(self, body: str) -> None:
        """Put a guideline in force."""
        made = guidelines.add(self.session, self.world.requester, self.world.project_id, body=body)
        self.change(guideline=made.version)

    def require_training(self) -> None:
        """Ask for a qualification that a training gives."""
        trainings.create(self.session, self.world.requester, **TRAINING)
        self.change(requires=["animals"])

    def link(self, **terms: Any) -> NewLink:
        """Make an open link that needs no signature, or another."""
        made = work_links.create(
            self.session,
            self.world.marketplace,
            project_id=self.world.project_id,
            **{"signed": False, **terms},
        )
        self.session.commit()
        return made

    def address(self, *, query: str = "annotator=ann", **terms: Any) -> str:
        return f"{self.base}/work/{self.link(**terms).token}?{query}"

    def give_to_another(self, assignment: str) -> None:
        """Let a lease end, and somebody else have its slot."""
        self.world.let_expire(uuid.UUID(assignment))
        assignments.expire_due(self.session, limit=10)
        self.world.lease("another", count=10)
        self.session.commit()

    def answers(self) -> Sequence[Any]:
        """Read what is stored, in the order of time."""
        query = text("SELECT label, unsure, comment, time_spent_s FROM answers ORDER BY id")
        found = self.session.execute(query).all()
        self.session.commit()
        return found


def at_item(page: Page, *, after: str | None = None) -> str:
    """Wait until an item can be answered, other than `after`; gives its assignment."""
    other = "" if after is None else f":not([data-assignment='{after}'])"
    stage = page.locator(f".has-script form.stage:not(.sending){other}")
    stage.wait_for()
    return stage.get_attribute("data-assignment") or ""


def answer(page: Page, *keys: str) -> None:
    """Press the keys of an answer, and send it."""
    before = at_item(page)
    for key in (*keys, "Enter"):
        page.keyboard.press(key)
    page.locator(f"form.stage:not(.sending)[data-assignment='{before}']").wait_for(state="detached")


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    # what a page has asked for last is answered before the tables are emptied
    server.daemon_threads = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def place(app: Flask, committed: Engine) -> Iterator[Workplace]:
    with served(app) as base, sessions() as session:
        yield Workplace(session, base)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page, complaints = context.new_page(), list[str]()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []
