"""Who had best answer what next."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.ordering import Planted, replay
from consensus.methods.base import assumed_confusion
from consensus.suggest import suggest
from consensus.votes import Floats, Ints

NOTHING: Ints = np.empty(0, np.int64)
SURE, TORN, NEW = [0.98, 0.01, 0.01], [0.5, 0.49, 0.01], [1 / 3, 1 / 3, 1 / 3]


def crowd(annotators: int) -> Floats:
    return np.tile(assumed_confusion(3), (annotators, 1, 1))


def test_what_is_least_known_comes_first() -> None:
    posteriors, slots = np.array([SURE, TORN, NEW]), np.ones(3, np.int64)

    ((tasks, values),) = suggest(posteriors, crowd(1), [NOTHING], slots, most=3)

    assert tasks.tolist() == [2, 1, 0]
    assert values[0] > values[1] > values[2] > 0


def test_each_is_given_what_he_can_tell_apart() -> None:
    cat_or_dog, dog_or_fish = [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]
    knows_cats = [[0.98, 0.01, 0.01], [0.01, 0.49, 0.5], [0.01, 0.5, 0.49]]
    knows_fish = [[0.49, 0.5, 0.01], [0.5, 0.49, 0.01], [0.01, 0.01, 0.98]]

    lists = suggest(
        np.array([dog_or_fish, cat_or_dog]),
        np.array([knows_cats, knows_fish]),
        [NOTHING, NOTHING],
        np.ones(2, np.int64),
        most=1,
    )

    assert [tasks.tolist() for tasks, _ in lists] == [[1], [0]]


def test_nobody_is_suggested_a_task_again() -> None:
    posteriors, slots = np.array([NEW, NEW, SURE]), np.full(3, 5)

    lists = suggest(posteriors, crowd(2), [np.array([0, 2]), NOTHING], slots, most=3)

    assert lists[0][0].tolist() == [1]
    assert sorted(lists[1][0].tolist()) == [0, 1, 2]


def test_tasks_are_dealt_to_no_more_than_may_have_them_while_there_are_others() -> None:
    posteriors, slots = np.tile(NEW, (60, 1)), np.full(60, 2)

    lists = suggest(posteriors, crowd(6), [NOTHING] * 6, slots, most=20)

    given = np.concatenate([tasks for tasks, _ in lists])
    assert np.bincount(given, minlength=60).tolist() == [2] * 60


def test_a_list_is_filled_where_there_is_not_enough_for_all() -> None:
    posteriors, slots = np.array([TORN, NEW]), np.ones(2, np.int64)

    lists = suggest(posteriors, crowd(3), [NOTHING] * 3, slots, most=5)

    assert [sorted(tasks.tolist()) for tasks, _ in lists] == [[0, 1]] * 3


def test_without_tasks_or_annotators_there_is_nothing_to_suggest() -> None:
    none = np.empty((0, 3))

    assert suggest(none, crowd(0), [], NOTHING, most=5) == []
    ((tasks, values),) = suggest(none, crowd(1), [NOTHING], NOTHING, most=5)
    assert (len(tasks), len(values)) == (0, 0)


@pytest.mark.parametrize("other", ["random", "breadth"])
def test_the_most_informative_first_is_right_sooner_than(other: str) -> None:
    crowds = [Planted(seed=seed, tasks=200, annotators=20) for seed in range(3)]

    ours = [replay(planted, "informative") for planted in crowds]
    theirs = [replay(planted, other) for planted in crowds]

    assert np.mean([r.accuracy_at(2.5) for r in ours]) > np.mean(
        [r.accuracy_at(2.5) for r in theirs]
    )
