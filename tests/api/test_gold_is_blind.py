"""Nothing a marketplace sees tells gold from other work: a classifier is let loose on all of it."""

from __future__ import annotations

import itertools
import random
import time
import uuid
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sqlalchemy import select

from crowd.models import OutboxEvent, Task
from tests.api.conftest import Api
from tests.factories import World
from tests.services.test_predictions import predict
from workers.jobs.consensus import refit_project, update_posteriors

ORDINARY, GOLD = 160, 40
ANNOTATORS = [f"annotator {number}" for number in range(8)]
#: Three deviations above chance where so few tasks are gold, and hardly fewer with more ordinary
#: ones (Hanley and McNeil, 1982); what a real leak gives is far above.
CHANCE = 0.65
#: Leases of an annotator that are compared with each other where the share of gold changes.
SPAN = 20


class Marketplace:
    """Plays eight annotators and writes down all that comes back."""

    def __init__(self, world: World, api: Api) -> None:
        self.world, self.api, self.chance = world, api, random.Random(1)
        self.seen: list[dict[str, Any]] = []
        self.order: dict[str, list[str]] = defaultdict(list)
        self.shapes: dict[str, set[Any]] = defaultdict(set)
        self.idle: set[str] = set()

    def work(self) -> None:
        """Lease, answer, give back, extend, answer twice, until there is nothing more."""
        while len(self.idle) < len(ANNOTATORS):
            name = self.chance.choice([n for n in ANNOTATORS if n not in self.idle])
            self._turn(name)
            if len(self.seen) % 60 == 0:
                decide(self.world)

    def _turn(self, name: str) -> None:
        ask = {
            "project_id": str(self.world.project_id),
            "annotator": name,
            "count": self.chance.choice([1, 1, 1, 4]),
        }
        began = time.perf_counter()
        leased = self.api("POST", "/assignments", ask).json
        took = time.perf_counter() - began
        if not leased["assignments"]:
            self.idle.add(name)
        ids = sorted(lease["id"] for lease in leased["assignments"])
        for place, lease in enumerate(leased["assignments"]):
            facts = {
                "took": took / len(ids),
                "place": place,
                "size": len(ids),
                "rank_of_id": ids.index(lease["id"]),
                "turn": len(self.order[name]),
                "moment": len(self.seen),
                "seconds": _span(lease["leased_at"], lease["expires_at"]),
                "length": len(str(lease["payload"])),
                "prelabel": ("no", "yes").index(shown["label"])
                if (shown := lease["prediction"])
                else -1,
            }
            self._answer(name, lease, facts)

    def _answer(self, name: str, lease: dict[str, Any], facts: dict[str, Any]) -> None:
        address, task = f"/assignments/{lease['id']}", lease["task_id"]
        facts["before"] = sum(task in order for order in self.order.values())
        self.order[name].append(task)
        self.shapes["lease"].add(tuple(sorted(lease)))
        if self.chance.random() < 0.2:
            self.shapes["read"].add(tuple(sorted(self.api("GET", address).json)))
        facts["given_back"] = self.chance.random() < 0.05
        began = time.perf_counter()
        if facts["given_back"]:
            self.api("POST", f"{address}/return")
            facts["answer_took"] = time.perf_counter() - began
        else:
            label = "yes" if self.chance.random() < 0.8 else "no"
            sent = self.api("POST", f"{address}/answer", {"label": label})
            facts["answer_took"] = time.perf_counter() - began
            self.shapes["answer"].add((sent.status_code, tuple(sorted(sent.json["answer"]))))
            if self.chance.random() < 0.2:
                again = self.api("POST", f"{address}/answer", {"label": label}).json
                self.shapes["again"].add((again["code"], again["detail"]))
        self.seen.append({**facts, "task": task})

    def table(self, *, alone: bool = False) -> tuple[np.ndarray[Any, Any], list[str]]:
        """Lay out what was seen of each lease as numbers, with what only hindsight shows.

        `alone`: without what takes several annotators who compare what they were given.
        """
        times = Counter(row["task"] for row in self.seen)
        follows: Counter[tuple[str, str]] = Counter()
        for order in self.order.values():
            follows.update(itertools.pairwise(order))
        neighbours: Counter[str] = Counter()
        for (first, second), count in follows.items():
            if count > 1:
                neighbours.update([first, second])
        rows = [
            [
                *(float(row[key]) for key in row if key not in ("task", "before")),
                *(() if alone else (row["before"], times[row["task"]], neighbours[row["task"]])),
                uuid.UUID(row["task"]).int / 2**128,
            ]
            for row in self.seen
        ]
        return np.array(rows), [row["task"] for row in self.seen]


def predict_and_use(world: World, tasks: list[Task], use: str) -> None:
    """Have a model predict everything, gold and the rest alike, and be known as a good one."""
    chance = random.Random(2)
    said = [(task.external_id, "yes" if chance.random() < 0.8 else "no", None) for task in tasks]
    predict(world, *said)
    world.change(models={"use": use, "blind_share": 0.2})
    for task in tasks[:30]:
        world.answer("somebody", task, "yes")
    refit_project(world.project_id)


