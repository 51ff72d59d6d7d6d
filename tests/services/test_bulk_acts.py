"""The same done about many annotators, each for itself."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from crowd.errors import Invalid, MissingScope, NotFound
from crowd.models import Action, AuditEntry, Operation, PoolMember
from crowd.services import actions, operations, pools, rejected_lines
from crowd.services.track_records import Wanted
from tests.factories import World
from workers.jobs.progress import keep_project

NAMES = ("ann", "bea", "cyn")


@pytest.fixture
def worked(world: World) -> World:
    """Three annotators with an answer each."""
    for name in NAMES:
        world.answer(name, world.task(), "yes")
    return world


def ids(world: World, *names: str) -> list[uuid.UUID]:
    return [world.annotator(name).id for name in names]


def act(world: World, kind: str, **more: Any) -> Operation:
    """Ask, and do all of it."""
    wish = {"kind": kind, "reason": "careless", **more}
    operation = operations.start_bulk_act(world.session, world.requester, world.project_id, **wish)
    while operations.go_on(world.session, operation.id):
        pass
    world.session.flush()
    return operation


def problems(world: World, operation: Operation) -> list[tuple[str, str]]:
    page = rejected_lines.one_page_of(
        world.session, world.requester, operation.id, after=None, limit=50
    )
    return [(one.field, one.problem) for one in page.items]


def test_each_is_acted_on_with_the_reason_and_stands_in_the_log(worked: World) -> None:
    operation = act(worked, "block", annotator_ids=ids(worked, *NAMES))

    assert (operation.state, operation.done, operation.created) == ("done", 3, 3)
    assert [worked.lease(name).reason for name in NAMES] == ["blocked"] * 3
    log = select(AuditEntry.subject_id, AuditEntry.change).filter_by(action="action.taken")
    found = {row.subject_id: row.change["reason"] for row in worked.session.execute(log)}
    assert found == dict.fromkeys(ids(worked, *NAMES), "careless")


def test_whom_it_could_not_be_done_about_is_told_and_the_others_are_done(worked: World) -> None:
    nobody = uuid.uuid4()

    operation = act(
        worked, "warn", annotator_ids=[*ids(worked, "ann"), nobody, *ids(worked, "cyn")]
    )

    assert (operation.created, operation.rejected) == (2, 1)
    assert problems(worked, operation) == [
        (str(nobody), "No such annotator has worked on this project.")
    ]
    taken = select(func.count()).select_from(Action).filter_by(project_id=worked.project_id)
    assert worked.session.scalar(taken) == 2


def test_unblocking_takes_back_what_keeps_from_work_and_warns_of_nothing(worked: World) -> None:
    worked.tasks(2)
    act(worked, "block", annotator_ids=ids(worked, "ann", "bea"))
    act(worked, "pause", annotator_ids=ids(worked, "ann"), pause_seconds=600)
    act(worked, "warn", annotator_ids=ids(worked, "ann"))

    operation = act(worked, "unblock", annotator_ids=ids(worked, *NAMES))

    assert worked.lease("ann").leases
    assert worked.lease("bea").leases
    left = actions.in_force_about(worked.session, worked.project_id, *ids(worked, "ann"))
    assert [action.kind for action in left] == ["warn"]
    assert "keeps it from work" in problems(worked, operation)[0][1]


def test_excluded_answers_are_not_brought_back_by_unblocking(worked: World) -> None:
    act(worked, "exclude", annotator_ids=ids(worked, "ann"))

    operation = act(worked, "unblock", annotator_ids=ids(worked, "ann"))

    assert operation.rejected == 1
    assert worked.lease("ann").reason == "blocked"


def test_all_that_a_filter_means_are_meant(worked: World) -> None:
    worked.answer("ann", worked.task(), "yes")
    keep_project(worked.project_id)

    operation = act(worked, "warn", wanted=Wanted(least_answers=2))

    assert (operation.total, operation.created) == (1, 1)
    with pytest.raises(Invalid, match="Nobody is meant"):
        act(worked, "warn", wanted=Wanted(least_answers=3))


def test_annotators_move_between_pools_in_one_commit_each(worked: World) -> None:
    old, new = (
        pools.create(worked.session, worked.requester, name=name) for name in ("old", "new")
    )
    act(worked, "invite", annotator_ids=ids(worked, "ann"), pool_id=old.id)

    act(worked, "move", annotator_ids=ids(worked, "ann"), from_pool_id=old.id, pool_id=new.id)

    said = worked.session.execute(select(PoolMember.pool_id, PoolMember.admitted))
    assert dict(row[:2] for row in said) == {old.id: False, new.id: True}


def test_pools_need_their_own_scope(worked: World) -> None:
    pool = pools.create(worked.session, worked.requester, name="good")
    worked.requester = replace(worked.requester, scopes=frozenset({"rules:write"}))

    with pytest.raises(MissingScope):
        act(worked, "invite", annotator_ids=ids(worked, "ann"), pool_id=pool.id)


def test_what_an_act_needs_has_to_be_there_and_nothing_else(worked: World) -> None:
    who = ids(worked, "ann")

    with pytest.raises(Invalid, match="pause_seconds"):
        act(worked, "pause", annotator_ids=who)
    with pytest.raises(Invalid, match="pool_id"):
        act(worked, "warn", annotator_ids=who, pool_id=uuid.uuid4())
    with pytest.raises(NotFound):
        act(worked, "invite", annotator_ids=who, pool_id=uuid.uuid4())


def test_what_was_called_off_goes_no_further(worked: World) -> None:
    operation = operations.start_bulk_act(
        worked.session,
        worked.requester,
        worked.project_id,
        kind="warn",
        reason="careless",
        annotator_ids=ids(worked, *NAMES),
    )
    assert operations.go_on(worked.session, operation.id)

    operations.cancel(worked.session, worked.requester, operation.id)

    assert not operations.go_on(worked.session, operation.id)
    assert (operation.state, operation.created) == ("cancelled", 1)
