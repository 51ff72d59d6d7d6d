"""Numbers finer than the steps that the engine knows."""

from __future__ import annotations

import numpy as np
import pytest

from consensus.votes import Floats, Ints
from consensus.whole import exactness, finely, near

EDGES, SLACK = np.linspace(0, 50, 21), 0.5


def counted(share: float, tasks: int = 400, answers: int = 4) -> tuple[Ints, Floats, Floats]:
    """Answers of people who count right so often, and else are off by one or two; and the truth."""
    chance = np.random.default_rng(7)
    truth = chance.integers(3, 48, tasks).astype(np.float64)
    task = np.arange(tasks).repeat(answers)
    off = chance.choice([-2, -1, 1, 2], len(task)) * (chance.random(len(task)) > share)
    return task, truth[task] + off, truth


@pytest.mark.parametrize("share", [0.6, 0.8, 0.95])
def test_who_counts_is_found_to_be_exact(share: float) -> None:
    task, values, _ = counted(share)

    assert share - 0.1 < exactness(task, values, EDGES, SLACK) < share + 0.12


def test_who_guesses_is_not_and_one_who_is_alone_proves_nothing() -> None:
    chance = np.random.default_rng(1)
    task = np.arange(500).repeat(4)
    guesses = np.clip(chance.uniform(5, 45, 500)[task] + chance.normal(0, 3, len(task)), 0, 50)

    assert exactness(task, guesses, EDGES, SLACK) < 0.15
    assert exactness(np.arange(9), np.full(9, 12.0), EDGES, SLACK) == 0.0
    assert exactness(task, guesses, EDGES, 2.5) == 0.0


def test_nothing_is_finer_than_the_steps_where_nobody_is_exact() -> None:
    rows = np.random.default_rng(1).dirichlet(np.ones(20), 3)
    task, values = np.array([0, 1, 2]), np.array([3.0, 7.0, 12.0])

    fine, ends = finely(rows, task, values, EDGES, SLACK, 0.0)

    assert (fine == rows).all()
    assert near(fine, ends, np.array([3.75]), 1.25)[0] == pytest.approx(rows[0, 1])


@pytest.mark.parametrize("share", [0.6, 0.9])
def test_what_is_stated_is_as_often_right(share: float) -> None:
    task, values, truth = counted(share)
    rows = np.zeros((len(truth), 20))
    rows[np.arange(len(truth)), np.searchsorted(EDGES, truth, "right") - 1] = 1.0
    exact = exactness(task, values, EDGES, SLACK)

    fine, ends = finely(rows, task, values, EDGES, SLACK, exact)
    places = np.arange(51.0)
    stated = near(fine, ends, places, SLACK)
    right = np.abs(places[stated.argmax(axis=1)] - truth) <= SLACK

    assert fine.sum() == pytest.approx(len(truth))
    assert abs(stated.max(axis=1).mean() - right.mean()) < 0.06
    assert right.mean() > 0.85
