"""Make the guides' pictures: real annotators on a service of its own, and a browser in front of it.

Run from the repository's root: `python docs/pictures/make.py`. It needs a Chromium, and takes some
five minutes.
"""

from __future__ import annotations

import io
import os
import shutil
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import text as sql

from crowd.cli.stack import Stack, running_apart
from crowd.client import Client
from crowd.db import transaction
from crowd.demo import datasets
from crowd.demo.replay import Replay

FOLDER = Path(__file__).parent
CHROMIUM = os.environ.get("CROWD_CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
REQUESTER, MARKETPLACES = "Acme Labels", ("Bees", "Bumble and Sons")
GUIDELINE = """# Does the second sentence follow?

Say **1** if whoever believes the first sentence has to believe the second as well, else **0**.

- Names, numbers and times have to agree.
- What everybody knows may be used; what one has to guess may not.
"""
#: What the recording does not hold: sentences to look at. The answers are to others.
PAIRS = (
    ("The ferry to the island leaves twice a day in summer.", "The island can be reached by ship."),
    ("Mara sold the bakery that her father had opened.", "Mara's father opened a bakery."),
    ("The museum is closed on Mondays.", "The museum opens every day."),
    ("Two of the nine climbers turned back below the summit.", "Nine climbers reached the summit."),
    ("The bridge was finished in 1932 after six years.", "Building the bridge began in 1926."),
    ("Prices rose more slowly in May than in April.", "Prices fell in May."),
    ("The river froze for the first time in forty years.", "The river does not freeze often."),
    ("Our train was late because of the storm.", "There was a storm."),
    ("She plays the cello and he the piano.", "Neither of them plays an instrument."),
    ("The town elected its first woman as mayor.", "The town has had no woman as mayor before."),
)


def main() -> None:
    """Replay, wait until all is worked out, photograph."""
    with running_apart(print) as service:
        replay = _replayed(service)
        client = replay.requester
        _worked_out(client, replay.project_id)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(
                viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
            )
            page.goto(service.link("ada@example.org", "Ada Byron", REQUESTER))
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_load_state()
            _photograph_all(page, service.url, replay.project_id)
            browser.close()


def _replayed(service: Stack) -> Replay:
    """Have recorded people answer for two marketplaces."""
    recorded = datasets.load(datasets.BUNDLED / "rte")
    gold = recorded.gold(0.1, 0)
    replay = Replay(
        service.url,
        recorded,
        requester_key=service.key(REQUESTER, "requester", key_name="pictures"),
        marketplace_keys=[service.key(n, "marketplace", key_name="pictures") for n in MARKETPLACES],
        seed=0,
        clients=8,
    )
    replay.prepare(
        "Does it follow?", gold, overlap_min=4, overlap_max=10, target_confidence=0.95,
        price="0.03", currency="EUR", payload=_pair,
    )  # fmt: skip
    client = replay.requester
    client.guidelines.add(replay.project_id, GUIDELINE)
    client.rules.create(
        replay.project_id, name="Wrong on gold", collector="gold_accuracy", below=0.5, sure=0.9,
        action="warn",
    )  # fmt: skip
    replay.run(service.supervisor.look_after)
    _spread_over_weeks()
    return replay


def _spread_over_weeks() -> None:
    """Let what was replayed within minutes have taken three weeks: surveys follow the days."""
    with transaction() as session:
        session.execute(sql("SET LOCAL session_replication_role = replica"))
        session.execute(
            sql(
                "UPDATE answers a SET submitted_at = a.submitted_at - spread.back FROM ("
                "  SELECT id, interval '21 days' * (1 - percent_rank() OVER (ORDER BY id)) AS back"
                "  FROM answers) spread WHERE spread.id = a.id"
            )
        )


def _pair(task: str) -> dict[str, str]:
    text, claim = PAIRS[zlib.crc32(task.encode()) % len(PAIRS)]
    return {"text": text, "claim": claim}


def _worked_out(client: Client, project_id: str) -> None:
    """Wait for a survey and a forecast of all that was answered."""
    client.projects.refit(project_id)
    time.sleep(20)
    asked = datetime.now(UTC)
    client.surveys.request(project_id)
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        time.sleep(3)
        if client.surveys.agreement(project_id).survey.created_at > asked:
            return


def _photograph_all(page: Page, url: str, project_id: str) -> None:
    project = f"{url}/console/projects/{project_id}"

    def shown(path: str) -> Page:
        page.goto(path)
        page.wait_for_timeout(600)
        return page

    def opened(path: str) -> Page:
        shown(path)
        page.locator("[data-rows] a").first.click()
        page.wait_for_timeout(800)
        return page

    scenes: dict[str, Callable[[], Page]] = {
        "projects": lambda: shown(f"{url}/console/"),
        "project": lambda: shown(project),
        "disputes": lambda: shown(f"{project}/disputes"),
        "dispute": lambda: opened(f"{project}/disputes"),
        "agreement": lambda: shown(f"{project}/agreement"),
        "calibration": lambda: shown(f"{project}/agreement/calibration"),
        "gold": lambda: shown(f"{project}/gold?sort=doubt"),
        "annotators": lambda: shown(f"{project}/annotators"),
        "annotator": lambda: opened(f"{project}/annotators"),
        "what-if": lambda: _asked(shown(f"{project}/what-if")),
        "rule": lambda: _tried(shown(f"{project}/rules")),
        "dataset": lambda: shown(f"{project}/dataset"),
        "settings": lambda: shown(f"{project}/settings"),
        "templates": lambda: shown(f"{url}/console/projects/new"),
        "system": lambda: shown(f"{url}/console/system"),
    }
    for name, scene in scenes.items():
        scene()
        page.evaluate("scrollTo(0, 0)")
        _keep(name, page.screenshot())
        print(name)


def _asked(page: Page) -> Page:
    page.get_by_label("… and at most").fill("6")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_timeout(15_000)
    page.reload()
    return page


def _tried(page: Page) -> Page:
    page.get_by_label("Name").fill("Too often wrong on gold")
    page.get_by_label("Act below").fill("0.7")
    page.get_by_label("Once there are").fill("3")
    page.get_by_role("button", name="Try it").click()
    page.wait_for_timeout(800)
    return page


def _keep(name: str, screenshot: bytes) -> None:
    """Store a picture with few colours: a page has few."""
    picture = Image.open(io.BytesIO(screenshot)).convert("RGB")
    picture.quantize(96, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
