"""Endpoints: their secrets, their state, and whose they are."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from sqlalchemy import func, select, update

from crowd.db import seconds
from crowd.errors import NotFound, TooManyWebhooks, WebhookDisabled
from crowd.models import AuditEntry, WebhookDelivery, WebhookEndpoint
from crowd.services import deliveries, webhooks
from crowd.services.webhooks import MAX_ENDPOINTS
from tests.factories import World
from tests.receivers import listen, sent_to


def secrets_in_use(world: World, endpoint: WebhookEndpoint) -> tuple[str, ...]:
    deliveries.send_test(world.session, world.requester, endpoint.id)
    (claimed,) = deliveries.claim(world.session, limit=1)
    return claimed.secrets


def test_a_secret_is_long_random_and_in_the_form_of_the_specification(world: World) -> None:
    first, second = (listen(world, "requester").secret for _ in range(2))

    assert first != second
    assert first.startswith("whsec_")
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32


def test_after_a_rotation_both_secrets_sign_for_a_day(world: World) -> None:
    endpoint = listen(world, "requester")
    old = endpoint.secret

    new = webhooks.rotate_secret(world.session, world.requester, endpoint.id).secret

    assert old != new
    assert secrets_in_use(world, endpoint) == (new, old)
    world.session.execute(
        update(WebhookEndpoint).values(previous_secret_until=func.now() - seconds(1))
    )
    assert secrets_in_use(world, endpoint) == (new,)


def test_a_tenant_has_only_so_many_endpoints(world: World) -> None:
    for _ in range(MAX_ENDPOINTS):
        listen(world, "requester")

    with pytest.raises(TooManyWebhooks, match=str(MAX_ENDPOINTS)):
        listen(world, "requester")
    listen(world, "marketplace")


@pytest.mark.parametrize(
    "call",
    [
        webhooks.find,
        webhooks.find_enabled,
        webhooks.change,
        webhooks.delete,
        webhooks.rotate_secret,
        deliveries.send_test,
    ],
)
def test_an_endpoint_of_another_tenant_does_not_exist(world: World, call: Any) -> None:
    endpoint = listen(world, "requester")

    with pytest.raises(NotFound):
        call(world.session, world.marketplace, endpoint.id)
    assert webhooks.find(world.session, world.requester, endpoint.id).state == "enabled"


def test_a_disabled_endpoint_keeps_what_it_misses_as_dead(world: World) -> None:
    endpoint = listen(world, "requester")
    deliveries.send_test(world.session, world.requester, endpoint.id)

    webhooks.change(world.session, world.requester, endpoint.id, state="disabled")

    assert [d.dead_reason for d in sent_to(world, endpoint)] == ["endpoint disabled by its owner"]
    assert deliveries.claim(world.session, limit=10) == []
    with pytest.raises(WebhookDisabled, match="Enable it first"):
        deliveries.send_test(world.session, world.requester, endpoint.id)


def test_enabling_forgets_that_an_endpoint_was_failing(world: World) -> None:
    endpoint = listen(world, "requester")
    endpoint.failing_since = world.session.scalars(select(func.now())).one()
    webhooks.change(world.session, world.requester, endpoint.id, state="disabled")

    webhooks.change(world.session, world.requester, endpoint.id, state="enabled")

    assert (endpoint.state, endpoint.failing_since, endpoint.disabled_reason) == (
        "enabled",
        None,
        None,
    )


def test_deleting_an_endpoint_takes_its_deliveries_along(world: World) -> None:
    endpoint = listen(world, "requester")
    deliveries.send_test(world.session, world.requester, endpoint.id)

    webhooks.delete(world.session, world.requester, endpoint.id)

    assert world.session.scalar(select(func.count()).select_from(WebhookDelivery)) == 0


def test_what_is_done_to_an_endpoint_is_audited_without_its_secret(world: World) -> None:
    endpoint = listen(world, "requester")
    webhooks.rotate_secret(world.session, world.requester, endpoint.id)
    webhooks.change(world.session, world.requester, endpoint.id, topics=["project.paused"])
    webhooks.delete(world.session, world.requester, endpoint.id)

    entries = world.session.scalars(
        select(AuditEntry).filter_by(subject_id=endpoint.id).order_by(AuditEntry.id)
    ).all()
    assert [entry.action for entry in entries] == [
        "webhook.created",
        "webhook.secret-rotated",
        "webhook.changed",
        "webhook.deleted",
    ]
    assert "whsec_" not in str([entry.change for entry in entries])
