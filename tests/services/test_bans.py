"""Annotators whom a requester lets work on none of its projects."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from crowd.errors import AssignmentClosed, Conflict, NotFound
from crowd.models import AuditEntry, Ban
from crowd.services import actions, annotators, answers, appeals, bans, projects
from tests.factories import World, caller, unique


def ban(world: World, name: str) -> Ban:
    who = world.annotator(name).id
    return bans.impose(world.session, world.requester, annotator_id=who, reason="a ring of bots")


def lift(world: World, imposed: Ban) -> Ban:
    return bans.lift(world.session, world.requester, imposed.id, reason="another one")


def beside(world: World, *, same_requester: bool) -> World:
    """Another running project with a task, open to the same marketplace."""
    other = World(world.session)
    other.marketplace = world.marketplace
    if same_requester:
        other.requester = world.requester
        view = projects.create(
            world.session, world.requester, name=unique("project"), labels=["yes", "no"]
        )
        other.project_id = view.project.id
        other.change(state="running")
    projects.open_to(world.session, other.requester, other.project_id, world.marketplace.tenant_id)
    other.task()
    return other


def test_a_ban_is_of_all_projects_and_takes_back_what_is_held_in_them(world: World) -> None:
    other = beside(world, same_requester=True)
    task = world.task()
    held = world.hold("a")
    other.lease("a")

    ban(world, "a")

    assert (world.lease("a").reason, other.lease("a").reason) == ("blocked", "blocked")
    assert world.counters(task)[1] == 0
    with pytest.raises(AssignmentClosed):
        answers.submit(world.session, world.marketplace, held.id, label="yes")


def test_a_ban_holds_in_projects_that_come_later(world: World) -> None:
    world.answer("a", world.task(), "yes")
    imposed = ban(world, "a")

    later = beside(world, same_requester=True)

    assert later.lease("a").reason == "blocked"
    lift(world, imposed)
    assert later.lease("a").leases


def test_other_requesters_are_not_concerned(world: World) -> None:
    other = beside(world, same_requester=False)
    world.answer("a", world.task(), "yes")
    held = other.hold("a")

    ban(world, "a")

    assert answers.submit(world.session, world.marketplace, held.id, label="yes")


def test_what_else_keeps_it_from_work_stays_in_force(world: World) -> None:
    world.tasks(2)
    world.lease("a"), world.lease("b")
    wish: dict[str, Any] = {"kind": "block", "reason": "spam"}
    who = world.annotator("a").id
    action = actions.take(
        world.session, world.requester, world.project_id, annotator_id=who, **wish
    )
    annotators.block(world.session, world.marketplace, world.annotator("b").id, "our own reason")
    imposed = [ban(world, name) for name in "ab"]

    for each in imposed:
        lift(world, each)
    assert [world.lease(name).reason for name in "ab"] == ["blocked", "blocked"]

    again = ban(world, "a")
    assert action is not None
    actions.undo(world.session, world.requester, action.id, reason="x")
    assert world.lease("a").reason == "blocked"
    lift(world, again)
    assert world.lease("a").leases


def test_nobody_is_banned_twice_at_the_same_time_and_a_ban_is_lifted_once(world: World) -> None:
    world.answer("a", world.task(), "yes")
    imposed = ban(world, "a")

    with pytest.raises(Conflict, match="banned already"):
        ban(world, "a")
    lift(world, imposed)
    with pytest.raises(Conflict, match="lifted already"):
        lift(world, imposed)
    assert ban(world, "a").id != imposed.id


def test_both_ends_of_a_ban_say_who_and_why(world: World) -> None:
    world.answer("a", world.task(), "yes")

    imposed = lift(world, ban(world, "a"))

    assert (imposed.reason, imposed.lifted_reason) == ("a ring of bots", "another one")
    assert imposed.api_key_id == imposed.lifted_by_id == world.requester.key_id
    noted = world.session.scalars(
        select(AuditEntry.action).filter_by(tenant_id=world.requester.tenant_id)
    ).all()
    assert {"ban.imposed", "ban.lifted"} <= set(noted)


def test_bans_are_listed_for_either_side_and_for_nobody_else(world: World) -> None:
    for name in "ab":
        world.answer(name, world.task(), "yes")
    first, second = ban(world, "a"), ban(world, "b")
    lift(world, first)
    page: dict[str, Any] = {"after": None, "limit": 5}
    stranger, _ = caller(world.session, "requester")

    def listed(who: Any, **asked: Any) -> list[Ban]:
        wish = {"annotator_id": None, "in_force": None, **page, **asked}
        return list(bans.one_page_of(world.session, who, **wish).items)

    assert listed(world.requester) == [second, first]
    assert listed(world.requester, in_force=True) == [second]
    assert listed(world.requester, annotator_id=first.annotator_id) == [first]
    assert listed(stranger) == []
    of_a = bans.page_of_annotator(world.session, world.marketplace, first.annotator_id, **page)
    assert of_a.items == [first]


def test_only_who_has_worked_for_a_requester_can_be_banned_by_it(world: World) -> None:
    world.answer("a", world.task(), "yes")
    stranger, _ = caller(world.session, "requester")

    with pytest.raises(NotFound):
        ban(world, "a newcomer")
    with pytest.raises(NotFound):
        bans.lift(world.session, stranger, ban(world, "a").id, reason="x")


def test_an_overturned_ban_is_lifted_in_the_same_commit(world: World) -> None:
    world.answer("a", world.task(), "yes")
    imposed = ban(world, "a")
    appeal = appeals.against_ban(world.session, world.marketplace, imposed.id, comment="not me")
    asked: dict[str, Any] = {"state": "open", "after": None, "limit": 5}
    stranger, _ = caller(world.session, "requester")
    wish: dict[str, Any] = {"outcome": "overturned", "reply": "indeed"}

    with pytest.raises(NotFound):
        appeals.rule(world.session, stranger, appeal.id, **wish)
    assert appeals.against_bans_of(world.session, world.requester, **asked).items == [appeal]
    appeals.rule(world.session, world.requester, appeal.id, **wish)

    assert imposed.lifted_reason == "indeed"
    world.task()
    assert world.lease("a").leases
    with pytest.raises(Conflict, match="lifted"):
        appeals.against_ban(world.session, world.marketplace, imposed.id, comment="again")
