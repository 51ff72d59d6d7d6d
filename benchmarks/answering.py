"""Annotators at a fixed rate: a lean client, in a process of its own."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from typing import Any

from benchmarks.http import Connection

#: Connections, each with annotators of its own.
CONNECTIONS = 12
#: Assignments an annotator asks for at a time.
AT_A_TIME = 10
#: How often the best annotator is right, and the worst.
BEST, WORST = 0.95, 0.6


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who answers, where, how fast and for how long."""

    address: tuple[str, int]
    token: str
    project_id: str
    names: Sequence[str]
    labels: Sequence[str]
    #: Answers a second.
    rate: float
    seconds: float

    @staticmethod
    def truth(task: str, labels: Sequence[str]) -> str:
        """Say what is true of a task."""
        return random.Random(task).choice(labels)

    def skill(self, number: int) -> float:
        """Say how often an annotator is right."""
        return BEST - (BEST - WORST) * number / max(1, len(self.names) - 1)


@dataclass(slots=True)
class Person:
    """An annotator with the assignments in hand: id and label to be given."""

    name: str
    skill: float
    held: list[tuple[str, str]] = field(default_factory=list)
    chance: random.Random = field(default_factory=random.Random)


def answer_all(crowd: Crowd, accepted: Queue[tuple[str, float] | None]) -> None:
    """Hand in every answer when it is due, whether the service keeps up or not; then send None."""
    due = itertools.count()
    began = time.monotonic() + 1.0
    threads = [
        threading.Thread(target=_answer, args=(crowd, number, due, began, accepted))
        for number in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted.put(None)


def _answer(
    crowd: Crowd,
    number: int,
    due: itertools.count[int],
    began: float,
    accepted: Queue[tuple[str, float] | None],
) -> None:
    own = range(number, len(crowd.names), CONNECTIONS)
    people = [Person(crowd.names[n], crowd.skill(n), chance=random.Random(n)) for n in own]
    with Connection(crowd.address, crowd.token) as connection:
        for person in itertools.cycle(people):
            # the number is taken first: who is late does not slow the others down
            after = next(due) / crowd.rate
            if after > crowd.seconds:
                return
            if not person.held:
                person.held = _lease(crowd, connection, person)
            time.sleep(max(0.0, began + after - time.monotonic()))
            if person.held:
                assignment, label = person.held.pop()
                path = f"/assignments/{assignment}/answer"
                _post(connection, path, {"label": label}, 201)
                accepted.put((assignment, time.time()))


def _lease(crowd: Crowd, connection: Connection, person: Person) -> list[tuple[str, str]]:
    body = {"project_id": crowd.project_id, "annotator": person.name, "count": AT_A_TIME}
    work = _post(connection, "/assignments", body, 200)
    held = []
    for assignment in work["assignments"]:
        right = Crowd.truth(assignment["payload"]["item"], crowd.labels)
        wrong = [label for label in crowd.labels if label != right]
        is_right = person.chance.random() < person.skill
        held.append((assignment["id"], right if is_right else person.chance.choice(wrong)))
    return held


def _post(connection: Connection, path: str, body: Any, expected: int) -> Any:
    status, content = connection.post(path, body)
    if status != expected:
        raise RuntimeError(f"POST {path}: {status} {content}")
    return content
