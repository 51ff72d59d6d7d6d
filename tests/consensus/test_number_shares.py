"""Numbers and sets over time: what moved is found, what only looks so is not."""

from __future__ import annotations

import numpy as np
import pytest

from consensus.label_shares import set_shares
from consensus.number_shares import number_shares, quantiles_of
from consensus.votes import Floats, Votes
from consensus.whole.errors import errors_between, errors_of
from consensus.whole.set_confusion import set_coincidences, set_confusion

DAY = 86_400.0


def days(seed: int, codes: list[Floats], overlap: int = 2) -> Votes:
    """Make votes of answers by their numbers: for each day an array of tasks by answers."""
    chance = np.random.default_rng(seed)
    rows = []
    for day, said in enumerate(codes):
        for task, given in enumerate(said):
            for who, code in enumerate(given):
                at = (day + float(chance.uniform(0, 0.9))) * DAY
                rows.append(((day, task), who, str(int(code)), at))
    names = [str(code) for code in range(int(max(float(said.max()) for said in codes)) + 1)]
    return Votes.from_rows(rows, names)


def numbers_of(seed: int, means: Floats, tasks: int = 120) -> tuple[Votes, Floats]:
    """Plant numbers around a mean for each day; two answers a task, three on odd days."""
    chance = np.random.default_rng(seed)
    said = []
    for day, mean in enumerate(means):
        truth = chance.normal(mean, 12, tasks)[:, None]
        said.append(np.clip(np.rint(truth + chance.normal(0, 5, (tasks, 2 + day % 2))), 0, 100))
    return days(seed, said), np.arange(101.0)


def test_numbers_that_move_are_found_on_their_day() -> None:
    found = []
    for seed in range(5):
        votes, values = numbers_of(seed, np.where(np.arange(12) < 7, 50.0, 60.0))
        found.append(number_shares(votes, values, DAY))

    assert [f.reference for f in found] == [3] * 5
    assert {int(np.argmax(f.off)) for f in found} <= {7, 8}
    assert all(f.off[7:].any() for f in found)


def test_numbers_that_stay_raise_no_alarm_however_many_answer() -> None:
    alarms = []
    for seed in range(40):
        votes, values = numbers_of(100 + seed, np.full(15, 50.0), tasks=60)
        alarms.append(number_shares(votes, values, DAY).off.any())

    assert np.mean(alarms) <= 0.1


def test_the_interval_of_a_quantile_holds_it() -> None:
    chance = np.random.default_rng(2)
    told = [quantiles_of(chance.normal(0, 1, 80)) for _ in range(300)]

    held = np.mean([one[1, 2] <= 0 <= one[2, 2] for one in told])

    assert 0.92 < held < 0.99


@pytest.mark.parametrize(("moved", "found"), [(0.5, True), (0.2, False)])
def test_a_label_that_sets_hold_more_often_is_found_and_chance_is_not(
    moved: float, found: bool
) -> None:
    chosen = np.array([[code >> label & 1 for label in range(4)] for code in range(16)], bool)
    alarms = []
    for seed in range(20):
        chance = np.random.default_rng(seed)
        said = []
        for day in range(10):
            share = np.array([0.2, 0.5, 0.7, moved if day >= 6 else 0.2])
            truth = chance.random((100, 4)) < share
            given = truth[:, None] ^ (chance.random((100, 2, 4)) < 0.05)
            said.append(given @ (1 << np.arange(4)))
        alarms.append(set_shares(days(seed, said), chosen, DAY).off.any())

    assert np.mean(alarms) >= 0.95 if found else np.mean(alarms) <= 0.1


def test_a_set_counts_what_is_missing_for_what_is_there_instead() -> None:
    chosen = np.array([[1, 1, 0], [1, 0, 1], [1, 0, 0], [0, 0, 0]], bool)

    table = set_confusion(np.array([0, 0, 2]), np.array([1, 2, 0]), chosen)

    # 0 is right thrice; 1 is once missed for 2, once for nothing, and once too much
    assert table.tolist() == [[3, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0], [0, 1, 0, 0]]


def test_of_sets_with_one_label_the_table_is_that_of_labels() -> None:
    votes = Votes.from_rows([("t", "a", "0"), ("t", "b", "1"), ("t", "c", "1")], ["0", "1"])

    table = set_coincidences(votes, np.eye(2, dtype=bool))

    assert table[:2, :2].tolist() == [[0, 1], [1, 1]]
    assert table[2].sum() == table[:, 2].sum() == 0


def test_errors_of_one_task_go_together() -> None:
    chance = np.random.default_rng(4)
    held = []
    for _ in range(300):
        off = 2 + chance.normal(0, 3, 30)[:, None] + chance.normal(0, 1, (30, 5))
        found = errors_of(off.ravel(), np.repeat(np.arange(30), 5), 5.0)
        held.append(found.bias[1] <= 2 <= found.bias[2])

    assert 0.9 < np.mean(held) < 0.99
    assert (found.tasks, found.count) == (30, 150)


def test_two_answers_are_apart_whichever_comes_first() -> None:
    votes = Votes.from_rows([("t", "a", "0"), ("t", "b", "1"), ("u", "a", "1")], ["0", "1"])

    found = errors_between(votes, np.array([3.0, 7.0]), 5.0)

    assert (found.count, found.bias[0], found.absolute[0], found.within) == (1, 4.0, 4.0, 1)
