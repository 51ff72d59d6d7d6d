"""A round with a service that follows a script: who goes on, who waits, who is stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from crowd.client import AlreadyAnswered, Answer, Expired, Lease, Leased
from crowd.simulation import rounds
from crowd.simulation.cast import cast
from crowd.simulation.items import Item, plant
from crowd.simulation.rounds import Round
from crowd.simulation.shifts import Shift
from crowd.simulation.stage import Player, Stage

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ITEMS = plant(0, 40, 2)
LABELS = ("a", "b")


class Scripted:
    """Stands in for a marketplace's client; each annotator has a script of its own."""

    def __init__(self) -> None:
        self.scripts: dict[str, list[Leased]] = {}
        self.fail: dict[str, Exception] = {}
        self.submitted: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self.busy = self.busiest = 0
        self._lock = threading.Lock()
        self.assignments = self.answers = self

    def lease(self, project_id: str, annotator: str) -> Leased:
        with self._lock:
            self.asked.append(annotator)
            script = self.scripts[annotator]
            return script.pop(0) if len(script) > 1 else script[0]

    def submit(self, assignment_id: str, label: str) -> Answer:
        with self._lock:
            self.submitted.append((assignment_id, label))
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        try:
            if assignment_id in self.fail:
                raise self.fail[assignment_id]
            return Answer(assignment_id, assignment_id, "t", label, NOW, 0.5)
        finally:
            with self._lock:
                self.busy -= 1


def work(item: Item, assignment: str = "x") -> Leased:
    lease = Lease(assignment, "p", "t", item.payload, "?", LABELS, NOW, NOW)
    return Leased((lease,))


def none(reason: str, retry_after: float | None = None) -> Leased:
    return Leased((), reason=reason, retry_after=retry_after)


@pytest.fixture
def service() -> Scripted:
    return Scripted()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "QUIET_S", 0.3)
    monkeypatch.setattr(rounds, "PATIENCE_S", 0.8)
    monkeypatch.setattr(rounds, "SHORTEST_WAIT_S", 0.02)


@pytest.fixture
def played(service: Scripted) -> Callable[..., Sequence[Shift]]:
    def play(pace: float = 0.0, kind: str = "honest") -> Sequence[Shift]:
        names = list(service.scripts)
        crowd = cast(1, len(names), {kind: 1.0}, 2)
        players = [Player(one, name, name) for one, name in zip(crowd, names, strict=True)]
        items: Any = {item.name: item for item in ITEMS}
        client: Any = service
        stage = Stage(client, client, "p", items, LABELS, frozenset(), players)
        shifts = [Shift(player) for player in players]
        Round(stage, shifts, pace=pace, threads=4).run()
        return shifts

    return play


Play = Callable[..., Sequence[Shift]]


def test_everybody_works_until_all_is_done(service: Scripted, played: Play) -> None:
    service.scripts = {n: [*map(work, ITEMS), none("all_done")] for n in ("ann", "bob")}

    ann, bob = played()

    assert (len(ann.given), len(bob.given)) == (40, 40)
    assert ann.reason == "all_done"
    assert not ann.is_stopped
    said = [LABELS[ann.player.annotator.label(item, n)] for n, item in enumerate(ITEMS)]
    assert [LABELS[given.label] for given in ann.given] == said


@pytest.mark.parametrize(
    "reason", ["blocked", "not_in_pool", "not_qualified", "retraining_required"]
)
def test_who_is_stopped_asks_no_more_and_others_go_on(
    service: Scripted, played: Play, reason: str
) -> None:
    service.scripts["ann"] = [work(ITEMS[0]), none(reason, 1)]
    service.scripts["bob"] = [*map(work, ITEMS), none("all_done")]

    ann, bob = played()

    assert (ann.is_stopped, len(ann.given), service.asked.count("ann")) == (True, 1, 2)
    assert (bob.is_stopped, len(bob.given)) == (False, 40)


@pytest.mark.parametrize("reason", ["paused", "limit_reached", "none_left_for_you"])
def test_who_is_told_to_come_back_does(service: Scripted, played: Play, reason: str) -> None:
    service.scripts["ann"] = [none(reason, 30), work(ITEMS[0]), none("all_done")]

    (ann,) = played(pace=200.0)

    assert len(ann.given) == 1
    assert service.asked == ["ann"] * 3


def test_a_round_in_which_nothing_moves_ends(service: Scripted, played: Play) -> None:
    service.scripts = {"ann": [none("none_left_for_you", 0)], "bob": [none("paused", 0)]}

    ann, bob = played()

    assert (ann.given, bob.given) == ([], [])


def test_what_came_too_late_is_no_answer_and_a_lost_word_is_one(
    service: Scripted, played: Play
) -> None:
    service.scripts["ann"] = [work(ITEMS[0], "late"), work(ITEMS[1], "lost"), none("all_done")]
    service.fail = {
        "late": Expired(410, "expired", "too late"),
        "lost": AlreadyAnswered(409, "already_answered", "stored"),
    }

    (ann,) = played()

    assert (ann.late, [given.item for given in ann.given]) == (1, [ITEMS[1]])
    assert ann.given[0].seen_s is None


def test_an_error_ends_the_round(service: Scripted, played: Play) -> None:
    service.scripts["ann"] = [work(ITEMS[0], "bad")]
    service.fail["bad"] = RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        played()


def test_time_passes_divided_by_the_pace_and_for_all_at_once(
    service: Scripted, played: Play
) -> None:
    service.scripts = {f"a{n}": [work(ITEMS[n]), none("all_done")] for n in range(30)}
    began = datetime.now(UTC)

    shifts = played(pace=100.0, kind="bot")

    seconds = (datetime.now(UTC) - began).total_seconds()
    # a second of each, a hundredth of it real, however many there are
    assert 0.01 <= seconds < 1
    assert [shift.given[0].thought_s for shift in shifts] == [1.0] * 30
    assert shifts[0].given[0].seen_s == 50.0
    assert service.busiest <= 4
