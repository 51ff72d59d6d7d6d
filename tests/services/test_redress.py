"""What a ruling means for those who answered: appeals and pay."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from sqlalchemy import Connection, select

from crowd.models import Answer, Appeal, Dispute
from crowd.services import appeals, reviews, rulings
from tests.factories import World
from tests.services.ledger_books import assert_books_balance
from tests.services.test_rulings import rule


@pytest.fixture
def paying(world: World) -> World:
    world.change(price=Decimal("0.05"), currency="EUR", rulings={"judges": True})
    return world


def answers_of(world: World, dispute: Dispute) -> list[Answer]:
    query = select(Answer).filter_by(task_id=dispute.task_id).order_by(Answer.number)
    return list(world.session.scalars(query))


def verdicts(world: World, dispute: Dispute) -> list[str | None]:
    """The newest verdict on each answer, in their order; None: nobody has reviewed it."""
    found = []
    for answer in answers_of(world, dispute):
        given = reviews.of_answer(world.session, world.requester, answer.id)
        found.append(given[0].verdict if given else None)
    return found


def contest(world: World, answer_id: uuid.UUID) -> Appeal:
    return appeals.against_judgement(world.session, world.marketplace, answer_id, comment="why?")


def test_an_appeal_is_decided_by_the_ruling_that_it_caused(world: World) -> None:
    dispute = world.disputed("yes", "no")
    right, wrong = (contest(world, answer.id) for answer in answers_of(world, dispute))

    rule(world, dispute, "yes", comment="see its ears")

    world.session.refresh(right), world.session.refresh(wrong)
    assert (right.state, wrong.state) == ("overturned", "upheld")
    assert right.reply == wrong.reply == "see its ears"


def test_where_no_label_is_right_whoever_appealed_is_right(world: World) -> None:
    dispute = world.disputed("yes", "no")
    appeal = contest(world, answers_of(world, dispute)[1].id)

    rule(world, dispute, None, reason="ambiguous_item")

    world.session.refresh(appeal)
    assert appeal.state == "overturned"


def test_an_answer_that_was_rejected_is_accepted_when_its_appeal_is_right(paying: World) -> None:
    dispute = paying.disputed("yes", "no")
    answer = answers_of(paying, dispute)[0]
    reviews.reject(paying.session, paying.requester, answer.id, reason="wrong")
    contest(paying, answer.id)

    rule(paying, dispute, "yes")

    assert verdicts(paying, dispute)[0] == "accepted"


def test_pay_follows_a_ruling_where_the_project_says_so(
    paying: World, connection: Connection
) -> None:
    dispute = paying.disputed("yes", "no")

    rule(paying, dispute, "no", reason="annotator_error")

    assert verdicts(paying, dispute) == ["rejected", "accepted"]
    paying.session.flush()
    assert_books_balance(connection)


def test_nobody_pays_for_an_item_that_was_ambiguous(paying: World) -> None:
    dispute = paying.disputed("yes", "no")

    rule(paying, dispute, "no", reason="ambiguous_item")

    assert verdicts(paying, dispute) == ["accepted", "accepted"]


def test_what_a_person_has_reviewed_stays(paying: World) -> None:
    dispute = paying.disputed("yes", "no")
    first = answers_of(paying, dispute)[0]
    reviews.accept(paying.session, paying.requester, first.id)

    rule(paying, dispute, "no")

    assert verdicts(paying, dispute) == ["accepted", "accepted"]


def test_overturning_judges_anew_and_undoing_takes_rejections_back(
    paying: World, connection: Connection
) -> None:
    dispute = paying.disputed("yes", "no")
    rule(paying, dispute, "no")

    last = rule(paying, dispute, "yes").ruling.ruling
    assert verdicts(paying, dispute) == ["accepted", "rejected"]
    rulings.undo(paying.session, paying.requester, last.id)

    assert verdicts(paying, dispute) == ["accepted", "accepted"]
    paying.session.flush()
    assert_books_balance(connection)


def test_pay_stays_as_it_is_where_the_project_does_not_say_so(paying: World) -> None:
    paying.change(rulings={"judges": False})
    dispute = paying.disputed("yes", "no")

    rule(paying, dispute, "no")

    assert verdicts(paying, dispute) == [None, None]
