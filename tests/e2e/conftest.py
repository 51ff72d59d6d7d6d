"""The whole service, and people at real browsers in front of it.

Screenshots of every page that a test looks at go to the folder CROWD_SCREENSHOTS, if it is set.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from crowd.client import Client
from crowd.servers.folder import Folder
from crowd.services import sign_ins, users
from tests.factories import World, unique
from tests.walk.conftest import Service, free_port

CHROMIUM = os.environ.get("CROWD_CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
#: No test of ours needs what a browser asks its maker for.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
AXE = Path(__file__).parents[2] / "crowd/web/vendor/node_modules/axe-core/axe.min.js"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`crowd up`, for as long as there are tests with a browser."""
    service = Service(tmp_path_factory.mktemp("e2e") / "data", free_port())
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def tables(stack: Service) -> Iterator[Engine]:
    """The service's own database, for what would take a test hours through the API."""
    url = Folder(stack.folder).database_url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser. It runs an event loop in this thread: other modules may want one of their own."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: install it, or name it in CROWD_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield browser
        browser.close()


@dataclass
class Desk:
    """Somebody signed in at a browser, the project in front of them, and its database."""

    page: Page
    base: str
    world: World
    tables: Engine
    complaints: list[str]

    def go(self, path: str) -> None:
        """Open a page of the console."""
        response = self.page.goto(f"{self.base}/console{path}")
        assert response is not None
        assert response.status < 400, f"{path}: {response.status}"

    def go_project(self, path: str = "") -> None:
        """Open a page of the project."""
        self.go(f"/projects/{self.world.project_id}{path}")

    def requester(self) -> Client:
        return Client(self.base, self.world.requester_token)

    def marketplace(self) -> Client:
        return Client(self.base, self.world.marketplace_token)

    @contextmanager
    def written(self) -> Iterator[World]:
        """Write to the database by services, as one commit."""
        with Session(self.tables, expire_on_commit=False) as session, session.begin():
            before, self.world.session = self.world.session, session
            yield self.world
            self.world.session = before

    def look(self, name: str) -> None:
        """Look at a page as it is, wide and narrow, light and dark: axe objects to nothing serious,
        nothing is wider than the window, no script and no policy complained."""
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for size in (WIDE, NARROW):
                self.page.set_viewport_size(size)
                self.page.evaluate("scrollTo(0, 0)")
                self.page.wait_for_timeout(50)
                _photograph(self.page, f"{name}-{size['width']}-{scheme}")
                assert _overhang(self.page) <= 0, f"{name} is wider than {size['width']} pixels"
            assert not (found := faults(self.page)), f"{name}, {scheme}: {found}"
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(color_scheme="light")
        assert not self.complaints


def faults(page: Page) -> list[str]:
    """List what axe-core finds serious or critical."""
    page.evaluate(AXE.read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    ran = page.evaluate("tags => axe.run({runOnly: tags})", tags)
    return [
        f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes']][:5]}"
        for one in ran["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def _overhang(page: Page) -> int:
    size = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    found: int = page.evaluate(size)
    return found


def _photograph(page: Page, name: str) -> None:
    if folder := os.environ.get("CROWD_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.fixture
def scripts() -> bool:
    """Whether the browser runs scripts: a test may say otherwise."""
    return True


@pytest.fixture
def context(chromium: Browser, scripts: bool) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport=WIDE, java_script_enabled=scripts)
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def desk_of(stack: Service, tables: Engine, context: BrowserContext) -> Callable[..., Desk]:
    """Make a world of its own and sign somebody in there, in some roles."""

    def make(*roles: str, admin: bool = False, **config: Any) -> Desk:
        with Session(tables, expire_on_commit=False) as session, session.begin():
            world = World(session, **config)
            name = unique("user").replace(" ", "-")
            user = users.create(session, email=f"{name}@example.org", name="Ada", is_admin=admin)
            session.flush()
            tenant = users.tenant_with(session, world.requester.tenant_id)
            users.grant(session, user, tenant, roles or ("operator",))
            token = sign_ins.make_link(session, user)
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda message: _note(message, complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        desk = Desk(page, stack.base_url, world, tables, complaints)
        desk.go(f"/sign-in/{token}")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/console/")
        return desk

    return make


def _note(message: ConsoleMessage, complaints: list[str]) -> None:
    """Remember what a page or its policy complains of; that a page was refused, the tests know."""
    if message.type == "error" and "Failed to load resource" not in message.text:
        complaints.append(message.text)
