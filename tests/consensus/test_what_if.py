"""Answers gone through once more, by other rules."""

from __future__ import annotations

import numpy as np
import pytest

from consensus.methods import make_method
from consensus.posterior import Tables
from consensus.votes import Floats, Votes
from consensus.what_if import (
    Replayed,
    Stopping,
    answers_a_task,
    expected_accuracy,
    replay,
)

LABELS = ("a", "b")
CONFUSION = np.array([[0.8, 0.2], [0.2, 0.8]])


def crowd(seed: int, tasks: int, answers: int) -> tuple[Votes, np.ndarray[tuple[int], np.dtype]]:
    """Votes of people who are right four times in five, and what is right."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, 2, tasks)
    rows = [
        (t, int(who), LABELS[truth[t] if chance.random() < 0.8 else 1 - truth[t]], n)
        for t in range(tasks)
        for n, who in enumerate(chance.choice(30, answers, replace=False))
    ]
    return Votes.from_rows(rows, LABELS), truth


def known(votes: Votes) -> Floats:
    """Posteriors where everybody is known to be right four times in five."""
    people = np.tile(CONFUSION, (votes.shape[1], 1, 1))
    return Tables.of(np.array([0.5, 0.5]), people).posteriors(votes)


def run(votes: Votes, minimum: int, maximum: int, target: float) -> Replayed:
    order = np.zeros(len(votes)) if votes.at is None else votes.at
    stopping = Stopping(minimum, maximum, target)
    return replay(votes, order, known, stopping, CONFUSION, np.random.default_rng(0))


def test_a_fixed_overlap_takes_so_many_answers_and_no_more() -> None:
    votes, _ = crowd(1, 50, 7)

    found = run(votes, 3, 3, 0.7)

    assert set(found.answers) == {3}
    assert not found.imagined.any()
    assert answers_a_task(found).low == answers_a_task(found).high == 3


def test_a_higher_target_costs_more_and_is_right_more_often() -> None:
    votes, truth = crowd(2, 400, 9)

    cheap, sure = run(votes, 1, 9, 0.75), run(votes, 1, 9, 0.98)

    assert cheap.answers.mean() < 1.5 < 3 < sure.answers.mean()
    assert (cheap.label == truth).mean() < 0.85 < 0.95 < (sure.label == truth)[sure.resolved].mean()


@pytest.mark.parametrize("target", [0.75, 0.9, 0.97])
def test_the_accuracy_that_is_expected_comes_true(target: float) -> None:
    votes, truth = crowd(3, 2000, 9)

    found = run(votes, 1, 9, target)
    expected = expected_accuracy(found)

    assert expected is not None
    right = (found.label == truth)[found.resolved].mean()
    assert abs(expected.mean - right) < 2 * (expected.high - expected.mean)


def test_what_is_made_up_comes_to_what_more_answers_come_to() -> None:
    votes, _ = crowd(4, 3000, 9)
    assert votes.at is not None
    short = votes.where(votes.at < 2)

    truly, imagined = run(votes, 3, 9, 0.97), run(short, 3, 9, 0.97)

    assert imagined.imagined.sum() > 0.3 * imagined.answers.sum()
    assert not truly.imagined.any()
    assert imagined.answers.mean() == pytest.approx(truly.answers.mean(), rel=0.03)
    assert imagined.resolved.mean() == pytest.approx(truly.resolved.mean(), abs=0.02)


def test_a_fitted_model_can_be_replayed() -> None:
    votes, truth = crowd(5, 300, 7)
    model = make_method("dawid-skene").fit(votes).model_
    assert model is not None
    assert votes.at is not None

    stopping = Stopping(2, 7, 0.95)
    found = replay(votes, votes.at, model.posteriors, stopping, CONFUSION, np.random.default_rng(0))

    assert 2 <= found.answers.min() <= found.answers.max() <= 7
    assert (found.label == truth)[found.resolved].mean() > 0.93


def test_without_answers_there_is_nothing_to_replay() -> None:
    with pytest.raises(ValueError, match="nothing to replay"):
        run(Votes.from_rows([], LABELS), 1, 3, 0.9)


def test_where_nothing_is_sure_there_is_no_accuracy() -> None:
    votes, _ = crowd(6, 20, 3)

    found = run(votes, 1, 2, 0.99)

    assert not found.resolved.any()
    assert expected_accuracy(found) is None