def decide(world: World) -> None:
    """Let the engine decide on what has come in."""
    told = select(OutboxEvent.id).where(
        OutboxEvent.topic == "answer.submitted", OutboxEvent.project_id == world.project_id
    )
    update_posteriors(list(world.session.scalars(told)))
    world.session.expire_all()


def auc(table: np.ndarray[Any, Any], is_gold: list[bool], tasks: list[str]) -> float:
    """Let a classifier say which leases were gold, about tasks it was not trained on."""
    guess = cross_val_predict(
        RandomForestClassifier(80, min_samples_leaf=5, random_state=0),
        table,
        is_gold,
        groups=tasks,
        cv=GroupKFold(5),
        method="predict_proba",
    )
    return float(roc_auc_score(is_gold, guess[:, 1]))


def auc_in_spans(
    table: np.ndarray[Any, Any], is_gold: list[bool], tasks: list[str], turns: list[int]
) -> float:
    """Let a classifier compare leases of the same span of an annotator's work; mean by size.

    Some policies give more gold to a beginner. That is no secret; which leases it are, is.
    """
    spans = np.array(turns) // SPAN
    parts = []
    for span in np.unique(spans):
        chosen = np.flatnonzero(spans == span)
        gold = [is_gold[i] for i in chosen]
        if 10 <= sum(gold) <= len(gold) - 10:
            found = auc(table[chosen], gold, [tasks[i] for i in chosen])
            parts.append((found, min(sum(gold), len(gold) - sum(gold))))
    values, weights = zip(*parts, strict=True)
    return float(np.average(values, weights=weights))


def _span(begin: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def played(
    world: World,
    api: Api,
    use: str = "off",
    probation: dict[str, Any] | None = None,
    known: int = GOLD,
    **policy: Any,
) -> tuple[Marketplace, dict[str, Task]]:
    """Import ordinary tasks, the gold long after them, and let the marketplace work."""
    bounds = {"overlap_min": 2, "overlap_max": 3, "method": "dawid-skene"}
    world.change(gold=policy, probation=probation, **bounds)
    for name in ANNOTATORS:
        world.annotator(name)
    payload = {"text": "is it one?"}
    tasks = world.tasks(ORDINARY + GOLD - known, payload=payload)
    tasks += world.tasks(known, payload=payload, gold="yes")
    if use != "off":
        predict_and_use(world, tasks, use)
    marketplace = Marketplace(world, api)
    marketplace.work()
    tasks = world.session.scalars(select(Task).where(Task.project_id == world.project_id))
    return marketplace, {str(uuid.uuid5(task.id, "task")): task for task in tasks}


@pytest.mark.parametrize("use", ["prelabel", "routing"])
def test_models_do_not_give_gold_away(world: World, marketplace: Api, use: str) -> None:
    played_by, tasks = played(world, marketplace, use)
    table, seen = played_by.table()
    is_gold = [tasks[task].is_gold for task in seen]

    found = auc(table, is_gold, seen)

    assert all(len(shapes) == 1 for shapes in played_by.shapes.values()), played_by.shapes
    assert found < CHANCE


@pytest.mark.parametrize("policy", [{}, {"policy": "share", "share": GOLD / (GOLD + ORDINARY)}])
def test_a_classifier_does_no_better_than_chance(
    world: World, marketplace: Api, policy: dict[str, Any]
) -> None:
    played_by, tasks = played(world, marketplace, **policy)
    table, seen = played_by.table()
    is_gold = [tasks[task].is_gold for task in seen]

    found = auc(table, is_gold, seen)

    assert all(len(shapes) == 1 for shapes in played_by.shapes.values()), played_by.shapes
    assert found < CHANCE
    # the same classifier finds what leaks: were a task's time of making shown, it would be told
    by_age = sorted(tasks, key=lambda task: tasks[task].id)
    made = np.array([[by_age.index(task)] for task in seen])
    assert auc(np.hstack([table, made]), is_gold, seen) > 0.95


@pytest.mark.parametrize(
    "policy",
    [
        {"policy": "first", "first": SPAN // 2, "share": 0.05},
        {"policy": "adaptive", "share": 0.08},
        # half of the work is gold: where it ran out, the end of a span would have none
        {"policy": "share", "share": 0.1, "probation": {"gold": 10, "right": 0.7}, "known": 100},
    ],
)
def test_which_of_a_beginners_leases_are_gold_cannot_be_told(
    world: World, marketplace: Api, policy: dict[str, Any]
) -> None:
    played_by, tasks = played(world, marketplace, **policy)
    # more gold than there is among the tasks comes round sooner: that annotators can find together
    table, seen = played_by.table(alone=True)
    is_gold = [tasks[task].is_gold for task in seen]
    turns = [row["turn"] for row in played_by.seen]

    found = auc_in_spans(table, is_gold, seen, turns)

    assert found < CHANCE
    by_age = sorted(tasks, key=lambda task: tasks[task].id)
    made = np.array([[by_age.index(task)] for task in seen])
    assert auc_in_spans(np.hstack([table, made]), is_gold, seen, turns) > 0.85
