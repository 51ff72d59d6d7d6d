"""Plays recorded annotators against the API: each offers the answers it once gave."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from crowd.client import (
    AlreadyAnswered,
    Client,
    DuplicateExternalId,
    Expired,
    Lease,
    Progress,
    Task,
)
from crowd.demo.datasets import Dataset

#: Tasks an annotator asks for at a time.
BURST = 4
#: Pause of an annotator whose tasks are all waiting for a decision.
PAUSE_S = 0.05
#: How long the service may be away before we give up, in seconds.
PATIENCE_S = 90.0
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
        self.project_id = ""
        #: The requester's client, for whoever reads the outcome.
        self.requester = _client(base_url, requester_key)
        self._marketplaces = {key: _client(base_url, key) for key in marketplace_keys}
        self._clients = clients
        self._annotators = _cast(dataset, marketplace_keys, seed)

    def close(self) -> None:
        """Hang up every connection."""
        for client in (self.requester, *self._marketplaces.values()):
            client.close()

    def prepare(
        self,
        name: str,
        gold: dict[str, str],
        *,
        payload: Callable[[str], dict[str, Any]] = lambda task: {"item": task},
        **config: Any,
    ) -> None:
        """Make the project, import its tasks with the gold among them, register the annotators.

        `payload` says what is shown of a task, which the recording does not hold.
        """
        projects, labels = self.requester.projects, self.dataset.labels
        project = projects.create(name, labels, question=self.dataset.question, **config)
        self.project_id = project.id
        for marketplace in projects.marketplaces():
            projects.open_to(project.id, marketplace.id)
        tasks = (
            {"external_id": task, "payload": payload(task), "gold": gold.get(task)}
            for task in self.dataset.tasks
        )
        self.requester.imports.create(project.id, tasks)
        projects.start(project.id)
        self._each(self._register, self._annotators)

    def run(self, look_after: Callable[[], None] = lambda: None) -> None:
        """Offer every answer until each is taken or its task is resolved."""
        began = time.monotonic()
        for _ in range(ROUNDS):
            self._offer_all(look_after)
            self.settle(look_after)
            reopened = {task.external_id for task in self._open_tasks()}
            if not any(_offer_again(annotator, reopened) for annotator in self._annotators):
                break
        self.seconds = time.monotonic() - began

    def settle(self, look_after: Callable[[], None] = lambda: None) -> Progress:
        """Ask for a last fit, wait until it has seen every answer, and give the progress."""
        self.requester.projects.refit(self.project_id)
        before = self.progress().run_number
        while True:
            now = self.progress()
            fitted = now.run_answers == now.answers and now.run_number != before
            fitted = fitted and now.decided_run == now.run_number
            if not now.waiting and (fitted or not now.answers):
                return now
            look_after()
            time.sleep(0.1)

    def progress(self) -> Progress:
        """Read the project's progress."""
        return self.requester.projects.progress(self.project_id)

    def _open_tasks(self) -> Iterator[Task]:
        return self.requester.tasks.list(self.project_id, state="open")

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
        client = self._marketplaces[annotator.marketplace]
        names, annotator.offers = annotator.offers[:BURST], annotator.offers[BURST:]
        work = client.assignments.lease_named(self.project_id, annotator.name, names)
        for refusal in work.refused:
            match refusal.reason:
                case "task_closed":
                    annotator.spared.append(refusal.task)
                case "already_answered":  # the 201 was lost on its way, the answer was not
                    self._note(annotator, refusal.task, None)
                case _:
                    annotator.offers.append(refusal.task)
        for lease in work.assignments:
            self._submit(client, annotator, lease)
        return bool(work.assignments)

    def _submit(self, client: Client, annotator: Annotator, lease: Lease) -> None:
        task = lease.task or ""
        try:
            answer = client.answers.submit(lease.id, annotator.labels[task])
        except AlreadyAnswered:
            self._note(annotator, task, None)
        except Expired:
            annotator.offers.append(task)
        else:
            self._note(annotator, task, answer.submitted_at)

    def _note(self, annotator: Annotator, task: str, at: datetime | None) -> None:
        self.accepted.append(Accepted(task, annotator.name, annotator.labels[task], at))

    def _register(self, annotator: Annotator) -> None:
        with suppress(DuplicateExternalId):
            self._marketplaces[annotator.marketplace].annotators.register(annotator.name)

    def _each(self, act: Callable[[Annotator], None], annotators: Sequence[Annotator]) -> None:
        with ThreadPoolExecutor(self._clients) as threads:
            list(threads.map(act, annotators))


def _client(base_url: str, key: str) -> Client:
    # the service is on this machine: no proxy the environment names is meant for it
    return Client(
        base_url, key, retry_for=PATIENCE_S, transport=httpx.HTTPTransport(limits=httpx.Limits())
    )


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
