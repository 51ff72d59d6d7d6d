"""What a QA lead does about agreement and gold: looks, doubts, puts right, retires, takes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from crowd.client import NotFound
from crowd.services import guidelines, pools
from tests.e2e.conftest import Desk
from tests.factories import World
from tests.workers.planted_answers import spread

LABELS = ["bird", "bat", "neither of the two, or nothing that can be told from the picture"]
ANSWERS = 400
GOOD, POOR = ("ada", "grace", "mary"), ("tom", "tim")


def accuracy(name: str, number: int) -> float:
    """Tim gets worse in the second half; the others get a little better with the guideline."""
    if name == "tim":
        return 0.8 if number < 40 else 0.2
    return (0.9 if name in GOOD else 0.7) + (0.06 if number >= 40 else 0.0)


def work(world: World, tasks: int = 80, known: int = 20) -> None:
    """Have five annotators of two pools answer, by no guideline and then by one."""
    chance = random.Random(3)
    for pool, names in (("experts", GOOD), ("newcomers", POOR)):
        made = pools.create(world.session, world.requester, name=pool)
        for name in names:
            who = world.annotator(name).id
            pools.put_member(
                world.session, world.requester, made.id, who, admitted=True, reason="chosen"
            )
    bounds = {"overlap_min": 5, "overlap_max": 6, "limits": {"held": 1000}}
    world.change(pools=["experts", "newcomers"], **bounds)
    for number in range(tasks):
        if number == tasks // 2:
            guidelines.add(world.session, world.requester, world.project_id, body="Look twice.")
            world.change(guideline=1, must_accept=False)
        truth = chance.choices(LABELS, (5, 4, 1) if number < 50 else (2, 6, 2))[0]
        shown = {"caption": "A small dark shape against the evening sky", "place": number}
        # one known label in ten is wrong
        told = truth if number % 10 else LABELS[LABELS.index(truth) - 1]
        task = world.task(f"shape-{number}", payload=shown, gold=told if number < known else None)
        for name in (*GOOD, *POOR):
            right = chance.random() < accuracy(name, number)
            given = truth if right else chance.choice([one for one in LABELS if one != truth])
            world.session.execute(
                text("UPDATE tasks SET wanted = 6 WHERE id = :id"), {"id": task.id}
            )
            world.answer(name, task, given)
    spread(world, 20)


def surveyed(desk: Desk, answers: int = ANSWERS) -> None:
    """Wait for a fit of all answers and a survey by it."""
    project = str(desk.world.project_id)
    with desk.requester() as crowd:
        crowd.projects.refit(project)
        until(lambda: crowd.projects.progress(project).run_answers == answers)
        run = crowd.projects.progress(project).run_number
        crowd.surveys.request(project)
        until(lambda: crowd.surveys.agreement(project).survey.run_number >= run)


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(300):
        try:
            if is_so():
                return
        except NotFound:
            pass
        time.sleep(0.2)
    pytest.fail("it did not come to that within a minute")


def test_before_the_answers_are_gone_over_the_pages_say_when_they_will_be(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("qa_lead")

    desk.go_project("/agreement")
    expect(desk.page.get_by_text("Not gone over yet")).to_be_visible()
    desk.look("agreement-empty")
    desk.go_project("/gold")
    desk.look("gold-empty")

    desk.go_project("/agreement")
    desk.page.get_by_role("button", name="Go over the answers now").click()
    expect(desk.page.get_by_role("status")).to_contain_text("on its way")


def test_a_qa_lead_finds_what_has_changed_and_puts_gold_right(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("qa_lead", labels=LABELS, target_confidence=0.85)
    with desk.written() as world:
        work(world)
    surveyed(desk)

    look_at_agreement(desk)
    put_gold_right(desk)
    retire_gold(desk)
    go_through_suggestions(desk)


def look_at_agreement(desk: Desk) -> None:
    page = desk.page
    desk.go_project("/agreement")
    expect(page.get_by_role("heading", name="Between pools")).to_be_visible()
    for title in ("Over time", "Confusion", "Calibration", "Labels", "Drift", "Guidelines"):
        page.get_by_label("Agreement", exact=True).get_by_role("link", name=title).click()
        desk.look(f"agreement-{title.lower().replace(' ', '-')}")
    expect(page.get_by_role("row", name="Right on gold")).to_be_visible()
    desk.go_project("/agreement/drift?changed=true")
    expect(page.get_by_role("row", name="worse")).to_have_count(1)


def put_gold_right(desk: Desk) -> None:
    page = desk.page
    page.get_by_label("Console").get_by_role("link", name="Gold").click()
    desk.look("gold")
    first = page.locator("[data-rows] tr").first
    expect(first).to_contain_text("rather bird")
    first.get_by_role("link").click()
    desk.look("gold-task")
    page.get_by_label("Why").first.fill("All the good ones say so, and so does the picture.")
    page.get_by_role("button", name="Change the known label").click()
    expect(page.get_by_role("status")).to_contain_text("scored anew")
    expect(page.get_by_role("table").last.locator("tbody tr")).to_have_count(2)


def retire_gold(desk: Desk) -> None:
    page = desk.page
    desk.go_project("/gold?sort=age")
    for box in page.locator("input[name=task_ids]").all()[1:3]:
        box.check()
    page.get_by_label("Retire the chosen ones").fill("Everybody has had them.")
    page.get_by_role("button", name="Retire").click()
    expect(page.get_by_role("status")).to_have_text("2 tasks are retired.")


def go_through_suggestions(desk: Desk) -> None:
    page = desk.page
    page.get_by_label("Gold", exact=True).get_by_role("link", name="Suggested").click()
    desk.look("gold-suggested")
    for name, said in (
        ("Make the chosen ones gold", "One task is gold now."),
        ("Do not suggest them again", "One task is not suggested again."),
    ):
        row = page.locator("[data-rows] tr").first
        title = row.get_by_role("rowheader").inner_text()
        row.get_by_role("checkbox").check()
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("status")).to_have_text(said)
        expect(page.get_by_role("rowheader", name=title, exact=True)).to_have_count(0)


def test_an_auditor_sees_it_all_and_changes_nothing(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("auditor")
    with desk.written() as world:
        task = world.task("known", gold="yes")

    desk.go_project("/gold")
    expect(desk.page.get_by_role("button", name="Retire")).to_be_hidden()
    desk.page.get_by_role("link", name="known").click()

    expect(desk.page.get_by_role("heading", name="Every label it has had")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Change the known label")).to_be_hidden()
    assert desk.page.url.endswith(str(task.id))
