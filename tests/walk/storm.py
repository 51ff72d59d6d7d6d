"""Sixty-four clients that behave as badly as clients can, and remember what they were promised."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.walk.wire import WRONG_CLOCKS, Reply, Wire

LABELS = ("yes", "no", "maybe")
#: How long a client goes on asking while the service is away.
PATIENCE_S = 60.0
#: An annotator's client that finds no work anywhere this often in a row goes home.
IDLE_ROUNDS = 25


@dataclass(frozen=True, slots=True)
class Ground:
    """A project in the storm, and the names of its tasks."""

    id: str
    tasks: Sequence[str]


@dataclass(frozen=True, slots=True)
class Held:
    """An assignment as the client knows it."""

    id: str
    task_id: str
    annotator: str
    key: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """A late answer that was refused, between two moments of this machine's clock."""

    held: Held
    before: datetime
    after: datetime


@dataclass
class Log:
    """What one client, or all, sent and were told."""

    sent: set[tuple[str, str]] = field(default_factory=set)
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    replayed: list[tuple[str, str]] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    #: Every time an assignment was handed out.
    leased: set[tuple[str, datetime]] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)

    def add(self, other: Log) -> None:
        self.sent |= other.sent
        self.acknowledged += other.acknowledged
        self.replayed += other.replayed
        self.gone += other.gone
        self.leased |= other.leased
        self.outcomes += other.outcomes
        self.unexpected += other.unexpected


@dataclass
class Goal:
    """How many assignments the clients drive together."""

    left: int
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, handed_out: int) -> None:
        with self.lock:
            self.left -= handed_out


