"""The log of who changed what, read."""

from __future__ import annotations

from typing import Any

from crowd.services import actions, audit
from crowd.services.audit import Entry
from tests.factories import World


def listed(world: World, **more: Any) -> list[Entry]:
    wish = {"after": None, "limit": 50, **more}
    return list(audit.one_page_of(world.session, world.requester, **wish).items)


def test_the_newest_changes_come_first_with_who_and_why(world: World) -> None:
    world.answer("ann", world.task(), "yes")
    who = world.annotator("ann").id
    wish = {"annotator_id": who, "kind": "warn", "reason": "too fast"}
    actions.take(world.session, world.requester, world.project_id, **wish)
    world.session.flush()

    first = listed(world)[0]

    assert (first.entry.action, first.entry.subject_id, first.key) == ("action.taken", who, "test")
    assert first.entry.change["reason"] == "too fast"


def test_the_log_is_narrowed_by_what_whom_and_which_key(world: World) -> None:
    names = {entry.action for entry, *_ in listed(world)}
    assert names == {"project.created", "project.opened", "project.changed"}

    assert {e.action for e, *_ in listed(world, action="project")} == names
    assert {e.action for e, *_ in listed(world, action="project.opened")} == {"project.opened"}
    assert len(listed(world, subject_id=world.project_id)) == len(listed(world)) == 3
    assert listed(world, subject_id=world.marketplace.tenant_id) == []
    assert len(listed(world, key_id=world.requester.key_id)) == 3
    assert listed(world, key_id=world.marketplace.key_id) == []


def test_pages_follow_each_other_and_others_see_nothing(world: World) -> None:
    first = audit.one_page_of(world.session, world.requester, after=None, limit=2)
    rest = audit.one_page_of(world.session, world.requester, after=first.next_after, limit=2)

    seen = [entry.id for entry, *_ in (*first.items, *rest.items)]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 3
    other = World(world.session)
    assert not {entry.id for entry, *_ in listed(other)} & set(seen)
