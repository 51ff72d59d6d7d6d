"""Blocking an annotator while it works, and banning it while it joins other projects."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from contextlib import suppress
from copy import copy

import pytest
from sqlalchemy import Engine, text

from crowd.db import transaction
from crowd.errors import AlreadyAnswered, AssignmentClosed, AssignmentExpired
from crowd.services import annotators, answers, assignments, bans, leases, projects
from tests.concurrency.test_many_at_once import THREADS, assert_rules_hold, at_once, lease, world
from tests.factories import World, unique

__all__ = ["world"]


def test_a_block_in_the_middle_of_work_leaves_nothing_held(world: World, committed: Engine) -> None:
    with transaction() as session:
        world.session = session
        world.tasks(40)
        who = world.annotator("w0").id

    def live(number: int) -> None:
        chance = random.Random(number)
        for _ in range(4):
            if number == 0:
                with transaction() as session:
                    annotators.block(session, world.marketplace, who, "in the middle")
            for leased in lease(world, "w0", count=3).leases:
                with (
                    suppress(AlreadyAnswered, AssignmentClosed, AssignmentExpired),
                    transaction() as session,
                ):
                    if chance.random() < 0.5:
                        answers.submit(
                            session, world.marketplace, leased.taken.assignment_id, label="no"
                        )
                    else:
                        assignments.expire_due(session, limit=10)

    at_once(live, range(16))

    with committed.connect() as connection:
        held = "SELECT count(*) FROM assignments WHERE state IN ('leased', 'expired')"
        assert connection.execute(text(held)).scalar_one() == 0
    assert_rules_hold(committed)


def test_a_ban_misses_no_project_that_is_joined_meanwhile(world: World, committed: Engine) -> None:
    with transaction() as session:
        world.session = session
        world.answer("w0", world.task(), "yes")
        who = world.annotator("w0").id
        others = [another_project(world) for _ in range(15)]

    def live(project_id: uuid.UUID | None) -> None:
        if project_id is None:
            with transaction() as session:
                bans.impose(session, world.requester, annotator_id=who, reason="a bot")
            return
        each = copy(world)
        each.project_id = project_id
        lease(each, "w0")

    at_once(live, [*others[:8], None, *others[8:]])

    with committed.connect() as connection:
        held = "SELECT count(*) FROM assignments WHERE state = 'leased'"
        assert connection.execute(text(held)).scalar_one() == 0
        free = "SELECT count(*) FROM participations WHERE NOT barred"
        assert connection.execute(text(free)).scalar_one() == 0


def another_project(world: World) -> uuid.UUID:
    """Make another running project of the same requester, with a task."""
    view = projects.create(
        world.session, world.requester, name=unique("project"), labels=["yes", "no"]
    )
    other = copy(world)
    other.project_id = view.project.id
    projects.open_to(world.session, world.requester, other.project_id, world.marketplace.tenant_id)
    other.change(state="running")
    other.task()
    return other.project_id


def ban_and_lift(world: World, who: uuid.UUID) -> None:
    with transaction() as session:
        ban = bans.impose(session, world.requester, annotator_id=who, reason="a bot")
    with transaction() as session:
        bans.lift(session, world.requester, ban.id, reason="none")


def block_and_unblock(world: World, who: uuid.UUID) -> None:
    with transaction() as session:
        annotators.block(session, world.marketplace, who, "a bot")
    with transaction() as session:
        annotators.unblock(session, world.marketplace, who)


@pytest.mark.parametrize("keep_from_work", [ban_and_lift, block_and_unblock])
def test_who_hands_in_and_joins_and_who_is_kept_from_work_do_not_lock_each_other_out(
    world: World, committed: Engine, keep_from_work: Callable[[World, uuid.UUID], None]
) -> None:
    with transaction() as session:
        world.session = session
        world.tasks(THREADS)
        others = [another_project(world) for _ in range(4)]
        names = [f"w{number}" for number in range(THREADS // 2)]
        ids = [world.answer(name, world.task(), "yes").annotator_id for name in names]

    def live(number: int) -> None:
        name, who = names[number // 2], ids[number // 2]
        for project_id in others:
            if number % 2:
                keep_from_work(world, who)
                continue
            for leased in lease(world, name).leases:
                with suppress(AssignmentClosed), transaction() as session:
                    answers.submit(
                        session, world.marketplace, leased.taken.assignment_id, label="no"
                    )
                    wish = {"project_id": project_id, "annotator": name}
                    leases.lease_if_open(session, world.marketplace, **wish)

    at_once(live, range(THREADS))

    assert_rules_hold(committed)
