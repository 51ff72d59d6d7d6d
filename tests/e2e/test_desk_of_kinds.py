"""The quality desk of projects that ask for sets of labels, and for numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from crowd.services import guidelines
from tests.e2e.conftest import Desk
from tests.e2e.test_agreement import surveyed, until
from tests.workers.planted_answers import spread
from tests.workers.planted_kinds import asks_for_numbers, asks_for_sets, numbers, sets

ANSWERS = 320
BOUNDS = {"overlap_min": 4, "overlap_max": 6, "target_confidence": 0.8}
TABS = {
    "sets": ("Over time", "Confusion", "Calibration", "Labels", "Drift", "Guidelines"),
    "numbers": ("Over time", "Errors", "Calibration", "Numbers", "Drift", "Guidelines"),
}


def work(desk: Desk, kind: str) -> None:
    """Have four annotators answer, by no guideline and then by one; one of them gets worse."""
    with desk.written() as world:
        for known in (20, 10):
            if kind == "sets":
                asks_for_sets(world, **BOUNDS)
                sets(world, 40, "abcd", _sure(0.97 if known < 20 else 0.9), known, seed=known)
            else:
                asks_for_numbers(world, **BOUNDS)
                numbers(world, 40, "abcd", _off(2.0 if known < 20 else 5.0), known, bias=1.0)
            if known == 20:
                key = world.session, world.requester, world.project_id
                guidelines.add(*key, body="Look twice.")
                world.change(guideline=1, must_accept=False)
        spread(world, 20)


def _sure(right: float) -> Callable[[str, int], float]:
    return lambda name, _: 0.6 if name == "d" and right > 0.95 else right


def _off(by: float) -> Callable[[str, int], float]:
    return lambda name, _: 25.0 if name == "d" and by < 3 else by


@pytest.mark.parametrize("kind", ["sets", "numbers"])
def test_a_qa_lead_reads_agreement_and_a_report(desk_of: Callable[..., Desk], kind: str) -> None:
    desk = desk_of("qa_lead", "requester")
    work(desk, kind)
    surveyed(desk, ANSWERS)
    page = desk.page

    desk.go_project("/agreement")
    for title in TABS[kind]:
        page.get_by_label("Agreement", exact=True).get_by_role("link", name=title).click()
        desk.look(f"{kind}-{title.lower().replace(' ', '-')}")
    expect(page.get_by_role("row", name="Right on gold")).to_be_visible()
    desk.go_project("/agreement/drift?changed=true")
    expect(page.get_by_role("row", name="worse")).to_have_count(1)

    look_at_gold(desk, kind)
    ask_what_if(desk, kind)
    with desk.requester() as crowd:
        report = crowd.quality_reports.request(str(desk.world.project_id))
        until(lambda: _is_written(desk, report.number))
    desk.go_project(f"/quality-reports/{report.number}")
    told = {"sets": "Sets that are right as a whole", "numbers": "How far off"}[kind]
    expect(page.get_by_text(told).first).to_be_visible()
    desk.look(f"{kind}-report")


@pytest.mark.parametrize("kind", ["sets", "numbers"])
def test_a_requester_tries_what_annotators_will_be_asked(
    desk_of: Callable[..., Desk], kind: str
) -> None:
    desk = desk_of("requester")
    page = desk.page
    with desk.written() as world:
        (asks_for_sets if kind == "sets" else asks_for_numbers)(world)
        world.task("one", gold='["dog"]' if kind == "sets" else "38", payload={"text": "An item"})
        world.task("two", payload={"text": "Another item"})

    desk.go_project("/rehearsals")
    page.get_by_role("button", name="Try ten items").click()
    desk.look(f"{kind}-rehearsal")
    for _ in range(2):
        if kind == "sets":
            page.get_by_label("dog").check()
        else:
            page.get_by_role("spinbutton").fill("40")
        page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("1 of 1")).to_be_visible()
    expect(page.get_by_role("cell", name="the same")).to_have_count(1)
    desk.look(f"{kind}-rehearsed")


def ask_what_if(desk: Desk, kind: str) -> None:
    page = desk.page
    desk.go_project("/what-if")
    page.get_by_label("at least").fill("2")
    page.get_by_label("at most").fill("3")
    page.get_by_role("button", name="Ask").click()
    told = {"sets": "Sets that are right", "numbers": "Numbers that are right"}[kind]
    expect(page.get_by_text(told)).to_be_visible(timeout=30_000)
    desk.look(f"{kind}-what-if")


def look_at_gold(desk: Desk, kind: str) -> None:
    """Look at gold, at one of it, and say that something else is right."""
    page = desk.page
    desk.go_project("/gold?sort=missed")
    desk.look(f"{kind}-gold")
    page.locator("[data-rows] tr").first.get_by_role("link").click()
    desk.look(f"{kind}-gold-task")
    if kind == "sets":
        for box in page.get_by_role("checkbox").all():
            box.uncheck()
        page.get_by_role("checkbox", name="cow").check()
    else:
        page.get_by_label("What is right").fill("12.5")
    page.get_by_role("button", name="Change the known label").click()
    expect(page.get_by_role("status")).to_contain_text("cow" if kind == "sets" else "12.5")
    desk.go_project("/gold/candidates")
    desk.look(f"{kind}-gold-suggested")


def _is_written(desk: Desk, number: int) -> bool:
    with desk.requester() as crowd:
        found = crowd.quality_reports.get(str(desk.world.project_id), number)
    return found.written_at is not None