class Client:
    """One client; its annotators work through other clients too."""

    def __init__(
        self,
        number: int,
        seed: int,
        port: int,
        cast: Sequence[tuple[str, str]],
        grounds: Sequence[Ground],
        goal: Goal,
    ) -> None:
        self.log = Log()
        self._chance = random.Random(f"{seed}/{number}")
        self._name = f"{seed}-{number}"
        self._wires = (Wire(port), Wire(port))
        self._cast = cast
        self._grounds = grounds
        self._goal = goal
        self.abandoned: deque[Held] = deque(maxlen=50)
        self._asked = 0

    def run(self) -> None:
        """Work until the goal is reached or there is nothing left to do."""
        idle = 0
        while self._goal.left > 0 and idle < IDLE_ROUNDS:
            held = self._lease()
            idle = 0 if held else idle + 1
            while held:
                held += self._act(held.pop())
            if self.abandoned and self._chance.random() < 0.4:
                self._answer_late()
            if idle:
                time.sleep(0.1)

    def hang_up(self) -> None:
        for wire in self._wires:
            wire.close()

    def finish(self, annotator: str, key: str) -> int:
        """Answer whatever an annotator can get; returns how many answers that were."""
        return sum(
            self.answer_all({"project_id": ground.id, "annotator": annotator, "count": 50}, key)
            for ground in self._grounds
        )

    def answer_all(self, wish: dict[str, Any], key: str) -> int:
        leased = self._ask("/assignments", key, wish).body
        held = self._taken(leased, wish["annotator"], key)
        for each in held:
            self.submit(each, {"label": self._chance.choice(LABELS)})
        return len(held)

    def _lease(self) -> list[Held]:
        annotator, key = self._chance.choice(self._cast)
        ground = self._chance.choice(self._grounds)
        wish: dict[str, Any] = {"project_id": ground.id, "annotator": annotator}
        kind = self._chance.random()
        if kind < 0.15:
            wish["tasks"] = self._chance.sample(ground.tasks, 5)
        else:
            wish["count"] = self._chance.choice((1, 1, 2, 5, 10)) if kind < 0.9 else 40
        reply = self._ask("/assignments", key, wish)
        self._told("lease", reply, (200,))
        return self._taken(reply.body, annotator, key)

    def _taken(self, leased: dict[str, Any] | None, annotator: str, key: str) -> list[Held]:
        given = (leased or {}).get("assignments", [])
        self._goal.count(len(given))
        self.log.outcomes["handed out"] += len(given)
        at = datetime.fromisoformat
        self.log.leased |= {(each["id"], at(each["leased_at"])) for each in given}
        return [
            Held(each["id"], each["task_id"], annotator, key, at(each["expires_at"]))
            for each in given
        ]

    def _act(self, held: Held) -> list[Held]:
        path = f"/assignments/{held.id}"
        match self._chance.random():
            case x if x < 0.60:
                return self._answer(held)
            case x if x < 0.70:
                self._answer_twice(held)
            case x if x < 0.75:
                self._answer_and_hang_up(held)
            case x if x < 0.83:
                self._told("return", self._ask(f"{path}/return", held.key, {}), (200, 409, 410))
            case x if x < 0.87:
                self._told("extend", self._ask(f"{path}/extend", held.key, {}), (200, 409, 410))
                # its end is later than we know: what is said of it is not told by our clock
                return self._answer(held)
            case _:
                self.abandoned.append(held)
        return []

    def _answer(self, held: Held) -> list[Held]:
        body = {"label": self._chance.choice(LABELS)}
        if wants_next := self._chance.random() < 0.3:
            body["next"] = {"count": 1}
        reply = self.submit(held, body)
        return self._taken(reply.body.get("next"), held.annotator, held.key) if wants_next else []

    def _answer_twice(self, held: Held) -> None:
        """Hand in two answers at the same moment, with one idempotency key, two, or none."""
        labels = self._chance.choices(LABELS, k=2)
        keys: tuple[str | None, str | None] = (None, None)
        if self._chance.random() < 0.5:
            labels[1], keys = labels[0], (self._new_key(),) * 2
        elif self._chance.random() < 0.3:
            keys = (self._new_key(), self._new_key())
        path, before = f"/assignments/{held.id}/answer", datetime.now(UTC)
        for wire, label, key in zip(self._wires, labels, keys, strict=True):
            self.log.sent.add((held.id, label))
            wire.ask(path, held.key, {"label": label}, self._headers(key))
        for wire, label, key in zip(self._wires, labels, keys, strict=True):
            reply = wire.reply()
            if reply.is_final:
                self._judge(held, label, reply, before)
            else:
                self.submit(held, {"label": label}, key)

    def _answer_and_hang_up(self, held: Held) -> None:
        label, key = self._chance.choice(LABELS), self._chance.choice((None, self._new_key()))
        self.log.sent.add((held.id, label))
        path, wire = f"/assignments/{held.id}/answer", self._wires[1]
        wire.ask(path, held.key, {"label": label}, self._headers(key))
        time.sleep(self._chance.random() * 0.02)
        wire.reset()
        self.submit(held, {"label": label}, key)

    def _answer_late(self) -> None:
        if datetime.now(UTC) > self.abandoned[0].expires_at:
            self.submit(self.abandoned.popleft(), {"label": self._chance.choice(LABELS)})

    def submit(self, held: Held, body: dict[str, Any], key: str | None = None) -> Reply:
        before = datetime.now(UTC)
        self.log.sent.add((held.id, body["label"]))
        reply = self._ask(f"/assignments/{held.id}/answer", held.key, body, key)
        self._judge(held, body["label"], reply, before)
        return reply

    def _judge(self, held: Held, label: str, reply: Reply, before: datetime) -> None:
        self._told("answer", reply, (201, 409, 410))
        if reply.status == 201:
            log = self.log.replayed if reply.replayed else self.log.acknowledged
            log.append((held.id, label))
        elif reply.status == 410:
            self.log.gone.append(Gone(held, before, datetime.now(UTC)))

    def _ask(self, path: str, api_key: str, body: Any, key: str | None = None) -> Reply:
        """Ask until there is an answer: what was promised before may be told again."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            self._wires[0].ask(path, api_key, body, self._headers(key))
            if (reply := self._wires[0].reply()).is_final:
                return reply
            self.log.outcomes[f"retried after {reply.status or 'a broken connection'}"] += 1
            if reply.status not in (0, 503):
                self.log.unexpected.append(f"{path}: {reply}")
            time.sleep(0.05 + self._chance.random() * 0.1)
        self.log.unexpected.append(f"{path}: no answer in {PATIENCE_S} s")
        return Reply()

    def _told(self, what: str, reply: Reply, expected: tuple[int, ...]) -> None:
        self.log.outcomes[f"{what} {reply.status} {reply.code}".strip()] += 1
        if reply.status and reply.status not in expected:
            self.log.unexpected.append(f"{what}: {reply}")

    def _headers(self, key: str | None) -> dict[str, str]:
        clock = self._chance.choice(WRONG_CLOCKS)
        return {**clock, "Idempotency-Key": key} if key else clock

    def _new_key(self) -> str:
        self._asked += 1
        return f"{self._name}-{self._asked}"
