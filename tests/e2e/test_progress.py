"""What operators see of how projects go, and what they do about annotators."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from crowd.models import Pace
from crowd.services import examples, pools, results, sign_ins, users
from crowd.services.progress import SLOT
from tests.e2e.conftest import Desk
from tests.factories import World, decided

NAMES = ("ann", "bea", "cyn", "dan", "eve", "fay")


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:
    """An operator before a project halfway through: five annotators, one of them always wrong."""
    config = {"overlap_min": 6, "overlap_max": 7, "price": Decimal("0.05"), "currency": "EUR"}
    desk = desk_of("operator", budget=Decimal(50), **config)
    with desk.written() as world:
        _half_done(world)
    with desk.requester() as crowd:
        crowd.projects.refit(str(desk.world.project_id))
    return desk


def _half_done(world: World) -> None:
    chance = random.Random(7)
    done, _ = world.tasks(30), world.tasks(40)
    for task in done:
        for name in NAMES:
            wrong = name == "cyn" or chance.random() < 0.08
            world.answer(name, task, "no" if wrong else "yes")
    for _ in range(3):
        gold = world.task(gold="yes")
        for name in NAMES[:4]:
            world.answer(name, gold, "no" if name == "cyn" else "yes")
    now = world.session.scalar(select(func.now()))
    assert now is not None
    began = now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0)
    for number in range(1, 400):
        answers = max(0, round(6 + 5 * chance.random() - 6 * (number // 70 % 2)))
        if answers:
            slot = {"began_at": began - number * SLOT, "answers": answers}
            world.session.add(Pace(project_id=world.project_id, annotators=3, median_s=8.5, **slot))
    disputed = world.task()
    disputed.wanted = disputed.cap
    world.session.flush()
    for number, name in enumerate(("ann", "bea", "dan", "eve", "one", "two", "three")):
        world.answer(name, disputed, ("yes", "no")[number % 2])
    results.record(world.session, world.config, [decided(disputed, "disputed", seen=7, p=0.5)])
    examples.add(
        world.session,
        world.requester,
        world.project_id,
        payload={"text": "a penguin on the ice"},
        label="yes",
        explanation="A penguin is a bird, though it does not fly.",
    )
    pools.create(world.session, world.requester, name="The reliable")


def waited_for(page: Page, address: str, text: str) -> None:
    """Reload a page until what a job makes is there."""
    for _ in range(60):
        page.goto(address)
        if text in page.locator("main").inner_text():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{text!r} does not come: {page.locator('main').inner_text()}")


def test_an_operator_sees_why_a_batch_is_late_when_it_ends_and_what_it_costs(desk: Desk) -> None:
    page = desk.page
    address = f"{desk.base}/console/projects/{desk.world.project_id}"
    waited_for(page, address, "Answers still needed")

    expect(page.get_by_text("waiting for ruling")).to_be_visible()
    expect(page.get_by_text("To finish, forecast")).to_be_visible()
    desk.look("project")
    desk.go("/")
    expect(page.get_by_text("waiting for ruling")).to_be_visible()
    desk.look("projects")


def test_a_what_if_is_asked_and_compared(desk: Desk) -> None:
    page = desk.page
    desk.go_project("/what-if")
    desk.look("what-if")
    page.get_by_label("at least").fill("2")
    page.get_by_label("at most").fill("3")
    page.get_by_label("Sure enough at").fill("0.9")
    page.get_by_role("button", name="Ask").click()

    expect(page.get_by_text("Labels that are right")).to_be_visible(timeout=30_000)
    desk.look("what-if-answered")
    page.get_by_label("at least").fill("9")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_contain_text("at least than at most")


def test_annotators_are_sorted_looked_into_and_dealt_with_in_bulk(desk: Desk) -> None:
    page = desk.page
    address = f"{desk.base}/console/projects/{desk.world.project_id}/annotators"
    waited_for(page, address, "of 3")
    desk.look("annotators")
    worst = page.locator("tbody tr").first
    expect(worst).to_contain_text("0 of 3")
    worst.locator("th a").click()
    expect(page.get_by_role("heading", name="What they take for what")).to_be_visible()
    desk.look("annotator")
    page.locator("select[name=differs]").select_option("true")
    page.locator("#answers").get_by_role("button", name="Show").click()
    page.get_by_label("Why").fill("Read the guideline again.")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("status")).to_have_text("It is done.")

    page.goto(address)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_label("Choose all on this page").check()
    page.locator("select[name=kind]").select_option("invite")
    page.get_by_label("Why").fill("They have shown what they can.")
    page.get_by_text("For a pause, a training or a pool").click()
    page.get_by_label("Into the pool").select_option("The reliable")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("done", exact=True)).to_be_visible(timeout=30_000)
    desk.look("act")
    desk.go("/pools")
    desk.look("pools")
    page.get_by_role("link", name="The reliable").click()
    expect(page.locator("tbody tr")).to_have_count(9)
    desk.look("pool")
    desk.go("/audit")
    expect(page.get_by_text("They have shown what they can.").first).to_be_visible()
    desk.look("audit")


def test_what_could_not_be_done_is_told(desk: Desk) -> None:
    page = desk.page
    address = f"{desk.base}/console/projects/{desk.world.project_id}/annotators"
    waited_for(page, address, "of 3")
    page.on("dialog", lambda dialog: dialog.accept())

    page.get_by_label("Why").fill("nobody is chosen")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose annotators first")
    desk.look("annotators-refused")
    page.get_by_label("all that the filter means").check()
    page.locator("select[name=kind]").select_option("unblock")
    page.get_by_label("Why").fill("all is well")
    page.get_by_role("button", name="Do it").click()

    expect(page.get_by_text("keeps it from work").first).to_be_visible(timeout=30_000)
    desk.look("act-refused")


def test_the_board_shows_what_good_looks_like(desk: Desk) -> None:
    page = desk.page
    address = f"{desk.base}/console/projects/{desk.world.project_id}/annotators"
    waited_for(page, address, "of 3")
    page.get_by_role("button", name="Leaderboard").click()

    expect(page.locator("tbody tr").first).to_contain_text("%")
    expect(page.get_by_text("A penguin is a bird")).to_be_visible()
    desk.look("leaderboard")


def test_a_marketplace_sees_what_it_may_answer_and_nothing_of_how_it_goes(desk: Desk) -> None:
    page = desk.page
    with desk.written() as world:
        tenant = users.tenant_with(world.session, world.marketplace.tenant_id)
        bob = users.create(world.session, email=f"{tenant.id}@example.org", name="Bob")
        users.grant(world.session, bob, tenant, ["operator"])
        token = sign_ins.make_link(world.session, bob)
    page.context.clear_cookies()
    desk.go(f"/sign-in/{token}")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_text("that are open to your annotators")).to_be_visible()
    desk.look("open-projects")
    page.goto(f"{desk.base}/console/projects/{desk.world.project_id}")
    expect(page.get_by_role("alert")).to_contain_text("nobody may do this: it takes results:read")


def test_an_auditor_reads_and_changes_nothing(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("auditor")
    with desk.written() as world:
        world.answer("ann", world.task(), "yes")
    address = f"{desk.base}/console/projects/{desk.world.project_id}/annotators"
    waited_for(desk.page, address, "not known yet")

    expect(desk.page.get_by_text("With those chosen")).to_be_hidden()
    desk.go("/audit")
    desk.look("audit-empty")
