"""Annotators who are alike after a few answers, and those who only have the same habits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from consensus.likeness import Likeness, likeness
from consensus.methods.dawid_skene import DawidSkene
from consensus.votes import Floats, Votes
from tests.consensus.planted_crowd import Planted, labels_given, votes_of, who_answers

RING = np.arange(4)
LABELS = 4


def crowd(
    seed: int, *, tasks: int = 15, size: int = 30, ring: bool = True, tempting: float = 0.0
) -> Planted:
    """Plant a crowd of which all have answered all: the first four with one voice, if in a ring.

    To some share of the tasks most wrong answers are the same one.
    """
    chance = np.random.default_rng(seed)
    truth, who = (
        chance.integers(LABELS, size=tasks)[:, None],
        who_answers(chance, size, tasks, size),
    )
    accuracy = chance.uniform(0.65, 0.95, size)
    accuracy[RING] = 0.55
    lured = chance.random((tasks, 1)) < tempting
    right = chance.random(who.shape) < np.where(lured, 0.3, accuracy[who])
    given = labels_given(chance, truth, right, LABELS)
    trap = (truth + chance.integers(1, LABELS, (tasks, 1))) % LABELS
    given = np.where(lured & ~right & (chance.random(who.shape) < 0.8), trap, given)
    if ring:
        at_leader = (given * (who == RING[0])).sum(axis=1, keepdims=True)
        given = np.where(np.isin(who, RING), at_leader, given)
    return Planted(votes_of(who, given, LABELS), truth[:, 0])


def found(planted: Planted, share: float = 1.0) -> Likeness:
    known = planted.gold(share)
    return likeness(planted.votes, DawidSkene().fit(planted.votes, known), known)


def alike(planted: Planted, share: float = 1.0, below: float = 0.01) -> npt.NDArray[np.bool_]:
    return found(planted, share).chance < below


def test_a_ring_is_found_after_fifteen_answers_of_which_the_truth_is_known() -> None:
    suspected = np.array([alike(crowd(seed)) for seed in range(20)])

    assert suspected[:, RING].mean() >= 0.95
    assert suspected[:, len(RING) :].mean() <= 0.005


def test_a_ring_is_found_by_more_answers_where_the_truth_is_not_known() -> None:
    suspected = np.array([alike(crowd(seed, tasks=40), share=0) for seed in range(10)])

    assert suspected[:, RING].mean() >= 0.95
    assert suspected[:, len(RING) :].mean() <= 0.005


def test_a_partner_is_one_of_the_ring() -> None:
    seen = found(crowd(1))

    assert set(seen.partner[RING]) <= set(RING)
    assert (seen.common[RING] == 15).all()
    assert (seen.same[RING] == 15).all()


def test_the_independent_are_suspected_no_oftener_than_the_chance_says() -> None:
    chances: Floats = np.concatenate([found(crowd(n, ring=False)).chance for n in range(20)])

    for level in (0.05, 0.01, 0.001):
        assert (chances < level).mean() <= level


def test_tasks_that_mislead_most_make_nobody_a_copier() -> None:
    suspected = [alike(crowd(n, tasks=30, ring=False, tempting=0.4), share=0) for n in range(10)]

    assert np.mean(suspected) <= 0.005


def test_those_who_always_say_the_same_have_a_habit_in_common() -> None:
    planted = crowd(3, tasks=40, ring=False)
    votes = planted.votes
    label = np.where(np.isin(votes.annotator, RING), 2, votes.label)
    biased = Votes.from_columns(votes.task, votes.annotator, label.astype(str), list("0123"))

    known = {task: str(planted.truth[task]) for task in biased.task_ids[:20]}
    seen = likeness(biased, DawidSkene().fit(biased, known), known)

    assert (seen.chance > 0.05).all()


def test_who_is_compared_may_be_named_and_partners_are_found_too() -> None:
    planted = crowd(1)
    known = planted.gold(1)
    fit = DawidSkene().fit(planted.votes, known)
    only = np.zeros(planted.votes.shape[1], np.bool_)
    only[0] = True

    seen = likeness(planted.votes, fit, known, of=only)

    assert seen.chance[0] == found(planted).chance[0]
    assert seen.chance[seen.partner[0]] <= 0.05
    assert (seen.chance < 1).sum() <= 4


def test_few_tasks_in_common_say_nothing() -> None:
    planted = crowd(1, tasks=4)

    assert (found(planted).chance == 1).all()


def test_what_makes_no_sense_is_refused() -> None:
    planted = crowd(1)
    fit = DawidSkene().fit(planted.votes)

    with pytest.raises(ValueError, match="least_common"):
        likeness(planted.votes, fit, least_common=0)
    with pytest.raises(ValueError, match="do not match"):
        likeness(crowd(1, tasks=3).votes, fit)
