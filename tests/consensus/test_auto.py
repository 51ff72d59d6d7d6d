"""The default method."""

from __future__ import annotations

import numpy as np
import pytest

from consensus.methods.auto import Auto, stacked
from consensus.methods.dawid_skene import DawidSkene
from consensus.scores import scores
from consensus.votes import Ints, Votes
from tests.consensus.planted_crowd import hard_and_easy


@pytest.fixture(scope="module")
def crowd() -> tuple[Votes, Ints]:
    """A crowd that errs together on a third of the tasks."""
    planted = hard_and_easy(seed=4, tasks=600, annotators=30, overlap=7)
    return planted.votes, planted.truth


def test_it_is_less_overconfident_than_one_model(crowd: tuple[Votes, Ints]) -> None:
    votes, truth = crowd

    one = scores(DawidSkene().fit(votes).posteriors_, truth)
    mean = scores(Auto().fit(votes).posteriors_, truth)

    assert mean.log_loss < 0.7 * one.log_loss
    assert mean.ece < 0.7 * one.ece
    assert mean.accuracy > one.accuracy - 0.01


def test_gold_makes_it_more_honest_still(crowd: tuple[Votes, Ints]) -> None:
    votes, truth = crowd
    gold = {votes.task_ids[t]: votes.label_set[truth[t]] for t in range(0, 600, 4)}
    unseen = np.arange(600) % 4 > 0

    told, untold = Auto().fit(votes, gold), Auto().fit(votes)

    after, before = (scores(fit.posteriors_[unseen], truth[unseen]) for fit in (told, untold))
    assert after.log_loss < before.log_loss
    assert told.model_.weights != untold.model_.weights


def test_a_handful_of_gold_changes_no_weights(crowd: tuple[Votes, Ints]) -> None:
    votes, truth = crowd
    gold = {votes.task_ids[t]: votes.label_set[truth[t]] for t in range(5)}

    assert Auto().fit(votes, gold).model_.weights == Auto().fit(votes).model_.weights


def test_a_part_that_knows_the_truth_is_given_more_weight() -> None:
    known = np.tile([0, 1], 100)
    right, guess = np.eye(2)[known] * 0.9 + 0.05, np.full((200, 2), 0.5)

    weights, sharpness = stacked([guess, guess, guess, right], known)

    assert weights[3] > 0.8
    assert sum(weights) == pytest.approx(1)
    assert sharpness > 1


def test_harder_tasks_are_called_harder(crowd: tuple[Votes, Ints]) -> None:
    votes, truth = crowd
    fit = Auto().fit(votes)
    share = votes.counts[np.arange(600), truth] / votes.counts.sum(axis=1)

    assert fit.difficulty_ is not None
    assert np.corrcoef(fit.difficulty_, share)[0, 1] < -0.5


def test_it_goes_on_only_from_its_own_kind(crowd: tuple[Votes, Ints]) -> None:
    with pytest.raises(ValueError, match="own kind"):
        Auto().fit(crowd[0], start=DawidSkene().fit(crowd[0]))
