"""Annotators at a fixed rate: a lean client, in a process of its own."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from typing import Any
from urllib.parse import urlsplit

#: Connections, each with annotators of its own.
CONNECTIONS = 12
#: Assignments an annotator asks for at a time.
AT_A_TIME = 10
#: How often the best annotator is right, and the worst.
BEST, WORST = 0.95, 0.6


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who answers, where, how fast and for how long."""

    base_url: str
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
    address = urlsplit(crowd.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    own = range(number, len(crowd.names), CONNECTIONS)
    people = [Person(crowd.names[n], crowd.skill(n), chance=random.Random(n)) for n in own]
    for person in itertools.cycle(people):
        # the number is taken first: who is late does not slow the others down
        at = began + next(due) / crowd.rate
        if at - began > crowd.seconds:
            return
        if not person.held:
            person.held = _lease(crowd, connection, person)
        time.sleep(max(0.0, at - time.monotonic()))
        if person.held:
            assignment, label = person.held.pop()
            path = f"/api/v1/assignments/{assignment}/answer"
            _post(connection, crowd.token, path, {"label": label}, 201)
            accepted.put((assignment, time.time()))


def _lease(
    crowd: Crowd, connection: http.client.HTTPConnection, person: Person
) -> list[tuple[str, str]]:
    body = {"project_id": crowd.project_id, "annotator": person.name, "count": AT_A_TIME}
    work = _post(connection, crowd.token, "/api/v1/assignments", body, 200)
    held = []
    for assignment in work["assignments"]:
        right = Crowd.truth(assignment["task"], crowd.labels)
        wrong = [label for label in crowd.labels if label != right]
        is_right = person.chance.random() < person.skill
        held.append((assignment["id"], right if is_right else person.chance.choice(wrong)))
    return held


def _post(
    connection: http.client.HTTPConnection, token: str, path: str, body: Any, expected: int
) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    response = connection.getresponse()
    content = response.read()
    if response.status != expected:
        raise RuntimeError(f"POST {path}: {response.status} {content[:300]!r}")
    return json.loads(content)
