"""Guidelines: which is in force, who has accepted it, and by which an answer was given."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from crowd.errors import Conflict, Invalid, NotFound
from crowd.models import GuidelineAcceptance, ProjectConfig
from crowd.services import answers, exports, guidelines
from tests.factories import World, caller


def put_in_force(world: World, body: str = "look twice", **config: object) -> int:
    version = guidelines.add(world.session, world.requester, world.project_id, body=body).version
    world.change(guideline=version, **config)
    return version


def accept(world: World, name: str, version: int) -> GuidelineAcceptance:
    world.annotator(name)
    return guidelines.accept(
        world.session, world.marketplace, world.project_id, annotator=name, version=version
    )


def test_nobody_works_who_has_not_accepted_what_is_in_force(world: World) -> None:
    world.tasks(2)
    version = put_in_force(world)
    assert world.lease("a").reason == "guideline_not_accepted"

    accept(world, "a", version)

    assert world.lease("a").leases
    assert world.lease("b").reason == "guideline_not_accepted"


def test_a_new_version_has_to_be_accepted_anew(world: World) -> None:
    world.tasks(2)
    accept(world, "a", put_in_force(world))

    second = put_in_force(world, "look three times")

    assert world.lease("a").reason == "guideline_not_accepted"
    with pytest.raises(Conflict, match="Version 2"):
        accept(world, "a", 1)
    accept(world, "a", second)
    assert world.lease("a").leases


def test_a_guideline_may_be_there_to_be_read_only(world: World) -> None:
    world.task()

    put_in_force(world, must_accept=False)

    assert world.lease("a").leases


def test_what_is_held_when_a_version_changes_may_be_handed_in_by_the_old_one(world: World) -> None:
    task = world.task()
    accept(world, "a", put_in_force(world))
    held = world.hold("a")
    put_in_force(world, "look three times")

    given = answers.submit(world.session, world.marketplace, held.id, label="yes")

    by_version = select(ProjectConfig.guideline).filter_by(project_id=world.project_id)
    assert world.session.scalar(by_version.filter_by(version=given.config_version)) == 1
    assert given.task_id == task.id


def test_accepting_twice_is_accepting_once(world: World) -> None:
    version = put_in_force(world)

    assert accept(world, "a", version).id == accept(world, "a", version).id

    count = select(func.count()).select_from(GuidelineAcceptance)
    assert world.session.scalar(count.filter_by(project_id=world.project_id)) == 1


def test_a_version_nobody_has_written_cannot_be_in_force(world: World) -> None:
    with pytest.raises(Invalid, match="no guideline 7") as refused:
        world.change(guideline=7)

    assert list(refused.value.errors) == ["guideline"]


def test_without_a_guideline_there_is_nothing_to_accept_or_to_read(world: World) -> None:
    with pytest.raises(NotFound):
        accept(world, "a", 1)
    with pytest.raises(NotFound):
        guidelines.in_force(world.session, world.marketplace, world.project_id)


def test_versions_are_kept_and_are_their_requesters_own(world: World) -> None:
    put_in_force(world), put_in_force(world, "look three times")
    stranger, _ = caller(world.session, "requester")

    found = guidelines.versions(world.session, world.requester, world.project_id)

    assert [(one.version, one.body) for one in found] == [
        (2, "look three times"),
        (1, "look twice"),
    ]
    with pytest.raises(NotFound):
        guidelines.versions(world.session, stranger, world.project_id)


def test_an_export_says_by_which_guideline_each_answer_was_given(world: World) -> None:
    first, second = world.tasks(2)
    world.answer("a", first, "yes")
    put_in_force(world, must_accept=False)
    world.answer("a", second, "yes")

    lines = b"".join(exports.lines(world.session, world.project_id, "answers", "ndjson"))

    assert [json.loads(line)["guideline"] for line in lines.splitlines()] == [None, 1]
