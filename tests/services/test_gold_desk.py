"""The gold desk: gold in bulk, why it was retired, what to look at first."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from crowd.errors import Invalid, NotFound, UnknownLabel
from crowd.models import AuditEntry, Gold, Task
from crowd.schemas.gold import SORTS
from crowd.services import gold, gold_candidates, gold_review
from crowd.services.gold_review import GoldReview
from crowd.services.paging import Page
from tests.factories import World


def wishes(tasks: list[Task], label: str = "yes") -> list[dict[str, Any]]:
    return [{"task_id": task.id, "label": label} for task in tasks]


def put(world: World, given: list[dict[str, Any]]) -> list[Gold]:
    return gold.put_many(world.session, world.requester, world.project_id, given)


def listed(world: World, **chosen: Any) -> Page:
    key = world.session, world.requester, world.project_id
    return gold_review.one_page_of(*key, **{"after": None, "limit": 50, **chosen})


def known(world: World) -> set[uuid.UUID]:
    return set(gold.labels_of_project(world.session, world.project_id))


def test_many_tasks_become_gold_together_in_the_order_asked_for(world: World) -> None:
    tasks = world.tasks(3)[::-1]

    rows = put(world, wishes(tasks, "no"))

    assert [row.task_id for row in rows] == [task.id for task in tasks]
    assert known(world) == {task.id for task in tasks}


def test_one_bad_wish_among_many_refuses_all(world: World) -> None:
    good, bad = world.tasks(2)
    stranger = World(world.session).task()

    for refusal, given in (
        (UnknownLabel, [*wishes([good]), *wishes([bad], "maybe")]),
        (NotFound, wishes([good, stranger])),
        (Invalid, wishes([good, good])),
    ):
        with pytest.raises(refusal), world.session.begin_nested():
            put(world, given)

    assert known(world) == set()


def test_a_wish_that_is_refused_is_named_by_its_place(world: World) -> None:
    tasks = world.tasks(2)

    with pytest.raises(UnknownLabel) as refused:
        put(world, [*wishes(tasks[:1]), *wishes(tasks[1:], "maybe")])

    assert list(refused.value.errors or ()) == ["items.1.label"]


def test_gold_is_retired_together_and_the_reason_stays(world: World) -> None:
    tasks = [world.task(gold="yes") for _ in range(3)]
    ids = [task.id for task in tasks[:2]]

    gold.retire_many(world.session, world.requester, world.project_id, ids, reason="worn out")

    assert known(world) == {tasks[2].id}
    history = gold_review.history(world.session, world.requester, ids[0])
    assert history.review is None
    assert [v.retired_because for v in history.versions] == ["worn out"]
    noted = select(AuditEntry).filter_by(action="gold.retired", subject_id=ids[0])
    assert world.session.scalars(noted).one().change == {"reason": "worn out"}


def test_what_is_not_gold_cannot_be_retired_and_nothing_else_is(world: World) -> None:
    is_gold, is_not = world.task(gold="yes"), world.task()

    with pytest.raises(NotFound), world.session.begin_nested():
        gold.retire_many(
            world.session, world.requester, world.project_id, [is_gold.id, is_not.id], reason="old"
        )

    assert known(world) == {is_gold.id}


def test_a_history_tells_every_label_and_what_was_said(world: World) -> None:
    task = world.task(gold="yes")
    world.answer("a", task, "no"), world.answer("b", task, "no")
    gold.put(world.session, world.requester, task.id, label="no")

    history = gold_review.history(world.session, world.requester, task.id)

    assert [(v.label, v.retired_at is None) for v in history.versions] == [
        ("no", True),
        ("yes", False),
    ]
    assert [(s.label, s.answers, s.good) for s in history.said] == [("no", 2, 0)]
    assert history.review is not None
    with pytest.raises(NotFound, match="never was"):
        gold_review.history(world.session, world.requester, world.task().id)


def surveyed(world: World) -> list[uuid.UUID]:
    """Three gold tasks, missed by nobody, by one of two, and by both; and one nobody has had."""
    tasks = [world.task(gold="yes") for _ in range(4)]
    for task, said in zip(tasks, (("yes", "yes"), ("yes", "no"), ("no", "no")), strict=False):
        for name, label in zip("ab", said, strict=True):
            world.answer(name, task, label)
    doubts = [
        {"task_id": str(task.id), "doubt": doubt, "instead": "no"}
        for task, doubt in zip(tasks, (0.01, 0.2, 0.9), strict=False)
    ]
    active = [world.annotator(name).id for name in "abc"]
    gold_review.record(world.session, world.project_id, doubts, active)
    return [task.id for task in tasks]


def order(page: Page, ids: list[uuid.UUID]) -> list[int]:
    return [ids.index(row.task_id) for row in page.items]


def test_the_list_begins_with_what_needs_a_look(world: World) -> None:
    ids = surveyed(world)

    assert order(listed(world, sort="doubt"), ids)[:2] == [2, 1]
    assert order(listed(world, sort="missed"), ids) == [2, 1, 0, 3]
    assert order(listed(world, sort="fresh"), ids)[-1] == 3
    assert order(listed(world, sort="age"), ids) == [0, 1, 2, 3]


def test_every_order_can_be_asked_for() -> None:
    assert set(SORTS) == set(gold_review.SORTS)


@pytest.mark.parametrize("sort", gold_review.SORTS)
def test_pages_hold_each_task_once_in_any_order(world: World, sort: str) -> None:
    surveyed(world)
    whole = [row.task_id for row in listed(world, sort=sort).items]

    seen, after = [], None
    for _ in range(4):
        page = listed(world, sort=sort, after=after, limit=1)
        seen += [row.task_id for row in page.items]
        after = page.next_after

    assert seen == whole
    assert after is None


def test_a_gold_task_tells_how_it_fares(world: World) -> None:
    ids = surveyed(world)

    row: GoldReview = listed(world, sort="doubt").items[1]

    assert (row.task_id, row.answers, row.missed, row.majority) == (ids[1], 2, 1, None)
    assert (row.right.share, round(row.right.low, 2), round(row.right.high, 2)) == (0.5, 0.09, 0.91)
    assert (row.doubt, row.fresh_annotators, row.concern) == (0.2, 1, None)
    assert row.seconds is not None


def test_of_a_label_that_is_new_nothing_is_known_yet(world: World) -> None:
    ids = surveyed(world)

    gold.put(world.session, world.requester, ids[2], label="no")

    row = next(row for row in listed(world).items if row.task_id == ids[2])
    assert (row.answers, row.doubt, row.fresh_annotators) == (0, None, None)


def test_a_candidate_that_is_open_or_was_gold_is_none(world: World) -> None:
    sure, still_open, was_gold = world.task(), world.task(), world.task(gold="yes")
    gold.retire(world.session, world.requester, was_gold.id)
    for task in (sure, was_gold):
        world.session.refresh(task)
        task.state = "resolved"
    world.session.flush()
    one = {"label": "yes", "confidence": 0.99, "answers": 3, "unlike": 0, "good": 3}

    found = [{"task_id": str(task.id), **one} for task in (still_open, was_gold, sure)]
    gold_candidates.record(world.session, world.project_id, found)

    page = gold_candidates.one_page_of(
        world.session, world.requester, world.project_id, after=None, limit=5
    )
    assert [row.task.id for row in page.items] == [sure.id]
