"""Deliveries: claimed, attempted, given up, replayed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from crowd.db import seconds
from crowd.errors import NotFound, WebhookDisabled
from crowd.models import OutboxEvent, WebhookDelivery, WebhookEndpoint
from crowd.services import attempts, deliveries, webhooks
from crowd.services.attempts import PAUSES_S, Outcome, pause_s
from crowd.services.deliveries import DUE_TOPIC, EACH
from tests.factories import World
from tests.receivers import let_fall_due, listen, sent_to


def outcome(status: int | None, retry_after_s: float | None = None) -> Outcome:
    error = None if status and 200 <= status < 300 else f"HTTP {status}"
    return Outcome(datetime.now(UTC), 0.1, status, error, "said", retry_after_s)


def send_tests(world: World, endpoint: WebhookEndpoint, count: int = 1) -> list[WebhookDelivery]:
    return [deliveries.send_test(world.session, world.requester, endpoint.id) for _ in range(count)]


def waits_s(world: World, delivery: WebhookDelivery) -> float:
    now = world.session.scalars(select(func.now())).one()
    assert delivery.next_attempt_at is not None
    return (delivery.next_attempt_at - now).total_seconds()


def fail_for_days(world: World, endpoint: WebhookEndpoint, days: float) -> None:
    world.session.execute(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.id == endpoint.id)
        .values(failing_since=func.now() - seconds(days * 86400))
    )


def test_what_is_claimed_is_nobody_elses_until_it_counts_as_lost(world: World) -> None:
    (delivery,) = send_tests(world, listen(world, "requester"))

    (claimed,) = deliveries.claim(world.session, limit=10)
    assert (claimed.delivery_id, claimed.body) == (delivery.id, delivery.body)
    assert deliveries.claim(world.session, limit=10) == []

    let_fall_due(world)
    assert deliveries.claim(world.session, limit=10) == [claimed]


def test_one_endpoint_is_claimed_only_a_few_at_a_time_and_a_busy_one_not_at_all(
    world: World,
) -> None:
    long, short = listen(world, "requester"), listen(world, "requester")
    send_tests(world, long, EACH + 3), send_tests(world, short)

    claimed = deliveries.claim(world.session, limit=100)
    again = deliveries.claim(world.session, limit=100, busy=[long.id])

    assert sorted(c.endpoint_id for c in claimed) == sorted([long.id] * EACH + [short.id])
    assert again == []


def test_endpoints_that_fail_come_last_and_one_at_a_time(world: World) -> None:
    failing, well = listen(world, "requester"), listen(world, "requester")
    send_tests(world, failing, 3), send_tests(world, well, 2)
    fail_for_days(world, failing, 1)

    first = deliveries.claim(world.session, limit=2)
    rest = deliveries.claim(world.session, limit=10)

    assert [claimed.endpoint_id for claimed in first] == [well.id] * 2
    assert [claimed.endpoint_id for claimed in rest] == [failing.id]


def test_a_success_ends_a_delivery_and_an_endpoints_trouble(world: World) -> None:
    endpoint = listen(world, "requester")
    (delivery,) = send_tests(world, endpoint)
    attempts.record(world.session, {delivery.id: outcome(503)})
    assert endpoint.failing_since is not None

    attempts.record(world.session, {delivery.id: outcome(204)})

    assert (delivery.state, delivery.attempts, delivery.next_attempt_at) == ("delivered", 2, None)
    assert endpoint.failing_since is None
    view = deliveries.find(world.session, world.requester, endpoint.id, delivery.id)
    assert [(a.number, a.status, a.error) for a in view.attempts] == [
        (1, 503, "HTTP 503"),
        (2, 204, None),
    ]


@pytest.mark.parametrize("status", [None, 302, 429, 500, 503, 599])
def test_trouble_that_may_pass_is_tried_again(world: World, status: int | None) -> None:
    (delivery,) = send_tests(world, listen(world, "requester"))

    attempts.record(world.session, {delivery.id: outcome(status)})

    assert (delivery.state, delivery.failures) == ("pending", 1)
    assert 4 <= waits_s(world, delivery) <= 6


@pytest.mark.parametrize("status", [400, 401, 404, 413, 422])
def test_a_refusal_is_final(world: World, status: int) -> None:
    endpoint = listen(world, "requester")
    (delivery,) = send_tests(world, endpoint)

    attempts.record(world.session, {delivery.id: outcome(status)})

    assert delivery.state == "dead"
    assert delivery.dead_reason == f"the receiver refused it: HTTP {status}"
    assert endpoint.state == "enabled"


def test_pauses_grow_from_five_seconds_to_twelve_hours_and_then_it_is_dead(world: World) -> None:
    (delivery,) = send_tests(world, listen(world, "requester"))

    pauses = []
    for _ in PAUSES_S:
        attempts.record(world.session, {delivery.id: outcome(500)})
        pauses.append(waits_s(world, delivery))
    attempts.record(world.session, {delivery.id: outcome(500)})

    assert all(0.8 * p <= w <= 1.2 * p for p, w in zip(PAUSES_S, pauses, strict=True))
    assert (PAUSES_S[0], PAUSES_S[-1], len(PAUSES_S)) == (5, 12 * 3600, 12)
    assert (delivery.state, delivery.attempts) == ("dead", 13)
    assert delivery.dead_reason == "every attempt failed: HTTP 500"


def test_what_failed_together_comes_back_apart() -> None:
    pauses = {pause_s(3) for _ in range(50)}

    assert len(pauses) > 40
    assert all(pause is not None and 96 <= pause <= 144 for pause in pauses)


def test_a_receiver_may_ask_for_patience_but_not_for_ever(world: World) -> None:
    patient, endless, hasty = send_tests(world, listen(world, "requester"), 3)

    attempts.record(world.session, {patient.id: outcome(429, retry_after_s=600)})
    attempts.record(world.session, {endless.id: outcome(429, retry_after_s=1e8)})
    attempts.record(world.session, {hasty.id: outcome(503, retry_after_s=0)})

    assert waits_s(world, patient) == 600
    assert waits_s(world, endless) == 12 * 3600
    assert waits_s(world, hasty) >= 4


def test_gone_disables_the_endpoint_and_all_that_waits_for_it(world: World) -> None:
    endpoint = listen(world, "requester")
    first, second = send_tests(world, endpoint, 2)

    attempts.record(world.session, {first.id: outcome(410)})

    assert endpoint.state == "disabled"
    assert endpoint.disabled_reason == "disabled: the receiver answered 410 Gone"
    assert (first.state, second.state) == ("dead", "dead")


def test_many_attempts_are_recorded_together_each_with_its_own_effect(world: World) -> None:
    endpoint, other = listen(world, "requester"), listen(world, "requester")
    well, gone, waiting = send_tests(world, endpoint, 3)
    (elsewhere,) = send_tests(world, other)

    attempts.record(
        world.session,
        {
            elsewhere.id: outcome(500),
            gone.id: outcome(410),
            well.id: outcome(200),
            waiting.id: outcome(503),
        },
    )

    states = [d.state for d in (well, gone, waiting, elsewhere)]
    assert states == ["delivered", "dead", "dead", "pending"]
    assert [e.state for e in (endpoint, other)] == ["disabled", "enabled"]
    assert [d.attempts for d in (well, gone, waiting, elsewhere)] == [1, 1, 1, 1]


def test_an_endpoint_at_which_nothing_succeeds_for_days_is_disabled(world: World) -> None:
    endpoint = listen(world, "requester")
    young, old = send_tests(world, endpoint, 2)
    fail_for_days(world, endpoint, 6)

    attempts.record(world.session, {young.id: outcome(500)})
    assert endpoint.state == "enabled"

    old.failures = len(PAUSES_S)
    world.session.flush()
    attempts.record(world.session, {old.id: outcome(500)})
    assert endpoint.state == "disabled"
    assert "nothing has succeeded since" in (endpoint.disabled_reason or "")
    assert (young.state, old.state) == ("dead", "dead")


def test_what_has_succeeded_once_stays_delivered(world: World) -> None:
    (delivery,) = send_tests(world, listen(world, "requester"))

    attempts.record(world.session, {delivery.id: outcome(200)})
    attempts.record(world.session, {delivery.id: outcome(500)})
    attempts.record(world.session, {delivery.id: outcome(400)})

    assert (delivery.state, delivery.attempts, delivery.failures) == ("delivered", 3, 0)


def test_an_attempt_whose_endpoint_is_gone_is_dropped(world: World) -> None:
    endpoint = listen(world, "requester")
    (delivery,) = send_tests(world, endpoint)
    webhooks.delete(world.session, world.requester, endpoint.id)
    world.session.flush()

    assert attempts.record(world.session, {delivery.id: outcome(200)}) == []


def test_attempts_are_never_changed(world: World) -> None:
    (delivery,) = send_tests(world, listen(world, "requester"))
    attempts.record(world.session, {delivery.id: outcome(200)})

    with pytest.raises(IntegrityError, match="never changed"), world.session.begin_nested():
        world.session.execute(text("UPDATE webhook_attempts SET status = 500"))


def test_a_replay_starts_over_under_the_same_id(world: World) -> None:
    endpoint = listen(world, "requester")
    (delivery,) = send_tests(world, endpoint)
    for _ in range(3):
        attempts.record(world.session, {delivery.id: outcome(500)})
    attempts.record(world.session, {delivery.id: outcome(400)})

    replayed = deliveries.replay(world.session, world.requester, endpoint.id, delivery.id)

    assert (replayed.id, replayed.state, replayed.failures) == (delivery.id, "pending", 0)
    assert replayed.attempts == 4
    assert [c.delivery_id for c in deliveries.claim(world.session, limit=9)] == [delivery.id]


def test_all_that_is_dead_since_a_time_can_be_replayed(world: World) -> None:
    endpoint, other = listen(world, "requester"), listen(world, "requester")
    old, new, delivered = send_tests(world, endpoint, 3)
    (elsewhere,) = send_tests(world, other)
    for delivery, status in [(old, 400), (new, 404), (delivered, 200), (elsewhere, 400)]:
        attempts.record(world.session, {delivery.id: outcome(status)})
    now: datetime = world.session.scalars(select(func.now())).one()
    old.created_at = now - timedelta(days=2)
    world.session.flush()

    count = deliveries.replay_dead(
        world.session, world.requester, endpoint.id, since=now - timedelta(days=1)
    )

    assert count == 1
    states = [d.state for d in (old, new, delivered, elsewhere)]
    assert states == ["dead", "pending", "delivered", "dead"]
    wakers = world.session.scalars(select(OutboxEvent).filter_by(topic=DUE_TOPIC)).all()
    assert wakers


def test_nothing_of_a_disabled_endpoint_is_replayed(world: World) -> None:
    endpoint = listen(world, "requester")
    (delivery,) = send_tests(world, endpoint)
    attempts.record(world.session, {delivery.id: outcome(410)})
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)

    with pytest.raises(WebhookDisabled, match="410"):
        deliveries.replay(world.session, world.requester, endpoint.id, delivery.id)
    with pytest.raises(WebhookDisabled):
        deliveries.replay_dead(world.session, world.requester, endpoint.id, since=long_ago)

    webhooks.change(world.session, world.requester, endpoint.id, state="enabled")
    assert deliveries.replay_dead(world.session, world.requester, endpoint.id, since=long_ago) == 1


def test_a_delivery_is_read_by_way_of_its_own_endpoint_alone(world: World) -> None:
    endpoint, other = listen(world, "requester"), listen(world, "requester")
    (delivery,) = send_tests(world, endpoint)

    with pytest.raises(NotFound):
        deliveries.find(world.session, world.requester, other.id, delivery.id)
    with pytest.raises(NotFound):
        deliveries.replay(world.session, world.requester, other.id, delivery.id)


def test_pages_begin_with_the_newest(world: World) -> None:
    endpoint = listen(world, "requester")
    sent = [d.id for d in send_tests(world, endpoint, 5)]

    seen, after = [], None
    while True:
        page = deliveries.one_page_of(
            world.session, world.requester, endpoint.id, state=None, after=after, limit=2
        )
        seen += [delivery.id for delivery in page.items]
        if (after := page.next_after) is None:
            break

    assert seen == sent[::-1]


def test_old_deliveries_are_forgotten_unless_they_are_under_way(world: World) -> None:
    endpoint = listen(world, "requester")
    done, waiting, recent = send_tests(world, endpoint, 3)
    for delivery in (done, recent):
        attempts.record(world.session, {delivery.id: outcome(200)})
    now: datetime = world.session.scalars(select(func.now())).one()
    done.created_at = waiting.created_at = now - timedelta(days=31)
    recent.created_at = now - timedelta(days=29)
    world.session.flush()

    deliveries.forget_old(world.session)

    assert [d.id for d in sent_to(world, endpoint)] == [waiting.id, recent.id]


def test_figures_count_what_waits_and_what_is_dead(world: World) -> None:
    endpoint, failing = listen(world, "requester"), listen(world, "requester")
    dead, delivered, late = send_tests(world, endpoint, 3)
    (of_failing,) = send_tests(world, failing)
    fail_for_days(world, failing, 1)
    of_failing.next_attempt_at -= timedelta(days=1)  # type: ignore[operator]
    attempts.record(world.session, {dead.id: outcome(400)})
    attempts.record(world.session, {delivered.id: outcome(200)})
    assert late.next_attempt_at is not None
    late.next_attempt_at -= timedelta(seconds=90)
    world.session.flush()

    found = deliveries.figures(world.session)

    assert (found.pending, found.dead, found.disabled_endpoints) == (2, 1, 0)
    assert found.lag_s == pytest.approx(90)
