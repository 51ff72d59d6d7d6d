"""Answers of annotators whose habits are planted, through the services."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text, update

from crowd.models import Answer
from tests.factories import World

TOLD = "yes", "no"


def other(label: str) -> str:
    return TOLD[1 - TOLD.index(label)]


def crowd(
    world: World, tasks: int, names: str, right: Callable[[str, int], float], known: int = 0
) -> list[tuple[uuid.UUID, str]]:
    """Have everybody answer every task, right with a chance that may depend on its number."""
    chance = random.Random(7)
    world.change(overlap_min=len(names), overlap_max=20, limits={"held": 1000})
    made = []
    for number in range(tasks):
        label = chance.choice(TOLD)
        task = world.task(gold=label if number < known else None)
        made.append((task.id, label))
        for name in names:
            said = label if chance.random() < right(name, number) else other(label)
            world.answer(name, task, said)
    return made


def spread(world: World, days: float) -> None:
    """Move answers into the past, in the order in which they were given."""
    query = select(Answer.id).filter_by(project_id=world.project_id).order_by(Answer.id)
    ids = world.session.scalars(query).all()
    world.session.execute(text("ALTER TABLE answers DISABLE TRIGGER USER"))
    start = datetime(2026, 3, 2, tzinfo=UTC)
    for place, answer in enumerate(ids):
        at = start + timedelta(days=days * place / len(ids))
        world.session.execute(update(Answer).filter_by(id=answer).values(submitted_at=at))
    world.session.execute(text("ALTER TABLE answers ENABLE TRIGGER USER"))
