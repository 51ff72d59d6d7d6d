"""Whether answers are accepted, and what that moves."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crowd.errors import NotFound
from crowd.models import AuditEntry, Review
from crowd.services import results, reviews
from tests.factories import World, caller, decided
from tests.receivers import forget_events, listen, sent_to, spread, topics_sent_to
from tests.services.test_ledger import PRICE, balances, kinds

NOW, LATER = 0, 3600


@pytest.fixture
def paid(session: Session) -> World:
    return World(session, price=PRICE, currency="EUR", review_seconds=LATER)


def answer(world: World, review_seconds: int = LATER) -> object:
    world.change(review_seconds=review_seconds)
    return world.answer("ann", world.task(), "yes").id


def accept(world: World, answer_id: object) -> Review:
    return reviews.accept(world.session, world.requester, answer_id)  # type: ignore[arg-type]


def reject(world: World, answer_id: object) -> Review:
    return reviews.reject(world.session, world.requester, answer_id, reason="wrong")  # type: ignore[arg-type]


def pass_time(world: World) -> int:
    world.session.execute(text("UPDATE awaited_reviews SET due_at = now()"))
    return reviews.accept_due(world.session, limit=100)


def test_an_accepted_answer_earns_what_was_held(paid: World) -> None:
    given = answer(paid)

    accept(paid, given)

    assert balances(paid) == (0, PRICE)
    assert kinds(paid) == ["hold", "earn"]


def test_a_rejected_answer_earns_nothing_and_its_hold_is_free(paid: World) -> None:
    given = answer(paid)

    reject(paid, given)

    assert balances(paid) == (0, 0)
    assert kinds(paid) == ["hold", "release"]


@pytest.mark.parametrize("review_seconds", [NOW, LATER])
def test_a_rejection_takes_back_what_was_earned(paid: World, review_seconds: int) -> None:
    given = answer(paid, review_seconds)
    accept(paid, given)

    reject(paid, given)

    assert balances(paid) == (0, 0)
    assert kinds(paid) == ["hold", "earn", "reverse"]


@pytest.mark.parametrize("review_seconds", [NOW, LATER])
def test_an_overturned_rejection_earns_again(paid: World, review_seconds: int) -> None:
    given = answer(paid, review_seconds)

    for verdict in (reject, accept, reject, accept):
        verdict(paid, given)

    assert balances(paid) == (0, PRICE)


def test_the_price_of_the_lease_is_earned_again(paid: World) -> None:
    given = answer(paid)
    reject(paid, given)
    paid.change(price=Decimal(9))

    accept(paid, given)

    assert balances(paid) == (0, PRICE)


@pytest.mark.parametrize("verdict", [accept, reject])
def test_the_same_verdict_again_changes_nothing(paid: World, verdict: object) -> None:
    given = answer(paid)

    first, again = verdict(paid, given), verdict(paid, given)  # type: ignore[operator]

    assert again.id == first.id
    assert len(kinds(paid)) == 2


def test_what_nobody_reviews_in_time_is_accepted(paid: World) -> None:
    given = answer(paid)
    assert reviews.accept_due(paid.session, limit=100) == 0

    assert pass_time(paid) == 1

    (review,) = reviews.of_answer(paid.session, paid.requester, given)  # type: ignore[arg-type]
    assert (review.verdict, review.by_time) == ("accepted", True)
    assert balances(paid) == (0, PRICE)


def test_what_has_been_reviewed_is_not_accepted_by_time(paid: World) -> None:
    reject(paid, answer(paid))

    assert pass_time(paid) == 0
    assert balances(paid) == (0, 0)


def test_an_answer_without_a_price_can_be_reviewed_and_moves_nothing(paid: World) -> None:
    paid.change(price=None)
    given = answer(paid)

    assert pass_time(paid) == 0
    assert (reject(paid, given).number, accept(paid, given).number) == (1, 2)
    assert kinds(paid) == []


def test_a_review_is_never_changed(paid: World) -> None:
    accept(paid, answer(paid))

    with pytest.raises(DBAPIError, match="never changed"), paid.session.begin_nested():
        paid.session.execute(text("UPDATE reviews SET verdict = 'rejected', reason = 'spam'"))


def test_labels_do_not_depend_on_reviews(paid: World) -> None:
    task = paid.task()
    given = paid.answer("ann", task, "yes").id
    results.record(paid.session, paid.config, [decided(task, seen=1)])

    reject(paid, given)

    newest = results.versions(paid.session, paid.requester, task.id)
    assert [(one.label, one.answers_seen) for one in newest] == [("yes", 1)]
    assert paid.counters(task)[2:] == (1, "resolved")


def test_only_the_requester_of_its_project_reviews_an_answer(paid: World) -> None:
    given = answer(paid)
    stranger, _ = caller(paid.session, "requester")

    for other in (stranger, paid.marketplace):
        with pytest.raises(NotFound):
            reviews.accept(paid.session, other, given)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        reviews.of_answer(paid.session, stranger, given)  # type: ignore[arg-type]


def test_the_marketplace_hears_of_each_verdict_and_reads_why(paid: World) -> None:
    first, second = answer(paid), answer(paid)
    forget_events(paid)
    endpoint = listen(paid, "marketplace")

    reject(paid, first), reject(paid, first)
    pass_time(paid)
    spread(paid)

    assert topics_sent_to(paid, endpoint) == ["answer.rejected", "answer.accepted"]
    assert str(second) in sent_to(paid, endpoint)[1].body
    (review,) = reviews.of_answer(paid.session, paid.marketplace, first)  # type: ignore[arg-type]
    assert review.reason == "wrong"


def test_a_verdict_stands_in_the_audit_log(paid: World) -> None:
    given = answer(paid)

    reject(paid, given), accept(paid, given)

    noted = select(func.count()).select_from(AuditEntry).filter_by(subject_id=given)
    assert paid.session.scalar(noted) == 2
