"""Ways in to the annotation page: who may come by them, and who may not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crowd.errors import Invalid, NotFound, Unauthenticated
from crowd.services import work_links
from crowd.services.work_links import NewLink, sign
from tests.factories import World, caller

NOW = datetime(2026, 11, 26, tzinfo=UTC)
LATER = str(int(NOW.timestamp()) + 60)


def link(world: World, **terms: Any) -> NewLink:
    return work_links.create(world.session, world.marketplace, project_id=world.project_id, **terms)


def test_a_link_opens_until_it_is_revoked_and_its_token_is_kept_nowhere(world: World) -> None:
    made = link(world)
    assert work_links.opened(world.session, made.token) is made.link
    assert made.token.encode() not in made.link.token_hash

    work_links.revoke(world.session, world.marketplace, made.link.id)
    work_links.revoke(world.session, world.marketplace, made.link.id)

    with pytest.raises(NotFound):
        work_links.opened(world.session, made.token)


def test_a_link_that_is_over_opens_nothing(world: World) -> None:
    made = link(world, expires_at=datetime.now(UTC) + timedelta(hours=1))
    made.link.expires_at = NOW - timedelta(days=300)
    world.session.flush()

    with pytest.raises(NotFound):
        work_links.opened(world.session, made.token)


def test_an_open_link_lets_in_whom_the_marketplace_has_signed_for(world: World) -> None:
    made = link(world)

    work_links.verify(
        made.link, "ann", LATER, sign(made.secret or "", made.link.id, "ann", LATER), NOW
    )


@pytest.mark.parametrize(
    ("annotator", "until", "key"),
    [
        ("bob", LATER, "secret"),
        ("ann", str(int(LATER) + 1), "secret"),
        ("ann", LATER, "guess"),
    ],
)
def test_what_has_been_signed_differently_is_turned_away(
    world: World, annotator: str, until: str, key: str
) -> None:
    made = link(world)
    secret = made.secret if key == "secret" else key
    signature = sign(secret or "", made.link.id, "ann", LATER)

    with pytest.raises(Unauthenticated):
        work_links.verify(made.link, annotator, until, signature, NOW)


@pytest.mark.parametrize("until", [str(int(NOW.timestamp())), "soon", ""])
def test_a_signature_does_not_last(world: World, until: str) -> None:
    made = link(world)
    signature = sign(made.secret or "", made.link.id, "ann", until)

    with pytest.raises(Unauthenticated):
        work_links.verify(made.link, "ann", until, signature, NOW)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"source": "mturk", "annotator": "ann"}, "annotator"),
        ({"source": "prolific"}, "completion_code"),
        ({"completion_code": "C1"}, "completion_code"),
        ({"return_url": "javascript:alert(1)"}, "return_url"),
        ({"source": "mturk", "return_url": "https://example.org"}, "return_url"),
        ({"expires_at": NOW - timedelta(days=400)}, "expires_at"),
    ],
)
def test_a_link_that_contradicts_itself_is_refused(
    world: World, terms: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        link(world, **terms)

    assert refused.value.errors.keys() == {field}


def test_a_personal_link_is_for_an_annotator_of_ones_own(world: World) -> None:
    with pytest.raises(NotFound):
        link(world, annotator="ann")

    who = world.annotator("ann")

    assert link(world, annotator="ann").link.annotator_id == who.id


def test_only_a_marketplace_the_project_is_open_to_can_make_one(world: World) -> None:
    stranger, _ = caller(world.session, "marketplace")

    with pytest.raises(NotFound):
        work_links.create(world.session, stranger, project_id=world.project_id)
