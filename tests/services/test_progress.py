"""How far a project is, and how fast it goes."""

from __future__ import annotations

import io
import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from crowd.models import Answer, Pace, Task, TaskMove
from crowd.services import gold, imports, progress, projects, results
from crowd.services.ledger_days import id_at
from crowd.services.progress import Counts
from crowd.services.task_lines import TaskFile
from tests.factories import World, decided


def counted(world: World) -> Counts:
    return progress.counts(world.session, [world.project_id])[world.project_id]


def scanned(world: World) -> Counts:
    """What looking at every task says."""
    query = select(Task.state, Task.is_gold).filter_by(project_id=world.project_id)
    found = ["gold" if is_gold else state for state, is_gold in world.session.execute(query)]
    return Counts(*(found.count(name) for name in Counts.__slots__))


def id_made_at(moment: datetime) -> uuid.UUID:
    return uuid.UUID(int=id_at(moment).int | random.getrandbits(74))


def shift_answers(world: World, hours: float) -> None:
    """Let everything answered so far have been answered earlier."""
    earlier = timedelta(hours=hours)
    # facts are never changed, but by a test that cannot wait
    world.session.execute(text("SET LOCAL session_replication_role = replica"))
    for answer in world.session.scalars(select(Answer).filter_by(project_id=world.project_id)):
        at = answer.submitted_at - earlier
        moved = {"submitted_at": at, "leased_at": at, "id": id_made_at(at)}
        world.session.execute(update(Answer).filter_by(id=answer.id).values(**moved))
    world.session.execute(text("SET LOCAL session_replication_role = origin"))
    world.session.expire_all()


def test_every_move_of_a_task_is_counted_at_once(world: World) -> None:
    first, second, third = world.tasks(3)
    world.task(gold="yes")
    assert counted(world) == Counts(open=3, gold=1)

    results.record(world.session, world.config, [decided(first), decided(second, "disputed")])
    gold.put(world.session, world.requester, third.id, label="yes")
    world.session.flush()

    assert counted(world) == scanned(world) == Counts(0, 1, 1, 2)
    gold.retire(world.session, world.requester, third.id)
    world.session.flush()
    assert counted(world) == scanned(world)


def test_adding_up_changes_no_count_and_leaves_nothing_to_add(world: World) -> None:
    tasks = world.tasks(4)
    progress.add_up(world.session)
    results.record(world.session, world.config, [decided(task) for task in tasks[:3]])
    before = counted(world)

    progress.add_up(world.session), progress.add_up(world.session)

    assert counted(world) == before == scanned(world) == Counts(open=1, resolved=3)
    left = select(func.count()).select_from(TaskMove).filter_by(project_id=world.project_id)
    assert world.session.scalar(left) == 0
    assert before.done == pytest.approx(0.75)


def test_a_lease_and_an_answer_move_no_task(world: World) -> None:
    task = world.task()
    progress.add_up(world.session)

    world.answer("ann", task, "yes")

    assert world.session.scalar(select(func.count()).select_from(TaskMove)) == 0


def test_a_file_of_tasks_is_one_move(world: World) -> None:
    file = io.BytesIO(b"".join(b'{"external_id": "%d"}\n' % n for n in range(50)))
    progress.add_up(world.session)

    imports.import_tasks(world.session, world.requester, world.project_id, TaskFile(file, "ndjson"))

    moves = world.session.scalars(select(TaskMove).filter_by(project_id=world.project_id)).all()
    assert sum(move.open for move in moves) == 50
    assert len(moves) < 5


def test_a_project_without_tasks_has_none(session: Session) -> None:
    world = World(session)

    assert counted(world) == Counts()
    assert counted(world).done == 0


def test_answers_are_counted_by_ten_minutes_each_once(world: World) -> None:
    world.answer("ann", world.task(), "yes"), world.answer("bea", world.task(), "yes")
    shift_answers(world, hours=3)
    progress.keep_pace(world.session, world.project_id)
    world.answer("ann", world.task(), "no")

    for _ in range(2):
        progress.keep_pace(world.session, world.project_id)

    slots = world.session.scalars(
        select(Pace).filter_by(project_id=world.project_id).order_by(Pace.began_at)
    ).all()
    assert sum(slot.answers for slot in slots) == 3
    assert slots[0].annotators in (1, 2)
    assert all(slot.began_at.minute % 10 == slot.began_at.second == 0 for slot in slots)


def test_a_late_commit_is_counted_when_its_slot_is_looked_at_again(world: World) -> None:
    world.answer("ann", world.task(), "yes")
    progress.keep_pace(world.session, world.project_id)

    world.answer("bea", world.task(), "yes")
    progress.keep_pace(world.session, world.project_id)

    asked = {"every": "day", "since": None, "until": None}
    days = progress.series(world.session, world.requester, world.project_id, **asked)
    assert sum(day.answers for day in days) == 2


def test_a_series_adds_up_stretches_and_keeps_to_its_time(world: World) -> None:
    now = datetime.now(UTC)
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
    for began_at, answers in ((noon, 4), (noon + timedelta(minutes=50), 2), (now, 1)):
        began_at = began_at.replace(minute=began_at.minute // 10 * 10, second=0, microsecond=0)
        world.session.add(
            Pace(
                project_id=world.project_id,
                began_at=began_at,
                answers=answers,
                annotators=answers,
                median_s=float(answers),
            )
        )
    world.session.flush()

    def series(every: str, **bounds: datetime) -> list[tuple[int, int]]:
        found = progress.series(
            world.session, world.requester, world.project_id, every=every, **bounds
        )
        return [(slot.answers, slot.annotators) for slot in found]

    assert series("ten_minutes") == [(4, 4), (2, 2), (1, 1)]
    assert series("hour") == [(6, 4), (1, 1)]
    assert series("hour", until=noon + timedelta(hours=1)) == [(6, 4)]
    assert series("hour", since=noon + timedelta(hours=1)) == [(1, 1)]


def test_the_list_of_projects_needs_no_scan(world: World) -> None:
    world.tasks(3)
    other = World(world.session)

    found = progress.counts(world.session, [world.project_id, other.project_id])

    assert (found[world.project_id].open, found[other.project_id].open) == (3, 0)
    view = projects.find(world.session, world.requester, world.project_id)
    assert view.project.id in found
