"""The cap under a storm: whatever clients and crashes do, no answer is lost, doubled or too many.

CROWD_STORM sets how many assignments are driven, CROWD_STORM_SEED what happens in which order.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from crowd.schemas.fields import reference_of
from tests.walk.cap_rules import Watch, broken_promises, broken_rules, wrongly_refused
from tests.walk.conftest import Service
from tests.walk.stage import ASSIGNMENTS, CLIENTS, FIXED, SEED, Stage

#: Late answers handed in once the storm is over.
LATE = 80
#: What a late answer is told, by the state of its assignment and whether a slot is free.
RULE = {
    ("expired", True): "201",
    ("expired", False): "410 assignment_expired",
    ("blocked", True): "409 assignment_closed",
    ("blocked", False): "409 assignment_closed",
    ("returned", True): "409 assignment_closed",
    ("returned", False): "409 assignment_closed",
    ("answered", True): "409 already_answered",
    ("answered", False): "409 already_answered",
}
_LATE = """
SELECT CASE WHEN n.state = 'blocked' AND s.state = 'expired' THEN 'blocked' ELSE s.state END,
       t.open, t.project_id::text, t.external_id
FROM assignments s JOIN tasks t ON t.id = s.task_id JOIN annotators n ON n.id = s.annotator_id
WHERE s.id = '{id}' AND t.{fixed}
"""


@pytest.fixture
def stage(service: Service) -> Iterator[Stage]:
    stage = Stage(service)
    yield stage
    stage.close()
    # shown when the test fails, and with -s
    outcomes = json.dumps(stage.log().outcomes, indent=1, sort_keys=True)
    sys.stdout.write(f"CROWD_STORM={ASSIGNMENTS} CROWD_STORM_SEED={SEED}\n{outcomes}\n")
    sys.stdout.write(f"{stage.times} {stage.quiet} deadlocks: {stage.deadlocks}\n")


def test_in_a_storm_nothing_is_lost_doubled_or_over_collected(stage: Stage) -> None:
    watch = Watch(stage.url, lambda: sum(len(c.log.acknowledged) for c in stage.clients))
    stage.closing.callback(watch.stop)
    watch.start()

    for act in (storm, settle, answer_late_in_the_quiet, drain):
        began = time.monotonic()
        act(stage)
        stage.times[act.__name__] = round(time.monotonic() - began, 1)

    watch.stop()
    stage.deadlocks = stage.rows("SELECT sum(deadlocks) FROM pg_stat_database")[0][0]
    assert not watch.broken
    assert watch.looks >= 3
    log = stage.log()
    with psycopg.connect(stage.url) as connection:
        assert not broken_rules(connection)
        assert not broken_promises(connection, log)
        rows = stage.rows(f"SELECT id FROM tasks WHERE {of(FIXED)}")
        # as the clients know them
        fixed = {reference_of(task_id) for (task_id,) in rows}
        refused = [gone for gone in log.gone if gone.held.task_id in fixed]
        judged, wrong = wrongly_refused(connection, refused, log.leased)
    assert not wrong
    assert judged
    assert stage.quiet["201"]
    assert stage.quiet["410 assignment_expired"]
    assert not log.unexpected
    assert log.outcomes["handed out"] >= ASSIGNMENTS * 0.9
    assert_every_task_is_finished(stage)
    assert stage.service.stop() == 0


def of(names: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{name}'" for name in names)
    return f"project_id IN (SELECT id FROM projects WHERE name IN ({listed}))"


def storm(stage: Stage) -> None:
    with trouble(stage), ThreadPoolExecutor(CLIENTS) as threads:
        for done in [threads.submit(client.run) for client in stage.clients]:
            done.result()


@contextmanager
def trouble(stage: Stage) -> Iterator[None]:
    """Kill, reconfigure and block while the clients are at work."""
    over, failed = threading.Event(), []

    def guarded(act: Callable[[Stage, threading.Event], None]) -> None:
        try:
            act(stage, over)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(act,)) for act in (_upset, _block)]
    for thread in threads:
        thread.start()
    yield
    over.set()
    for thread in threads:
        thread.join()
    assert not failed, failed
    stage.change("adaptive", state="running")


def _upset(stage: Stage, over: threading.Event) -> None:
    """Do one thing after another, spread over the storm."""
    kill, change = stage.service.kill, stage.change
    acts: list[Callable[[], None]] = [
        lambda: change("moved", overlap_min=4, overlap_max=6),
        # parents come first: the second is a web process, the first their master
        lambda: stage.service.processes("granian")[1].kill(),
        lambda: change("adaptive", state="paused"),
        lambda: kill("workers worker"),
        lambda: change("moved", overlap_min=1, overlap_max=2),
        lambda: kill("granian"),
        lambda: change("adaptive", state="running"),
        lambda: stage.service.processes("granian")[-1].kill(),
        lambda: kill("workers relay"),
        lambda: change("moved", overlap_min=3, overlap_max=5),
        lambda: kill("workers worker"),
    ]
    for number, act in enumerate(acts, start=1):
        while stage.goal.left > ASSIGNMENTS * (1 - number / (len(acts) + 1)):
            if over.wait(0.05):
                break
        act()


def _block(stage: Stage, over: threading.Event) -> None:
    """Block one annotator after another; no more than a few at a time."""
    chance, blocked = random.Random(SEED), []
    known = [list(market.annotators.list()) for market in stage.markets]
    while not over.wait(0.3):
        side = chance.randrange(2)
        blocked.append((side, chance.choice(known[side]).id))
        stage.markets[side].annotators.block(blocked[-1][1], reason="storm")
        if len(blocked) > 5:
            free_side, free = blocked.pop(0)
            stage.markets[free_side].annotators.unblock(free)


def settle(stage: Stage) -> None:
    """Wait until every abandoned lease has ended by itself."""
    until(lambda: not stage.rows("SELECT FROM assignments WHERE state = 'leased' LIMIT 1"), 90)


def answer_late_in_the_quiet(stage: Stage) -> None:
    """Hand in late while nobody else moves: taken where the slot is free, 410 where it is not."""
    late = [(c, held) for c in stage.clients for held in list(c.abandoned)[:4]]
    for number, (client, held) in enumerate(late[:LATE]):
        if not (found := stage.rows(_LATE.format(id=held.id, fixed=of(FIXED)))):
            continue
        if number % 2:
            # somebody else takes the slot, where only one was left
            project, task = found[0][2:]
            wish = {"project_id": project, "annotator": f"late{held.key == stage.keys[1]}"}
            client.answer_all(wish | {"tasks": [task]}, held.key)
        state, is_free = stage.rows(_LATE.format(id=held.id, fixed=of(FIXED)))[0][:2]
        reply = client.submit(held, {"label": "maybe"})
        assert f"{reply.status} {reply.code}".strip() == RULE[state, is_free], (held, reply)
        stage.quiet[RULE[state, is_free]] += 1


def drain(stage: Stage) -> None:
    """Let fresh annotators finish what is left, until no task wants another answer."""
    finishers = stage.enlist("f", 24)
    workers = [stage.client(CLIENTS + n, finishers[n::8]) for n in range(8)]
    stage.clients += workers
    # what is decided, or fitted anew, may ask for more
    wanting = """
        SELECT FROM tasks WHERE open OR seen <> answered
        UNION ALL
        SELECT FROM outbox WHERE topic IN ('answer.submitted', 'refit.requested') LIMIT 1"""

    def work(number: int) -> None:
        while stage.rows(wanting):
            if not sum(workers[number].finish(*who) for who in finishers[number::8]):
                time.sleep(0.2)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))


def assert_every_task_is_finished(stage: Stage) -> None:
    unfinished = """
        SELECT p.name, t.external_id, t.state, t.wanted, t.cap, t.leased, t.answered, t.seen
        FROM tasks t JOIN projects p ON p.id = t.project_id
        WHERE t.state = 'open' OR t.leased > 0"""
    assert stage.rows(unfinished) == []
    assert stage.rows(f"SELECT * FROM tasks WHERE answered <> cap AND {of(FIXED)}") == []


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)
