"""From a link that a marketplace makes to a result that a requester reads, on the whole service."""

from __future__ import annotations

import time

from playwright.sync_api import BrowserContext, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crowd.client import Client
from tests.e2e.workplace import answer
from tests.factories import World
from tests.walk.conftest import Service

PATIENCE_S = 30


def test_a_link_leads_to_a_result(stack: Service, tables: Engine, context: BrowserContext) -> None:
    with Session(tables, expire_on_commit=False) as session, session.begin():
        world = World(session, question="Is it a cat?", target_confidence=0.6)
    with (
        Client(stack.base_url, world.requester_token) as requester,
        Client(stack.base_url, world.marketplace_token) as marketplace,
    ):
        project = str(world.project_id)
        for name in ("one", "two"):
            requester.tasks.create(project, name, {"text": name})
        door = marketplace.work_links.create(project, batch=2)

        for name in ("ann", "bob"):
            page = context.new_page()
            page.goto(door.address_for(name))
            answer(page, "1")
            answer(page, "1")
            expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

        came = [visit.answers for visit in marketplace.work_links.visits(door.link.id)]
        assert came == [2, 2]
        until = time.monotonic() + PATIENCE_S
        while requester.projects.progress(project).resolved < 2:
            assert time.monotonic() < until, "nothing was decided"
        assert {result.label for result in requester.results.list(project)} == {"yes"}
