"""Sets and numbers judged by what the others say: planted truth is found, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from consensus.drift import drift_of
from consensus.methods import make_method
from consensus.peers import Evidence
from consensus.skills import skills
from consensus.votes import Floats, Ints, Votes
from consensus.whole import (
    JudgedNumbers,
    JudgedSets,
    pairs_of,
    steps_of_values,
    steps_within,
)
from tests.consensus.planted_crowd import who_answers

SLACK, EDGES = 5.0, np.linspace(0, 100, 21)
LABELS = 5


def whole(who: Ints, codes: Ints, answers: int) -> Votes:
    """Make votes of answers by their numbers, a minute between two of them."""
    tasks = np.repeat(np.arange(len(who)), who.shape[1])
    at = np.arange(who.size) * 60.0
    names = [str(code) for code in range(answers)]
    said = [names[code] for code in codes.ravel()]
    return Votes.from_columns(tasks.tolist(), who.ravel().tolist(), said, names, at=at.tolist())


def judged_numbers(
    seed: int, spread: Floats, tasks: int = 300, known: int = 0
) -> tuple[JudgedNumbers, Floats, Ints]:
    """Plant annotators with errors of a spread, (A,) or (A, T), six a task; some truths are known.

    Gives the truth as well, and which annotator is which row of the votes.
    """
    chance = np.random.default_rng(seed)
    truth, who = chance.uniform(10, 90, tasks), who_answers(chance, len(spread), tasks, 6)
    by_task = spread[who, np.arange(tasks)[:, None]] if spread.ndim == 2 else spread[who]
    said = np.clip(truth[:, None] + chance.normal(0, 1, who.shape) * by_task, 0, 100)
    values, codes = np.unique(said, return_inverse=True)
    votes = whole(who, codes.reshape(who.shape), len(values))
    told = np.where(np.arange(tasks) < known, truth, np.nan)
    return judge_numbers(votes, values, told), truth, np.array(votes.annotator_ids)


def judge_numbers(votes: Votes, values: Floats, told: Floats) -> JudgedNumbers:
    names = [f"step {place}" for place in range(len(EDGES) - 1)]
    place = steps_of_values(values, EDGES)
    steps = replace(votes, label=place[votes.label], label_set=tuple(names))
    sure = np.flatnonzero(~np.isnan(told)).tolist()
    gold = {task: names[steps_of_values(told[[task]], EDGES)[0]] for task in sure}
    fit = make_method("ordinal-dawid-skene").fit(steps, gold)
    by_row = told[np.array(votes.task_ids)]
    evidence = Evidence.of(steps, fit, gold)
    return JudgedNumbers(votes, values, steps, EDGES, SLACK, evidence, by_row)


def judged_sets(
    seed: int, right: Floats, tasks: int = 300, known: int = 0, wrong: int = 0
) -> tuple[JudgedSets, Ints]:
    """Plant annotators right in each label with a chance, (A,) or (A, T), six a task.

    The first `wrong` of the known sets have one label too many or too few.
    """
    chance = np.random.default_rng(seed)
    truth, who = chance.random((tasks, LABELS)) < 0.4, who_answers(chance, len(right), tasks, 6)
    by_task = right[who, np.arange(tasks)[:, None]] if right.ndim == 2 else right[who]
    flipped = chance.random((*who.shape, LABELS)) > by_task[:, :, None]
    given = (truth[:, None] ^ flipped).reshape(-1, LABELS)
    chosen, codes = np.unique(given, axis=0, return_inverse=True)
    votes = whole(who, codes.reshape(who.shape), len(chosen))
    pairs, answer = pairs_of(votes, chosen)
    told = truth.copy()
    told[np.arange(wrong), chance.integers(LABELS, size=wrong)] ^= True
    ids = np.array(votes.task_ids)
    told, is_known = told[ids], ids < known
    rows = np.flatnonzero(is_known)
    gold = {
        int(row) * LABELS + label: ("no", "yes")[int(told[row, label])]
        for row in rows
        for label in range(LABELS)
    }
    fit = make_method("one-coin").fit(pairs, gold)
    judged = JudgedSets(votes, chosen, pairs, answer, Evidence.of(pairs, fit, gold), told, is_known)
    return judged, np.array(votes.annotator_ids)


def test_pairs_are_the_answers_label_by_label() -> None:
    judged, _ = judged_sets(1, np.full(8, 0.9), tasks=20)

    pairs, answer = judged.pairs, judged.answer

    task, label = np.divmod(pairs.task, LABELS)
    assert (np.diff(pairs.task) >= 0).all()
    assert (task == judged.votes.task[answer]).all()
    assert (pairs.annotator == judged.votes.annotator[answer]).all()
    assert (pairs.label == judged.chosen[judged.votes.label[answer], label]).all()


def test_accuracy_is_of_whole_sets_and_of_numbers_near_enough() -> None:
    of_sets, _ = judged_sets(2, np.full(12, 0.9))
    of_numbers, truth, _ = judged_numbers(2, np.full(12, 4.0))

    given = of_numbers.values[of_numbers.votes.label]
    near = np.abs(given - truth[np.array(of_numbers.votes.task_ids)][of_numbers.votes.task])
    assert of_sets.centre == pytest.approx(0.9**LABELS, abs=0.05)
    assert of_numbers.centre == pytest.approx((near <= SLACK).mean(), abs=0.06)


def test_what_is_known_is_certain() -> None:
    judged, truth, _ = judged_numbers(3, np.full(12, 4.0), known=50)

    given, task = judged.values[judged.votes.label], np.array(judged.votes.task_ids)
    known = task[judged.votes.task] < 50
    near = np.abs(given - truth[task][judged.votes.task]) <= SLACK
    assert (judged.rightness[known] == near[known]).all()
    assert ((judged.rightness[~known] > 0) & (judged.rightness[~known] < 1)).all()


@pytest.mark.parametrize("kind", ["sets", "numbers"])
def test_where_nothing_changes_hardly_anybody_is_called_changed(kind: str) -> None:
    found = [_drifts(kind, seed, changes=False) for seed in range(12)]

    assert np.mean([changed.any() for changed, _ in found]) < 0.2


@pytest.mark.parametrize("kind", ["sets", "numbers"])
def test_who_gets_worse_is_found(kind: str) -> None:
    found = [_drifts(kind, seed, changes=True) for seed in range(4)]

    assert np.mean([changed[fell].mean() for changed, fell in found]) > 0.9
    assert np.mean([changed[~fell].mean() for changed, fell in found]) < 0.05


def _drifts(kind: str, seed: int, *, changes: bool) -> tuple[Ints, Ints]:
    """Test twenty annotators, the first two of whom may get worse in the middle."""
    tasks = 400
    worse = np.zeros((20, tasks), bool)
    worse[:2, tasks // 2 :] = changes
    if kind == "sets":
        judged, who = judged_sets(seed, np.where(worse, 0.7, 0.95), tasks)
        found = drift_of(judged.votes, judged.rightness, judged.centre)
    else:
        numbers, _, who = judged_numbers(seed, np.where(worse, 20.0, 3.0), tasks)
        found = drift_of(numbers.votes, numbers.rightness, numbers.centre)
    return found.changed, who < 2


def test_known_sets_that_are_wrong_are_doubted_and_put_right() -> None:
    judged, _ = judged_sets(5, np.linspace(0.9, 0.98, 12), known=100, wrong=10)

    found = judged.doubts()

    task = np.array(judged.votes.task_ids)[found.rows]
    assert len(task) == 100
    assert (found.wrong[task < 10] > 0.5).mean() >= 0.8
    assert (found.wrong[task >= 10] > 0.5).mean() <= 0.02
    assert (task[np.argsort(-found.wrong)[:10]] < 10).mean() >= 0.9
    apart = (found.instead ^ judged.known[found.rows]).sum(axis=1)
    assert (apart == 1).all()


def test_known_numbers_that_are_wrong_are_doubted() -> None:
    judged, truth, _ = judged_numbers(6, np.linspace(2.0, 6.0, 12))
    chance = np.random.default_rng(6)
    told = np.where(np.arange(300) < 100, truth, np.nan)
    told[:10] = (truth[:10] + chance.uniform(20, 40, 10)) % 100
    # what is known is near the truth, not on it
    told[10:100] += chance.uniform(-1, 1, 90)

    found = judge_numbers(judged.votes, judged.values, told).doubts()

    task = np.array(judged.votes.task_ids)[found.rows]
    assert (found.wrong[task < 10] > 0.5).mean() >= 0.9
    assert (found.wrong[task >= 10] > 0.5).mean() <= 0.05


def test_candidates_are_what_was_planted() -> None:
    of_sets, _ = judged_sets(7, np.full(12, 0.97), known=20)
    of_numbers, truth, _ = judged_numbers(7, np.full(12, 1.5), known=20)
    good = np.ones(12, bool)

    found, sets = of_sets.candidates(good, 50)
    near, values = of_numbers.candidates(good, 50)

    assert len(found.rows) == 50
    assert (np.array(of_sets.votes.task_ids)[found.rows] >= 20).all()
    right = of_sets.known[found.rows]
    assert (sets == right).all(axis=1).mean() > 0.97
    assert len(near.rows) > 10
    assert np.abs(values - truth[np.array(of_numbers.votes.task_ids)[near.rows]]).max() < SLACK


def test_skills_in_numbers_are_how_often_they_are_near_enough() -> None:
    spread = np.repeat([1.0, 4.0, 12.0], 4)
    judged, truth, who = judged_numbers(8, spread, tasks=600)
    fit = make_method("ordinal-dawid-skene").fit(judged.steps)

    found = skills(judged.steps, fit, near=steps_within(EDGES, SLACK))

    given, task = judged.values[judged.votes.label], np.array(judged.votes.task_ids)
    near = np.abs(given - truth[task][judged.votes.task]) <= SLACK
    share = np.bincount(judged.votes.annotator, near) / np.bincount(judged.votes.annotator)
    off = found.accuracy - share
    assert np.abs(off[spread[who] < 12]).max() < 0.08
    # poor ones look somewhat worse than they are: what they get right is not near the middle
    assert -0.17 < off[spread[who] == 12].min() <= off[spread[who] == 12].max() < 0
    assert found.low[spread[who] == 1.0].min() > 0.85
