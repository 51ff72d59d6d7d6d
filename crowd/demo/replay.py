"""Plays recorded annotators against the API: each offers the answers it once gave."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crowd.demo.client import Client, Refused
from crowd.demo.datasets import Dataset

#: Tasks an annotator asks for at a time.
BURST = 4
#: Pause of an annotator whose tasks are all waiting for a decision.
PAUSE_S = 0.05
#: Rounds in which tasks that the last fit has opened again are offered once more.
ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Accepted:
    """An answer the API has acknowledged."""

    task: str
    annotator: str
    label: str
    submitted_at: datetime | None


@dataclass
class Annotator:
    """A recorded annotator with the answers still to be offered."""

    name: str
    marketplace: str
    labels: dict[str, str]
    offers: list[str]
    #: Offered, and not wanted because the task is resolved.
    spared: list[str] = field(default_factory=list)


class Replay:
    """One dataset, one project, one run from the first offer to the last label."""

    def __init__(
        self,
        base_url: str,
        dataset: Dataset,
        *,
        requester_key: str,
        marketplace_keys: Sequence[str],
        seed: int = 0,
        clients: int = 8,
    ) -> None:
        self.dataset = dataset
        self.accepted: list[Accepted] = []
        self.seconds = 0.0
        self._base_url = base_url
        self._keys = marketplace_keys
        self._clients = clients
        self._requester = Client(base_url, requester_key)
        self._annotators = _cast(dataset, marketplace_keys, seed)
        self._local = threading.local()
        self._connections = [self._requester]
        self.project_id = ""

    @property
    def requester(self) -> Client:
        """The requester's connection, for whoever reads the outcome."""
        return self._requester

    def close(self) -> None:
        """Hang up every connection."""
        for connection in self._connections:
            connection.close()

    def prepare(self, name: str, gold: dict[str, str], **config: Any) -> None:
        """Make the project, import its tasks with the gold among them, register the annotators."""
        post = self._requester.post
        settings = {"question": self.dataset.question, "labels": self.dataset.labels, **config}
        self.project_id = post("/projects", {"name": name, **settings})["id"]
        address = f"/projects/{self.project_id}"
        for marketplace in self._requester.get("/marketplaces")["items"]:
            self._requester.send("PUT", f"{address}/marketplaces/{marketplace['id']}")
        lines = (
            {"external_id": task, "payload": {"item": task}, "gold": gold.get(task)}
            for task in self.dataset.tasks
        )
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        kind = {"Content-Type": "application/x-ndjson"}
        self._requester.send("POST", f"{address}/imports", content=body, headers=kind)
        tag = self._requester.send("GET", address).headers["ETag"]
        self._requester.send("PATCH", address, json={"state": "running"}, headers={"If-Match": tag})
        self._each(self._register, self._annotators)

    def run(self, look_after: Callable[[], None] = lambda: None) -> None:
        """Offer every answer until each is taken or its task is resolved."""
        began = time.monotonic()
        for _ in range(ROUNDS):
            self._offer_all(look_after)
            self.settle(look_after)
            reopened = {t["external_id"] for t in self._tasks(state="open")}
            if not any(_offer_again(annotator, reopened) for annotator in self._annotators):
                break
        self.seconds = time.monotonic() - began

    def settle(self, look_after: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Ask for a last fit, wait until it has seen every answer, and give the progress."""
        self._requester.post(f"/projects/{self.project_id}/refits")
        before = self.progress()["run_number"]
        while True:
            now = self.progress()
            fitted = now["run_answers"] == now["answers"] and now["run_number"] != before
            if not now["waiting"] and (fitted or not now["answers"]):
                return now
            look_after()
            time.sleep(0.1)

    def progress(self) -> dict[str, Any]:
        """Read the project's progress."""
        progress: dict[str, Any] = self._requester.get(f"/projects/{self.project_id}/progress")
        return progress

    def _tasks(self, **query: Any) -> list[dict[str, Any]]:
        return list(self._requester.pages(f"/projects/{self.project_id}/tasks", **query))

    def _offer_all(self, look_after: Callable[[], None]) -> None:
        waiting = deque(annotator for annotator in self._annotators if annotator.offers)
        failed = threading.Event()

        def play() -> None:
            while not failed.is_set():
                try:
                    annotator = waiting.popleft()
                except IndexError:
                    return
                try:
                    moved = self._offer(annotator)
                except BaseException:
                    failed.set()
                    raise
                if annotator.offers:
                    waiting.append(annotator)
                if not moved:
                    time.sleep(PAUSE_S)

        with ThreadPoolExecutor(self._clients) as threads:
            running = [threads.submit(play) for _ in range(self._clients)]
            while not all(future.done() for future in running):
                look_after()
                time.sleep(0.1)
            for future in running:
                future.result()

    def _offer(self, annotator: Annotator) -> bool:
        """Ask for the next few tasks by name and answer those that are handed out."""
        client = self._client(annotator.marketplace)
        names, annotator.offers = annotator.offers[:BURST], annotator.offers[BURST:]
        body = {"project_id": self.project_id, "annotator": annotator.name, "tasks": names}
        work = client.post("/assignments", body)
        for refusal in work["refused"]:
            match refusal["reason"]:
                case "task_closed":
                    annotator.spared.append(refusal["task"])
                case "already_answered":  # the 201 was lost on its way, the answer was not
                    self._note(annotator, refusal["task"], None)
                case _:
                    annotator.offers.append(refusal["task"])
        for assignment in work["assignments"]:
            label = annotator.labels[assignment["task"]]
            self._submit(client, annotator, assignment, label)
        return bool(work["assignments"])

    def _submit(
        self, client: Client, annotator: Annotator, assignment: dict[str, Any], label: str
    ) -> None:
        try:
            sent = client.post(f"/assignments/{assignment['id']}/answer", {"label": label})
        except Refused as refusal:
            if refusal.code == "already_answered":
                self._note(annotator, assignment["task"], None)
            elif refusal.code == "assignment_expired":
                annotator.offers.append(assignment["task"])
            else:
                raise
        else:
            at = datetime.fromisoformat(sent["answer"]["submitted_at"])
            self._note(annotator, assignment["task"], at)

    def _note(self, annotator: Annotator, task: str, at: datetime | None) -> None:
        self.accepted.append(Accepted(task, annotator.name, annotator.labels[task], at))

    def _register(self, annotator: Annotator) -> None:
        try:
            body = {"external_id": annotator.name}
            self._client(annotator.marketplace).post("/annotators", body)
        except Refused as refusal:
            if refusal.code != "duplicate_external_id":
                raise

    def _client(self, key: str) -> Client:
        clients = self._local.__dict__.setdefault("clients", {})
        if key not in clients:
            clients[key] = Client(self._base_url, key)
            self._connections.append(clients[key])
        client: Client = clients[key]
        return client

    def _each(self, act: Callable[[Annotator], None], annotators: Sequence[Annotator]) -> None:
        with ThreadPoolExecutor(self._clients) as threads:
            list(threads.map(act, annotators))


def _cast(dataset: Dataset, keys: Sequence[str], seed: int) -> list[Annotator]:
    """Spread the annotators over the marketplaces, each with its answers in random order."""
    labels: dict[str, dict[str, str]] = {name: {} for name in dataset.annotators}
    for answer in dataset.answers:
        labels[answer.annotator][answer.task] = answer.label
    chance = random.Random(seed)
    annotators = [
        Annotator(name, keys[index % len(keys)], given, chance.sample(sorted(given), len(given)))
        for index, (name, given) in enumerate(labels.items())
    ]
    chance.shuffle(annotators)
    return annotators


def _offer_again(annotator: Annotator, tasks: set[str]) -> bool:
    again = [task for task in annotator.spared if task in tasks]
    annotator.spared = [task for task in annotator.spared if task not in tasks]
    annotator.offers += again
    return bool(again)
