"""What other rules would come to, asked once and computed once."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from crowd.errors import Conflict, Invalid
from crowd.models import Operation
from crowd.services import operations, what_ifs
from crowd.services.track_records import Wanted
from tests.factories import World
from tests.workers.planted_kinds import asks_for_numbers, asks_for_sets, numbers, sets
from tests.workers.test_consensus_jobs import events, request_fit
from workers.jobs import consensus
from workers.jobs import what_ifs as jobs
from workers.jobs.progress import keep_project

NAMES = ("ann", "bea", "cyn", "dan")


@pytest.fixture
def asked(session: Session) -> World:
    """Thirty tasks with four answers each, right four times in five; a third is gold."""
    world = World(session, overlap_min=4, overlap_max=4, price=Decimal("0.05"), currency="EUR")
    chance = random.Random(3)
    for number in range(30):
        truth = chance.choice(["yes", "no"])
        task = world.task(gold=truth if number % 3 == 0 else None)
        for name in NAMES:
            wrong = "no" if truth == "yes" else "yes"
            world.answer(name, task, truth if chance.random() < 0.8 else wrong)
    consensus.refit(request_fit(world))
    keep_project(world.project_id)
    session.expire_all()
    return world


def ask(world: World, **rules: Any) -> Operation:
    return what_ifs.start(world.session, world.requester, world.project_id, **rules)


def answered(world: World, **rules: Any) -> dict[str, Any]:
    operation = ask(world, **rules)
    told = events(world, "what_if.requested")
    jobs.answer(told), jobs.answer(told)
    world.session.refresh(operation)
    assert (operation.state, events(world, "what_if.requested")) == ("done", [])
    assert operation.result is not None
    return operation.result


def test_fewer_answers_cost_less_and_are_said_to_be_less_sure(asked: World) -> None:
    found = answered(asked, overlap_min=1, overlap_max=2)

    now, then = found["now"], found["then"]
    assert now["answers_a_task"][1] == 4 > 2 >= then["answers_a_task"][1]
    assert float(then["cost"][1]) < float(now["cost"][1])
    assert then["resolved"]["count"] <= now["resolved"]["count"]
    assert (now["imagined"], then["imagined"]) == (0, 0)
    assert now["on_gold"]["of"] <= 10
    assert found["tasks_replayed"] == 30


def test_answers_that_are_not_there_are_said_to_be_made_up(asked: World) -> None:
    then = answered(asked, overlap_max=12, target_confidence=0.99)["then"]

    assert then["answers_a_task"][1] > 4
    assert 0 < then["imagined"] < 1
    low, middle, high = then["accuracy"]
    assert 0.9 < low <= middle <= high <= 1


def test_other_people_are_asked_alone(asked: World) -> None:
    wanted = Wanted(marketplace_id=asked.marketplace.tenant_id)
    everybody = answered(asked, wanted=wanted)
    nobody = answered(asked, wanted=Wanted(least_answers=1000))

    assert everybody["then"]["annotators"] == 4
    assert everybody["then"]["accuracy"] == everybody["now"]["accuracy"]
    assert (nobody["then"]["annotators"], nobody["then"]["imagined"]) == (0, 1)


def test_a_price_moves_the_cost_alone(asked: World) -> None:
    found = answered(asked, price=Decimal("0.1"))

    assert float(found["then"]["cost"][1]) == 2 * float(found["now"]["cost"][1])
    assert found["then"]["accuracy"] == found["now"]["accuracy"]


def test_the_same_question_is_computed_once_until_the_answers_are_others(asked: World) -> None:
    first = ask(asked, overlap_max=6)

    assert ask(asked, overlap_max=6).id == first.id
    assert ask(asked, overlap_max=7).id != first.id
    asked.answer("eve", asked.task(), "yes")
    consensus.refit(request_fit(asked))
    asked.session.expire_all()
    assert ask(asked, overlap_max=6).id != first.id


def test_a_question_has_to_be_one(asked: World) -> None:
    with pytest.raises(Invalid, match="Name a rule"):
        ask(asked)
    with pytest.raises(Invalid, match="at least than at most"):
        ask(asked, overlap_min=5)


def test_before_there_are_answers_nothing_is_said(world: World) -> None:
    world.answer("ann", world.task(), "yes")

    with pytest.raises(Conflict, match="there are 1"):
        ask(world, overlap_max=5)


def test_what_was_called_off_is_not_computed(asked: World) -> None:
    operation = ask(asked, overlap_max=9)
    operations.cancel(asked.session, asked.requester, operation.id)

    jobs.answer(events(asked, "what_if.requested"))

    asked.session.refresh(operation)
    assert (operation.state, operation.result) == ("cancelled", None)
    assert events(asked, "what_if.requested") == []


@pytest.mark.parametrize("kind", ["sets", "numbers"])
def test_sets_and_numbers_are_gone_through_too(session: Session, kind: str) -> None:
    world = World(session, price=Decimal("0.05"), currency="EUR")
    bounds = {"overlap_min": 4, "overlap_max": 4, "target_confidence": 0.85}
    if kind == "sets":
        sets(asks_for_sets(world, **bounds), 40, "abcd", lambda *_: 0.93, known=20)
    else:
        numbers(asks_for_numbers(world, **bounds), 40, "abcd", lambda *_: 3.0, known=20)
    consensus.refit(request_fit(world))
    keep_project(world.project_id)
    session.expire_all()

    found = answered(world, overlap_min=1, overlap_max=2)

    now, then = found["now"], found["then"]
    assert now["answers_a_task"][1] == 4 > 2 >= then["answers_a_task"][1]
    assert then["accuracy"][1] <= now["accuracy"][1] + 0.05
    assert now["on_gold"]["share"] > 0.8
    resolved = session.scalar(
        text("SELECT count(*) FROM tasks WHERE project_id = :p AND state = 'resolved'"),
        {"p": world.project_id},
    )
    assert abs(now["resolved"]["count"] - resolved) <= 8
    more = answered(world, overlap_max=12, target_confidence=0.999)["then"]
    assert 0 < more["imagined"] < 1


def test_of_nobody_sets_are_all_made_up(session: Session) -> None:
    world = asks_for_sets(World(session), overlap_min=2, overlap_max=3)
    sets(world, 25, "ab", lambda *_: 0.95)
    consensus.refit(request_fit(world))
    keep_project(world.project_id)

    nobody = answered(world, wanted=Wanted(least_answers=1000))

    assert nobody["then"]["imagined"] == 1
