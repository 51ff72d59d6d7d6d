"""Shares of labels over time: what moved is found, what only looks so is not."""

from __future__ import annotations

import numpy as np
import pytest

from consensus.agreement import krippendorff_alpha, over_time
from consensus.label_shares import label_shares
from consensus.looks import limits, unlike_before
from consensus.votes import Votes
from tests.consensus.planted_crowd import labels_given, votes_of, who_answers

DAY = 86_400.0


def days(seed: int, truth_share: np.ndarray, accuracy: np.ndarray, a_day: int = 150) -> Votes:
    """Plant as many days as there are shares of label 0 and accuracies, three answers a task."""
    chance = np.random.default_rng(seed)
    day = np.repeat(np.arange(len(truth_share)), a_day)
    truth = (chance.random(len(day)) > truth_share[day]).astype(np.int64)
    who = who_answers(chance, 12, len(day), 3)
    right = chance.random(who.shape) < accuracy[day][:, None]
    at = (day[:, None] + chance.uniform(0, 0.9, who.shape)) * DAY
    return votes_of(who, labels_given(chance, truth[:, None], right, 2), 2, at=at)


def test_looks_share_out_the_chance_of_a_false_alarm() -> None:
    assert limits(10_000).sum() == pytest.approx(0.05, abs=1e-4)
    assert limits(9)[:3].tolist() == limits(3).tolist()


def test_a_share_that_moves_is_found_on_its_day() -> None:
    share = np.where(np.arange(20) < 12, 0.3, 0.55)
    found = [label_shares(days(seed, share, np.full(20, 0.9)), DAY) for seed in range(10)]

    assert {int(np.argmax(f.off)) for f in found if f.off.any()} <= {12, 13}
    assert np.mean([f.off[12:].any() for f in found]) == 1
    assert [f.reference for f in found] == [2] * 10


def test_shares_that_stay_raise_no_alarm_however_often_one_looks() -> None:
    alarms = []
    for seed in range(80):
        votes = days(seed, np.full(30, 0.3), np.full(30, 0.85), a_day=80)
        alarms.append(label_shares(votes, DAY).off.any())

    assert np.mean(alarms) < 0.1


def test_a_rare_label_raises_no_alarm_by_a_few_of_its_tasks() -> None:
    alarms = [
        label_shares(days(seed, np.full(30, 0.01), np.ones(30), 100), DAY, (0.01, 0.99)).off.any()
        for seed in range(80)
    ]

    assert np.mean(alarms) < 0.1


def test_what_was_expected_may_be_said_instead() -> None:
    votes = days(0, np.full(4, 0.3), np.ones(4))

    right = label_shares(votes, DAY, (0.3, 0.7))
    wrong = label_shares(votes, DAY, (0.5, 0.5))

    assert not right.off.any()
    assert wrong.off.all()
    assert wrong.reference == 0


def test_answers_to_one_task_are_one_draw() -> None:
    rows = [("t", f"w{i}", "x", 0.0) for i in range(40)] + [("u", "w", "y", 0.0)]

    found = label_shares(Votes.from_rows(rows, ("x", "y")), DAY, (0.5, 0.5))

    assert found.tasks.tolist() == [2]
    assert found.shares[0].tolist() == pytest.approx([0.5, 0.5])
    assert not found.off.any()


def flagged(seed: int, accuracy: np.ndarray) -> np.ndarray:
    votes = days(seed, np.full(16, 0.4), accuracy)
    return unlike_before(over_time(votes, krippendorff_alpha, DAY, resamples=200)[1])[1]


def test_agreement_that_falls_is_found_and_that_which_stays_is_not() -> None:
    falls = np.where(np.arange(16) < 10, 0.9, 0.72)

    found = [flagged(seed, falls)[10:].any() for seed in range(15)]
    alarms = [flagged(seed, np.full(16, 0.85)).any() for seed in range(120)]

    assert np.mean(found) > 0.9
    assert np.mean(alarms) < 0.12


def test_days_with_nothing_to_compare_are_passed_over() -> None:
    rows = [("t", "a", "x", 0.0), ("u", "a", "x", 2 * DAY)]
    _, series = over_time(Votes.from_rows(rows, ("x", "y")), krippendorff_alpha, DAY)

    p_value, flagged = unlike_before(series)

    assert p_value.tolist() == [1.0, 1.0]
    assert not flagged.any()
