"""Which worker serves which queues."""

from __future__ import annotations

import pytest

from workers.queues import QUEUES, SLOW, STRANGERS, SUBSCRIPTIONS, named


def test_a_worker_without_a_choice_serves_every_queue_the_urgent_first() -> None:
    assert named([]) == list(QUEUES)


def test_quick_and_slow_workers_share_all_queues_but_that_of_strangers() -> None:
    quick, slow = named(["quick"]), named(["slow"])

    assert sorted([*quick, *slow, STRANGERS]) == sorted(QUEUES)
    assert slow == list(SLOW)


def test_queues_are_served_in_order_of_urgency_however_they_are_named() -> None:
    assert named(["fits", "answers"]) == ["answers", "fits"]


def test_a_queue_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="no queue 'fit', only quick, slow, answers"):
        named(["fit"])


def test_every_subscription_has_a_queue_that_is_served() -> None:
    assert {subscription.queue for subscription in SUBSCRIPTIONS.values()} <= set(QUEUES)
