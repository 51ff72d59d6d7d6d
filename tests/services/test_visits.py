"""Visits to the annotation page: an annotator comes, works, and leaves."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from crowd.errors import AssignmentExpired, NotFound, Unauthenticated
from crowd.models import Assignment, Visit
from crowd.services import assignments, visits, work_links
from crowd.services.visits import Guest, Turn
from tests.factories import World


def guest(world: World, name: str = "ann", reference: str = "", **terms: Any) -> Guest:
    """Somebody who has come by a new link."""
    made = work_links.create(world.session, world.marketplace, project_id=world.project_id, **terms)
    return again(world, made.link, name, reference)


def again(world: World, link: Any, name: str = "ann", reference: str = "") -> Guest:
    visit, token = visits.arrive(world.session, link, annotator=name, reference=reference)
    return visits.authenticate(world.session, visit.id, token)


def link_of(world: World, who: Guest) -> Any:
    return work_links.find(world.session, world.marketplace, who.link_id)


def ids(turn: Turn) -> list[uuid.UUID]:
    return [lease.taken.assignment_id for lease in turn.leases]


def test_who_comes_for_the_first_time_is_registered_and_gets_work(world: World) -> None:
    world.task(payload={"text": "hello"})

    who = guest(world)
    turn = visits.turn(world.session, who)

    assert who.annotator_id == world.annotator("ann").id
    assert [lease.taken.payload for lease in turn.leases] == ['{"text": "hello"}']


def test_a_visit_that_is_opened_again_goes_on_with_what_it_holds(world: World) -> None:
    world.tasks(3)
    who = guest(world)
    held = ids(visits.turn(world.session, who))

    back = again(world, link_of(world, who))

    assert back.visit_id == who.visit_id
    assert ids(visits.turn(world.session, back)) == held
    assert ids(visits.turn(world.session, back, ahead=2))[:1] == held


def test_the_token_of_before_opens_nothing_any_more(world: World) -> None:
    made = work_links.create(world.session, world.marketplace, project_id=world.project_id)
    visit, first = visits.arrive(world.session, made.link, annotator="ann")
    visits.arrive(world.session, made.link, annotator="ann")

    for token in (first, "", "guess"):
        with pytest.raises(Unauthenticated):
            visits.authenticate(world.session, visit.id, token)


def test_a_revoked_link_ends_its_visits(world: World) -> None:
    made = work_links.create(world.session, world.marketplace, project_id=world.project_id)
    visit, token = visits.arrive(world.session, made.link, annotator="ann")

    work_links.revoke(world.session, world.marketplace, made.link.id)
    world.session.flush()

    with pytest.raises(Unauthenticated):
        visits.authenticate(world.session, visit.id, token)


def test_an_answer_that_is_sent_again_counts_once(world: World) -> None:
    task = world.task()
    who = guest(world)
    (held,) = ids(visits.turn(world.session, who))

    fresh = [visits.answer(world.session, who, held, label=label) for label in ("yes", "yes", "no")]

    assert fresh == [True, False, False]
    assert world.counters(task)[2] == 1
    assert visits.count(world.session, who.visit_id) == 1


def test_no_more_than_the_batch_is_handed_out(world: World) -> None:
    world.tasks(5)
    who = guest(world, batch=2)

    first = ids(visits.turn(world.session, who, ahead=5))
    for held in first:
        visits.answer(world.session, who, held, label="yes")
    last = visits.turn(world.session, who, ahead=5)

    assert len(first) == 2
    assert (last.done, last.leases, last.reason) == (2, (), "batch_done")


def test_what_others_hold_is_no_business_of_a_visit(world: World) -> None:
    world.tasks(2)
    who = guest(world)
    theirs = world.hold("bob").id

    with pytest.raises(NotFound):
        visits.answer(world.session, who, theirs, label="yes")
    with pytest.raises(NotFound):
        visits.require_own(world.session, who, uuid.uuid4())


def test_who_leaves_gives_back_what_it_holds_and_comes_again_for_another_visit(
    world: World,
) -> None:
    world.tasks(2)
    who = guest(world)
    (held,) = ids(visits.turn(world.session, who))

    assert visits.finish(world.session, who) == 0
    back = again(world, link_of(world, who))

    assert world.session.get_one(Assignment, held, populate_existing=True).state == "returned"
    assert back.visit_id != who.visit_id


def test_a_visit_that_a_platform_has_a_name_for_ends_once(world: World) -> None:
    who = guest(world, source="mturk", reference="3AB")
    visits.finish(world.session, who)

    back = again(world, link_of(world, who), reference="3AB")
    other = again(world, link_of(world, who), reference="4CD")

    assert (back.visit_id, back.ended_at is None) == (who.visit_id, False)
    assert visits.turn(world.session, back).reason == "batch_done"
    assert other.visit_id != who.visit_id


def test_an_answer_to_what_went_to_somebody_else_is_refused(world: World) -> None:
    world.task()
    world.change(overlap_min=1, overlap_max=1)
    who = guest(world)
    (held,) = ids(visits.turn(world.session, who))
    world.let_expire(held)
    assignments.expire_due(world.session, limit=10)
    world.lease("bob")

    with pytest.raises(AssignmentExpired):
        visits.answer(world.session, who, held, label="yes")


def test_a_marketplace_reads_who_came_and_what_they_did(world: World) -> None:
    world.tasks(2)
    who = guest(world, source="mturk", reference="3AB")
    for held in ids(visits.turn(world.session, who, ahead=2)):
        visits.answer(world.session, who, held, label="yes")
    again(world, link_of(world, who), "bob", "4CD")

    page = visits.one_page_of(world.session, world.marketplace, who.link_id, after=None, limit=10)

    assert [(visit.reference, n) for visit, n in page.items] == [("4CD", 0), ("3AB", 2)]
    assert isinstance(page.items[0][0], Visit)
