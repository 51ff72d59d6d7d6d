"""What a QA lead does on a Monday morning."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from crowd.models import Dispute, Result, Task
from crowd.services import claims, guidelines, rulings, weighing
from tests.e2e.conftest import Desk
from tests.e2e.test_agreement import until
from tests.factories import World

LONG = (
    "The parcel arrived a day late and the box was dented, but the driver rang, apologised and "
    "waited while I checked that nothing was broken inside."
)


def morning(desk: Desk) -> None:
    """A project with a fit, and disputes of several kinds."""
    with desk.written() as world:
        body = (
            "# What counts\n\nMixed reviews are *neutral*, unless one side clearly outweighs.\n\n"
            "# Parcels\n\nHow a thing came is a part of it."
        )
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
    named = {"project_id": world.project_id, "external_id": external_id}
    task = world.session.scalars(select(Task).filter_by(**named)).one()
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
    expect(page.get_by_role("region", name="What it says of these labels")).to_contain_text("Mixed")
    expect(page.get_by_text("How a thing came is a part of it.")).to_be_hidden()
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


def first(desk: Desk) -> Dispute:
    with desk.written() as world:
        query = select(Dispute).filter_by(project_id=world.project_id, state="open")
        return world.session.scalars(query.order_by(Dispute.id).limit(1)).one()


def test_a_second_lead_agrees_and_both_are_in_the_story(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("qa_lead", **CONFIG, rulings={"second": "always", "blind": True})
    page = desk.page
    morning(desk)
    one = first(desk)
    with desk.written() as world:
        said = {"expected": str(one.version), "label": "negative", "reason": "subjective"}
        grace = world.person("Grace")
        rulings.rule(world.session, grace, one.id, comment="The dent decides.", **said)  # type: ignore[arg-type]
    desk.go_project("/disputes?proposed=true")
    expect(page.locator("[data-rows] > tr")).to_have_count(1)
    desk.look("disputes-second")

    page.locator("[data-rows] a").first.click()
    expect(page.get_by_text("The dent decides.")).to_be_hidden()
    expect(page.locator(".at-votes")).to_contain_text("Annotator A")
    page.get_by_text("look once you have made up your mind").click()
    desk.look("dispute-proposed")
    page.get_by_role("radio", name="negative").check()
    page.get_by_role("radio", name="Subjective").check()
    page.get_by_role("button", name="Rule", exact=True).click()

    expect(page.get_by_role("status")).to_have_text("Ruled: negative.")
    story = page.locator(".story")
    expect(story).to_contain_text("Grace")
    expect(story).to_contain_text("Ada")
    desk.look("dispute-ruled")


def test_a_ruling_is_overturned_and_undone(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("qa_lead", **CONFIG)
    page = desk.page
    morning(desk)
    one = first(desk)

    def rule(label: str, reason: str) -> None:
        desk.go_project(f"/disputes/{one.id}")
        page.get_by_role("radio", name=label).check()
        page.get_by_role("radio", name=reason).check()
        page.get_by_role("button", name="Rule", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("Ruled")

    rule("positive", "Annotator error")
    rule("No right answer", "Broken item")
    with desk.written() as world:
        assert newest(world, "review-1").reason == "no_right_answer"
    page.locator("summary", has_text="Undo").click()
    page.get_by_label("Why", exact=True).fill("ruled in haste")
    page.get_by_role("button", name="Undo it").click()

    expect(page.get_by_role("status")).to_have_text("It is undone.")
    expect(page.locator(".story > li")).to_have_count(3)
    expect(page.locator(".story")).to_contain_text("ruled in haste")
    desk.look("dispute-undone")


def test_what_somebody_else_is_at_is_left_alone(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("qa_lead", **CONFIG)
    page = desk.page
    morning(desk)
    one = first(desk)
    with desk.written() as world:
        claims.claim(world.session, world.person("Grace"), one.id)

    desk.go_project(f"/disputes/{one.id}")

    expect(page.locator(".refusal")).to_contain_text("Grace is at it")
    desk.look("dispute-taken")
    expect(page.get_by_role("button", name="Rule", exact=True)).to_be_disabled()

    page.keyboard.press("n")
    expect(page.locator(".held")).to_contain_text("You are at it")


def test_an_item_runs_nothing_whatever_it_holds(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("qa_lead", **CONFIG)
    page = desk.page
    hostile = {
        "<img src=x onerror=hacked()>": "</script><script>window.hacked = 1</script>",
        "link": "javascript:window.hacked=1",
        "address": "https://127.0.0.1:9/x?<script>window.hacked=1</script>",
        "deep": {"<b>": ["<svg onload=window.hacked=1>"]},
    }
    with desk.written() as world:
        one = world.disputed("positive", "negative", "neutral", payload=hostile).id

    desk.go_project("/disputes")
    desk.go_project(f"/disputes/{one}")

    expect(page.locator(".item")).to_contain_text("window.hacked = 1")
    assert page.evaluate("window.hacked") is None
    assert page.locator("[href^=javascript]").count() == 0
    desk.look("dispute-hostile")


class TestWithoutScripts:
    @pytest.fixture
    def scripts(self) -> bool:
        return False

    def test_one_rules_by_the_form_alone(self, desk_of: Callable[..., Desk]) -> None:
        desk = desk_of("qa_lead", **CONFIG)
        page = desk.page
        morning(desk)
        desk.go_project("/disputes")
        page.get_by_role("button", name="Take the next one").click()
        page.get_by_role("radio", name="neutral").check()
        page.get_by_role("radio", name="Ambiguous item").check()
        page.get_by_role("checkbox", name="The parcel").check()
        page.get_by_role("button", name="Rule, next").click()

        expect(page.get_by_role("status")).to_contain_text("Ruled: neutral.")
        with desk.written() as world:
            assert {newest(world, f"review-{n}").label for n in (1, 2)} == {"neutral"}


def test_a_project_without_disputes_says_what_they_are(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("auditor")

    desk.go_project("/disputes")

    expect(desk.page.get_by_text("Nothing waits for a ruling here")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Take the next one")).to_be_hidden()
    desk.look("disputes-empty")


def test_a_set_that_nobody_has_named_can_be_ruled(desk_of: Callable[..., Desk]) -> None:
    labels = ["cats", "dogs", "birds"]
    terms = {"answer_type": "multi-label", "overlap_min": 2, "overlap_max": 2}
    desk = desk_of("qa_lead", labels=labels, question="Which animals?", **terms)
    page = desk.page
    with desk.written() as world:
        one = world.disputed('["cats"]', '["dogs", "birds"]', payload={"text": "A zoo"}).id

    desk.go_project(f"/disputes/{one}")
    expect(page.get_by_role("radio", name="dogs, birds")).to_be_visible()
    page.keyboard.press("o")
    page.get_by_role("checkbox", name="cats").check()
    page.get_by_role("checkbox", name="dogs").check()
    page.get_by_role("radio", name="Annotator error").check()
    desk.look("dispute-of-sets")
    page.get_by_role("button", name="Rule", exact=True).click()

    expect(page.get_by_role("status")).to_have_text("Ruled: cats, dogs.")


@pytest.mark.parametrize("kind", ["sets", "numbers"])
def test_what_each_vote_has_moved_is_seen_of_sets_and_numbers(
    desk_of: Callable[..., Desk], kind: str
) -> None:
    number = {"minimum": 0, "maximum": 100, "step": None, "unit": "cm", "tolerance": 5}
    asked = {
        "sets": {"answer_type": "multi-label", "labels": ["cats", "dogs"]},
        "numbers": {"answer_type": "numeric", "labels": [], "number": number},
    }[kind]
    desk = desk_of("qa_lead", overlap_min=3, overlap_max=3, **asked)
    usual = (['["cats"]', '["cats", "dogs"]'], ["12", "60"])[kind == "numbers"]
    said = (['["cats"]', '["cats"]', '["dogs"]'], ["42", "44", "90"])[kind == "numbers"]
    with desk.written() as world:
        for place in range(8):
            task = world.task()
            for name in "abc":
                world.answer(name, task, usual[place % 2])
        one = world.disputed(*said, payload={"text": "A zoo"}).id
    with desk.requester() as crowd:
        crowd.projects.refit(str(desk.world.project_id))
        until(lambda: any(ballot.moved for ballot in crowd.disputes.get(str(one)).ballots))

    desk.go_project(f"/disputes/{one}")

    expect(desk.page.get_by_text("Together, by the newest fit")).to_be_visible()
    expect(desk.page.locator(".at-votes .shift")).to_have_count(3)
    desk.look(f"dispute-of-{kind}-fitted")
