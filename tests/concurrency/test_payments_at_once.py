"""Money while many are at work: no budget is passed, nothing is paid twice, nobody locks out."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, text

from crowd.db import transaction
from crowd.errors import Conflict, Invalid, StaleVersion
from crowd.services import answers, assignments, bonuses, exclusions, reviews
from crowd.services.answers import Given
from tests.concurrency.test_many_at_once import THREADS, assert_rules_hold, at_once, lease, world
from tests.factories import World
from tests.services.ledger_books import assert_books_balance

__all__ = ["world"]
# only what nobody is at: the clock holds no locks
LET_TIME_PASS = """
UPDATE awaited_reviews SET due_at = due_at - interval '1h' WHERE answer_id IN (
    SELECT r.answer_id FROM awaited_reviews r JOIN answers n ON n.id = r.answer_id
    JOIN participations w USING (project_id, annotator_id) FOR NO KEY UPDATE OF w, r SKIP LOCKED
)"""
PRICE, ENOUGH_FOR = Decimal("0.05"), 40


def prepare(world: World, tasks: int, **config: Any) -> list[str]:
    # a copy: several threads must not share the session of one
    world = copy(world)
    with transaction() as session:
        world.session = session
        world.change(**{"price": PRICE, "currency": "EUR", **config})
        return [task.external_id for task in world.tasks(tasks)]


def given_to(world: World, name: str, **wish: Any) -> list[uuid.UUID]:
    return [one.taken.assignment_id for one in lease(world, name, **wish).leases]


def submit(world: World, ids: Sequence[uuid.UUID]) -> None:
    with transaction() as session:
        answers.submit_all(session, world.marketplace, [Given(one, "yes") for one in ids])


def let_expire(ids: Sequence[uuid.UUID]) -> None:
    with transaction() as session:
        over = text("UPDATE assignments SET expires_at = now() WHERE id = ANY(:ids)")
        session.execute(over, {"ids": list(ids)})
    with transaction() as session:
        assignments.expire_due(session, limit=20)


def some_answers(chance: random.Random) -> Sequence[Any]:
    with transaction() as session:
        given = session.execute(text("SELECT id, annotator_id FROM answers")).all()
    return chance.sample(given, min(2, len(given)))


def value(engine: Engine, what: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT {what}")).scalar_one()


def prove(engine: Engine) -> None:
    assert_rules_hold(engine)
    with engine.connect() as connection:
        assert_books_balance(connection)


def test_sixteen_at_once_spend_exactly_the_budget(world: World, committed: Engine) -> None:
    prepare(world, 60, budget=ENOUGH_FOR * PRICE, overlap_min=3)

    def work(number: int) -> None:
        for _ in range(8):
            submit(world, given_to(world, f"w{number}", count=2))

    at_once(work, range(THREADS))

    assert value(committed, "sum(held + earned) FROM participations") == ENOUGH_FOR * PRICE
    assert value(committed, "count(*) FROM answers") == ENOUGH_FOR
    prove(committed)


def test_leases_answers_and_verdicts_do_not_lock_each_other_out(
    world: World, committed: Engine
) -> None:
    names = prepare(world, 40, budget=10 * ENOUGH_FOR * PRICE, overlap_min=3, review_seconds=60)

    def live(number: int) -> None:
        chance = random.Random(number)
        for turn in range(8):
            if number == 0:
                prepare(world, 1, price=PRICE * (1 + turn), lease_seconds=60 + turn)
            held = given_to(world, f"w{number}", count=3)
            held += given_to(world, f"w{number}", tasks=chance.sample(names, 6))
            let_expire(held[:2])
            submit(world, chance.sample(held, len(held) * 2 // 3))
            for answer in some_answers(chance):
                judge(world, answer, chance)

    at_once(live, range(THREADS))

    assert value(committed, "sum(held + earned) FROM participations") > 0
    prove(committed)


def judge(world: World, answer: Any, chance: random.Random) -> None:
    with transaction() as session:
        match chance.choice(["accept", "reject", "time", "bonus"]):
            case "accept":
                reviews.accept(session, world.requester, answer.id)
            case "reject":
                reviews.reject(session, world.requester, answer.id, reason="other")
            case "time":
                session.execute(text(LET_TIME_PASS))
                reviews.accept_due(session, limit=10)
            case "bonus":
                grant(session, world, answer.annotator_id, str(answer.id))


def grant(session: Any, world: World, annotator_id: uuid.UUID, key: str) -> Any:
    bonus = {"amount": PRICE, "currency": "EUR", "reason": "thanks", "key": key}
    return bonuses.grant(
        session, world.requester, world.project_id, annotator_id=annotator_id, **bonus
    )


def test_one_answer_judged_by_all_at_once_is_paid_once(world: World, committed: Engine) -> None:
    prepare(world, 1, review_seconds=60)
    submit(world, given_to(world, "w0"))
    (answer,) = some_answers(random.Random(0))

    def decide(number: int) -> None:
        with transaction() as session:
            if number % 2:
                reviews.accept(session, world.requester, answer.id)
            else:
                reviews.reject(session, world.requester, answer.id, reason="wrong")

    at_once(decide, range(THREADS))

    prove(committed)


def test_answers_excluded_and_brought_back_while_they_are_judged_keep_the_books_balanced(
    world: World, committed: Engine
) -> None:
    prepare(world, 12, review_seconds=60, pay_excluded=False)
    for name in ("w0", "w1"):
        submit(world, given_to(world, name, count=10))

    def live(number: int) -> None:
        chance = random.Random(number)
        for answer in [one for _ in range(5) for one in some_answers(chance)]:
            with suppress(Conflict):
                exclude_or_lift(world, answer.annotator_id, chance)
            judge(world, answer, chance)

    at_once(live, range(THREADS))

    assert value(committed, "count(*) FROM transfers WHERE kind = 'reverse'") > 0
    prove(committed)


def exclude_or_lift(world: World, annotator_id: uuid.UUID, chance: random.Random) -> None:
    with transaction() as session:
        if chance.random() < 0.5:
            wish = {"annotator_id": annotator_id, "reason": "spam"}
            exclusions.exclude(session, world.requester, world.project_id, **wish)
        else:
            made = session.execute(text("SELECT id FROM exclusions WHERE lifted_at IS NULL")).all()
            if made:
                exclusions.lift(session, world.requester, chance.choice(made).id)


def test_a_bonus_sent_by_all_at_once_is_paid_once(world: World, committed: Engine) -> None:
    prepare(world, 1)
    submit(world, given_to(world, "w0"))
    (answer,) = some_answers(random.Random(0))

    def send(_: int) -> uuid.UUID:
        with transaction() as session:
            found: uuid.UUID = grant(session, world, answer.annotator_id, "same").id
            return found

    assert len(set(at_once(send, range(THREADS)))) == 1
    assert value(committed, "sum(earned) FROM participations") == 2 * PRICE
    prove(committed)


def test_a_currency_that_changes_while_the_first_begin_is_mixed_with_none(
    world: World, committed: Engine
) -> None:
    prepare(world, 20)

    def begin_or_change(number: int) -> None:
        if number % 4 == 0:
            with suppress(Invalid, StaleVersion):
                prepare(world, 0, currency=("USD", "CHF", "GBP", "JPY")[number // 4])
        else:
            given_to(world, f"w{number}")

    at_once(begin_or_change, range(THREADS))

    assert value(committed, "count(DISTINCT currency) FROM transfers") == 1
    spoken = """c.currency FROM projects p
        JOIN project_configs c ON c.project_id = p.id AND c.version = p.config_version"""
    assert value(committed, spoken) == value(committed, "min(currency) FROM transfers")
    prove(committed)
