"""Whom a project lets in by its pools."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crowd.db import new_id
from crowd.errors import Conflict, DuplicateName, Invalid, NotFound
from crowd.models import AuditEntry, Pool
from crowd.services import annotators, pools, projects, qualifications, trainings
from tests.factories import World, caller
from tests.services.test_trainings import training


def pool(world: World, name: str = "experts", **rule: Sequence[Any]) -> Pool:
    return pools.create(world.session, world.requester, name=name, **rule)


def say(world: World, made: Pool, name: str, *, admitted: bool) -> None:
    who = world.annotator(name).id
    said = {"admitted": admitted, "reason": "known"}
    pools.put_member(world.session, world.requester, made.id, who, **said)


def qualify(world: World, name: str, *qualified: str, until: datetime | None = None) -> None:
    for one in qualified:
        who = world.annotator(name).id
        qualifications.grant(world.session, world.requester, who, one, expires_at=until)


def members(world: World, made: Pool, *, by_hand: bool = False) -> list[tuple[str, bool, bool]]:
    page = pools.members(
        world.session, world.requester, made.id, by_hand=by_hand, after=None, limit=50
    )
    names = {world.annotator(name).id: name for name in "abc"}
    return [(names[one.annotator_id], one.admitted, one.by_hand) for one in page.items]


def test_a_project_lets_in_who_has_all_that_one_of_its_pools_asks_for(world: World) -> None:
    pool(world, qualifications=["birds", "trusted"]), pool(world, "staff", qualifications=["staff"])
    world.change(pools=["experts", "staff"])
    world.task()
    qualify(world, "a", "birds")
    assert world.lease("a").reason == "not_in_pool"

    qualify(world, "a", "trusted"), qualify(world, "b", "staff")

    assert world.lease("a").leases
    assert world.lease("b").leases
    assert world.lease("c").reason == "not_in_pool"


def test_what_a_pool_asks_for_is_read_when_work_is_asked_for(world: World) -> None:
    made = pool(world, qualifications=["birds"])
    world.change(pools=["experts"])
    world.tasks(2)
    qualify(world, "a", "birds", until=datetime.now(UTC) - timedelta(days=1))
    assert world.lease("a").reason == "not_in_pool"

    qualify(world, "a", "birds")
    assert world.lease("a").leases
    pools.change(world.session, world.requester, made.id, qualifications=["bees"])

    assert world.lease("a").reason == "not_in_pool"


def test_a_pool_may_be_of_some_marketplaces(world: World) -> None:
    another, _ = caller(world.session, "marketplace")
    ours, theirs = world.marketplace.tenant_id, another.tenant_id
    made = pool(world, marketplaces=[theirs])
    world.change(pools=["experts"])
    world.task()
    assert world.lease("a").reason == "not_in_pool"

    pools.change(world.session, world.requester, made.id, marketplaces=[theirs, ours])

    assert world.lease("a").leases


def test_what_is_said_by_hand_goes_before_the_rule(world: World) -> None:
    made = pool(world, qualifications=["birds"])
    world.change(pools=["experts"])
    world.tasks(2)
    qualify(world, "a", "birds")

    say(world, made, "a", admitted=False), say(world, made, "b", admitted=True)

    assert world.lease("a").reason == "not_in_pool"
    assert world.lease("b").leases
    who = world.annotator("a").id
    pools.remove_member(world.session, world.requester, made.id, who)
    assert world.lease("a").leases
    with pytest.raises(NotFound):
        pools.remove_member(world.session, world.requester, made.id, who)


def test_without_a_rule_nobody_is_in_but_by_hand(world: World) -> None:
    made = pool(world)
    world.change(pools=["experts"])
    world.task()
    assert world.lease("a").reason == "not_in_pool"

    say(world, made, "a", admitted=True)

    assert world.lease("a").leases


def test_a_pool_says_who_is_in_and_whom_it_was_told_of_by_hand(world: World) -> None:
    made = pool(world, qualifications=["birds"])
    qualify(world, "a", "birds"), qualify(world, "b", "birds")
    say(world, made, "b", admitted=False), say(world, made, "c", admitted=True)

    assert members(world, made) == [("a", True, False), ("c", True, True)]
    assert members(world, made, by_hand=True) == [("b", False, True), ("c", True, True)]


def test_members_come_in_pages_that_miss_nobody(world: World) -> None:
    made = pool(world, marketplaces=[world.marketplace.tenant_id])
    here = [world.annotator(name).id for name in "abcde"]
    seen, after, more = [], None, True

    while more:
        page = pools.members(
            world.session, world.requester, made.id, by_hand=False, after=after, limit=2
        )
        seen += [one.annotator_id for one in page.items]
        after, more = page.next_after, page.next_after is not None

    assert seen == here


def test_every_word_by_hand_is_kept_with_its_reason(world: World) -> None:
    made = pool(world)
    say(world, made, "a", admitted=True)
    world.session.flush()

    (entry,) = world.session.scalars(select(AuditEntry).filter_by(action="pool.member_put"))

    assert entry.change == {"pool_id": str(made.id), "admitted": True, "reason": "known"}


def test_a_pool_that_a_project_asks_for_is_not_removed(world: World) -> None:
    made = pool(world)
    world.change(pools=["experts"])

    with pytest.raises(Conflict, match="project"):
        pools.delete(world.session, world.requester, made.id)
    world.change(pools=[])
    pools.delete(world.session, world.requester, made.id)

    with pytest.raises(NotFound):
        pools.find(world.session, world.requester, made.id)


def test_a_project_cannot_ask_for_a_pool_that_is_not_its_requesters(world: World) -> None:
    annotators.register(world.session, world.marketplace, external_id="z", pools=["theirs"])

    with pytest.raises(Invalid) as refused:
        world.change(pools=["theirs"])

    assert list(refused.value.errors) == ["pools"]


def test_a_pools_names_are_one_each_and_its_marketplaces_real(world: World) -> None:
    pool(world)

    with pytest.raises(DuplicateName):
        pool(world)
    with pytest.raises(Invalid) as refused:
        pool(world, "another", marketplaces=[new_id()])
    assert list(refused.value.errors) == ["marketplaces"]


def test_a_stranger_is_neither_let_in_nor_kept_out(world: World) -> None:
    made = pool(world)
    projects.close_to(world.session, world.requester, world.project_id, world.marketplace.tenant_id)

    with pytest.raises(NotFound):
        say(world, made, "a", admitted=True)


def test_a_project_names_also_the_trainings_that_lead_into_its_pools(world: World) -> None:
    made = training(world)
    pool(world, qualifications=["birds"])
    world.change(pools=["experts"])

    found = trainings.for_project(world.session, world.marketplace, world.project_id)

    assert [one.id for one in found] == [made.id]
