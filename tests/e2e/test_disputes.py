"""What a QA lead does on a Monday morning."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect
from sqlalchemy import select

from crowd.models import Result
from crowd.services import guidelines, weighing
from tests.e2e.conftest import Desk
from tests.factories import World

LONG = (
    "The parcel arrived a day late and the box was dented, but the driver rang, apologised and "
    "waited while I checked that nothing was broken inside."
)


def morning(desk: Desk) -> None:
    """A project with a fit, and disputes of several kinds."""
    with desk.written() as world:
        body = "# What counts\n\nMixed reviews are *neutral*, unless one side clearly outweighs."
        guidelines.add(world.session, world.requester, world.project_id, body=body)
        world.change(guideline=1, must_accept=False)
        for number in range(8):
            truth = ("positive", "negative")[number % 2]
            task = world.task(gold=truth)
            for name in "abc":
                world.answer(name, task, truth if name != "c" else "positive")
        for place, (text, said) in enumerate(
            [
                (LONG, ("positive", "negative", "neutral")),
                (f"{LONG} Five stars.", ("negative", "positive", "neutral")),
                ("Meh.", ("neutral", "negative", "positive")),
            ]
        ):
            world.disputed(*said, external_id=f"review-{place + 1}", payload={"text": text})
    fit_and_weigh(desk)


def fit_and_weigh(desk: Desk) -> None:
    with desk.written() as world:
        world.session.flush()
    with desk.written() as world:
        ids = weighing.open_ones(world.session, world.project_id)
        weighing.weigh(world.session, weighing.compare(world.session, ids))


CONFIG = {
    "labels": ["positive", "neutral", "negative"],
    "overlap_min": 3,
    "overlap_max": 3,
    "question": "What does the customer feel?",
}


def newest(world: World, external_id: str) -> Result:
    from crowd.models import Task

    task = world.session.scalars(select(Task).filter_by(external_id=external_id)).one()
    query = select(Result).filter_by(task_id=task.id, version=task.result_version)
    return world.session.scalars(query).one()


def test_a_lead_takes_reads_and_rules_by_keys_alone(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("qa_lead", **CONFIG)
    page = desk.page
    morning(desk)
    desk.go_project("/disputes")
    expect(page.locator("[data-rows] > tr")).to_have_count(3)
    desk.look("disputes")

    page.keyboard.press("n")
    expect(page.locator(".held")).to_contain_text("You are at it")
    expect(page.locator(".at-votes tbody tr")).to_have_count(3)
    desk.look("dispute")
    page.keyboard.press("2")
    page.keyboard.press("a")
    page.keyboard.press("c")
    page.keyboard.type("Late, but kind.")
    page.keyboard.press("Escape")
    page.keyboard.press("m")

    expect(page.get_by_role("status")).to_contain_text("Ruled: neutral. This is the next one.")
    desk.go_project("/disputes?state=ruled")
    expect(page.locator("[data-rows] > tr")).to_have_count(1)
    expect(page.locator("[data-rows] > tr")).to_contain_text("neutral")
    desk.look("disputes-ruled")
