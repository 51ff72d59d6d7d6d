"""The whole road on real processes: nothing lost, nothing doubled, whatever is killed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import psycopg
import pytest

from crowd.demo.datasets import Dataset, Recorded
from crowd.demo.replay import Replay
from crowd.demo.report import summarise
from crowd.servers.folder import Folder
from tests.walk.conftest import Service

RULES = {
    "more answers than the cap": """
        SELECT count(*) FROM tasks t
        WHERE (SELECT count(*) FROM answers WHERE task_id = t.id) > t.cap""",
    "counters that are not the rows": """
        SELECT count(*) FROM tasks t
        WHERE t.answered <> (SELECT count(*) FROM answers WHERE task_id = t.id)
           OR t.leased <> (SELECT count(*) FROM assignments
                           WHERE task_id = t.id AND state = 'leased')""",
    "an annotator who answered a task twice": """
        SELECT count(*) FROM (SELECT FROM answers GROUP BY task_id, annotator_id
                              HAVING count(*) > 1) twice""",
    "answers no decision has seen": "SELECT count(*) FROM tasks WHERE seen <> answered",
}


def crowd_of(tasks: int, annotators: int, seed: int = 5) -> Dataset:
    """Everybody answers every task, right four times in five."""
    chance = random.Random(seed)
    truth = {f"t{i}": chance.choice(["yes", "no"]) for i in range(tasks)}
    answers = [
        Recorded(task, f"w{w}", label if chance.random() < 0.8 else "maybe")
        for task, label in truth.items()
        for w in range(annotators)
    ]
    return Dataset("crowd", "yes or no?", tuple(answers), truth)


@pytest.fixture
def replays() -> Iterator[list[Replay]]:
    """Every replay a test starts is hung up at its end."""
    started: list[Replay] = []
    yield started
    for replay in started:
        replay.close()


def replay_on(service: Service, replays: list[Replay], dataset: Dataset, **config: Any) -> Replay:
    replay = Replay(
        service.base_url,
        dataset,
        requester_key=service.key("requester", "requester"),
        marketplace_keys=[service.key(name, "marketplace") for name in ("A", "B")],
        clients=4,
    )
    replays.append(replay)
    replay.prepare("walk", dataset.gold(0.1, 0), **{"overlap_min": 3, "overlap_max": 6, **config})
    return replay


def assert_nothing_lost_or_doubled(service: Service, replay: Replay) -> None:
    with psycopg.connect(Folder(service.folder).database_url) as connection:
        for rule, query in RULES.items():
            assert connection.execute(query).fetchone() == (0,), rule  # type: ignore[call-overload]
        stored = connection.execute(
            "SELECT t.external_id, a.external_id, x.label FROM answers x "
            "JOIN tasks t ON t.id = x.task_id JOIN annotators a ON a.id = x.annotator_id"
        ).fetchall()
    acknowledged = [(a.task, a.annotator, a.label) for a in replay.accepted]
    assert sorted(stored) == sorted(acknowledged)


def test_recorded_answers_become_labels(service: Service, replays: list[Replay]) -> None:
    dataset = crowd_of(60, 8)
    replay = replay_on(service, replays, dataset)

    replay.run()

    summary = summarise(replay, dataset.gold(0.1, 0))
    assert (summary.over_assigned, summary.lost) == (0, 0)
    assert summary.accuracy_consensus >= 0.9
    assert summary.answers_collected < summary.answers_offered
    assert_nothing_lost_or_doubled(service, replay)
    assert "BAD" not in service.crowd("doctor")
    assert service.stop() == 0


def test_whatever_is_killed_on_the_way_nothing_is_lost_or_doubled(
    service: Service, replays: list[Replay]
) -> None:
    dataset = crowd_of(150, 8)
    # every task wants everybody's answer: the totals are known beforehand
    replay = replay_on(service, replays, dataset, overlap_min=8, overlap_max=8)
    failed: list[BaseException] = []
    player = threading.Thread(target=_collect(failed, replay.run))
    player.start()

    for victim in ("granian", "workers relay", "workers worker", "workers scheduler",
                   "bin/redis-server", "bin/postgres"):  # fmt: skip
        time.sleep(0.7)
        service.kill(victim)
    time.sleep(2)
    service.kill_everything()
    service.start()
    player.join(240)

    assert not failed
    assert not player.is_alive()
    assert replay.progress().answers == len(dataset.answers) == 1200
    assert_nothing_lost_or_doubled(service, replay)
    assert service.stop() == 0


def _collect(failed: list[BaseException], act: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            act()
        except BaseException as error:
            failed.append(error)

    return run


def test_the_work_of_a_killed_worker_is_done_within_thirty_seconds(
    service: Service, replays: list[Replay]
) -> None:
    replay = replay_on(service, replays, crowd_of(5, 3), overlap_max=3)
    service.kill("workers worker")
    replay._offer_all(lambda: None)
    service.kill("workers worker")

    began = time.monotonic()
    while replay.progress().waiting:
        assert time.monotonic() - began < 30
        time.sleep(0.1)


def test_a_killed_web_server_leaves_nobody_behind(service: Service) -> None:
    web = service.processes("granian")

    service.kill("granian")

    assert len(web) == 3
    deadline = time.monotonic() + 10
    while any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in web):
        assert time.monotonic() < deadline
        time.sleep(0.05)
