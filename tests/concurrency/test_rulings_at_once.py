"""Many at the queue at once, while the engine goes on: real threads, real commits."""

from __future__ import annotations

import uuid
from copy import copy
from threading import Event, Timer
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from crowd.db import rows, transaction
from crowd.errors import Conflict, CrowdError, StaleVersion
from crowd.models import Dispute, Result, Ruling, StandingRuling, Task
from crowd.services import appeals, claims, disputes, results, rulings, weighing
from crowd.services.tenants import Caller
from tests.concurrency.test_many_at_once import THREADS, at_once, world
from tests.factories import World, decided

__all__ = ["world"]


@pytest.fixture
def people(world: World) -> list[Caller]:
    with transaction() as session:
        mine = copy(world)
        mine.session = session
        return [mine.person(f"p{number}") for number in range(THREADS)]


def disputed(world: World, count: int) -> list[uuid.UUID]:
    with transaction() as session:
        mine = copy(world)
        mine.session = session
        return [mine.disputed("yes", "no").id for _ in range(count)]


def rule(caller: Caller, dispute_id: uuid.UUID, label: str | None) -> Any:
    """Read and rule, as two requests; gives the refusal, if it is one."""
    try:
        with transaction() as session:
            version = disputes.find(session, caller, dispute_id).dispute.version
        with transaction() as session:
            said = {"expected": str(version), "reason": "subjective"}
            return rulings.rule(session, caller, dispute_id, label=label, **said).ruling.ruling.id
    except CrowdError as refused:
        return refused


def test_no_two_people_get_the_same_dispute(world: World, people: list[Caller]) -> None:
    made = disputed(world, THREADS * 2)

    def take(caller: Caller) -> list[uuid.UUID]:
        taken = []
        for _ in range(2):
            with transaction() as session:
                claim = claims.claim_next(session, caller, world.project_id)
                assert claim is not None
                taken.append(claim.dispute_id)
        return taken

    taken = [one for some in at_once(take, people) for one in some]

    assert sorted(taken) == sorted(made)


def test_what_is_being_weighed_is_waited_for(world: World, people: list[Caller]) -> None:
    (dispute_id,) = disputed(world, 1)
    weighs, goes_on = Event(), Event()

    def act(number: int) -> uuid.UUID | None:
        with transaction() as session:
            if number == 0:
                weighing.weigh(session, [dispute_id])
                weighs.set()
                goes_on.wait(10)
                return None
            weighs.wait(10)
            # lets the other go on once this one waits for it
            Timer(0.2, goes_on.set).start()
            claim = claims.claim_next(session, people[1], world.project_id)
            return claim and claim.dispute_id

    assert at_once(act, range(2)) == [None, dispute_id]


def test_a_dispute_goes_to_one_of_those_who_ask_for_it(world: World, people: list[Caller]) -> None:
    (dispute_id,) = disputed(world, 1)

    def take(caller: Caller) -> bool:
        try:
            with transaction() as session:
                return bool(claims.claim(session, caller, dispute_id))
        except Conflict:
            return False

    assert sum(at_once(take, people)) == 1


def test_of_those_who_have_read_the_same_one_rules(world: World, people: list[Caller]) -> None:
    (dispute_id,) = disputed(world, 1)

    def act(caller: Caller) -> str:
        try:
            with transaction() as session:
                said = {"expected": "1", "label": "no", "reason": "subjective"}
                rulings.rule(session, caller, dispute_id, **said)  # type: ignore[arg-type]
                return "ruled"
        except StaleVersion:
            return "stale"

    assert sorted(at_once(act, people)) == ["ruled"] + ["stale"] * (THREADS - 1)


def test_the_engine_never_gets_past_a_ruling(world: World, people: list[Caller]) -> None:
    made = disputed(world, 6)
    with transaction() as session:
        query = select(Dispute.task_id).where(Dispute.id.in_(made))
        tasks = list(session.scalars(select(Task).where(Task.id.in_(query))))

    def act(number: int) -> None:
        for place, dispute_id in enumerate(made):
            if number % 2:
                rule(people[number], dispute_id, "no" if place % 2 else None)
            else:
                with transaction() as session:
                    mine = copy(world)
                    mine.session = session
                    state = ("open", "resolved", "disputed")[number % 3]
                    record = [decided(task, state, seen=3, run=number) for task in tasks]
                    results.record(session, mine.config, record)

    at_once(act, range(THREADS))

    with transaction() as session:
        held = session.scalars(select(StandingRuling)).all()
        for standing in held:
            task = session.get_one(Task, standing.task_id)
            newest = select(Result).filter_by(task_id=task.id, version=task.result_version)
            result = session.scalars(newest).one()
            assert (result.ruling_id, result.label) == (standing.ruling_id, standing.label)
            assert task.state == "resolved"


def test_rulings_undoings_and_appeals_at_once_leave_one_story(
    world: World, people: list[Caller], committed: Engine
) -> None:
    (dispute_id,) = disputed(world, 1)
    with transaction() as session:
        task_id = session.get_one(Dispute, dispute_id).task_id
        mine = copy(world)
        mine.session = session
        mine.change(rulings={"judges": True}, currency="EUR")

    def act(number: int) -> Any:
        caller = people[number]
        try:
            if number % 4 == 3:
                with transaction() as session:
                    query = select(StandingRuling.ruling_id).filter_by(task_id=task_id)
                    if (ruling_id := session.scalar(query)) is not None:
                        return rulings.undo(session, caller, ruling_id)
                return None
            if number % 4 == 2:
                with transaction() as session:
                    query = "SELECT id FROM answers WHERE task_id = %(task)s ORDER BY id LIMIT 1"
                    (answer,) = rows(session, query, task=task_id)
                    return appeals.against_judgement(
                        session, world.marketplace, answer.id, comment="x"
                    )
            return rule(caller, dispute_id, ("yes", "no")[number % 2])
        except CrowdError as refused:
            return refused

    at_once(act, range(THREADS))

    with transaction() as session:
        final = select(Ruling).filter_by(task_id=task_id, is_final=True).order_by(Ruling.id)
        said = session.scalars(final).all()
        assert len({ruling.overturns_id for ruling in said if ruling.overturns_id}) == sum(
            ruling.overturns_id is not None for ruling in said
        )
        standing = session.get(StandingRuling, task_id)
        held = None if standing is None else standing.ruling_id
        assert held == (said[-1].id if said and said[-1].verdict != "withdrawn" else None)
        counted = select(func.count()).select_from(Dispute).filter_by(state="open")
        assert session.scalars(counted).one() <= 1


def test_the_engine_and_a_search_open_disputes_about_the_same_tasks(world: World) -> None:
    with transaction() as session:
        mine = copy(world)
        mine.session = session
        tasks = [mine.task() for _ in range(500)]
        config, ids = mine.config, [task.id for task in tasks]
        # ties come after all that is only doubtful, whatever their ids
        split = [decided(t, "disputed", p=(0.5, 0.6)[n % 2]) for n, t in enumerate(tasks)]

    def open_them(number: int) -> Exception | None:
        try:
            with transaction() as session:
                if number % 2:
                    disputes.open_about(session, ids, "split_by_pool")
                else:
                    results.record(session, config, split)
        except Exception as error:
            return error
        return None

    assert at_once(open_them, range(THREADS)) == [None] * THREADS
    with transaction() as session:
        found = session.scalars(select(Dispute).filter_by(project_id=world.project_id)).all()
    assert len(found) == len(ids)
    assert all("split_by_pool" in one.causes and len(one.causes) == 2 for one in found)
