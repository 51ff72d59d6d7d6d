"""How good posteriors are."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from consensus.scores import scores


def drawn(tasks: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Posteriors, and truths that are drawn from them."""
    chance = np.random.default_rng(2)
    posteriors = chance.dirichlet([0.5, 0.5, 0.5], tasks)
    truth = (posteriors.cumsum(axis=1) < chance.random((tasks, 1))).sum(axis=1)
    return posteriors, np.minimum(truth, 2)


def test_they_equal_those_of_scikit_learn() -> None:
    posteriors, truth = drawn()

    found = scores(posteriors, truth)

    assert found.accuracy == pytest.approx(accuracy_score(truth, posteriors.argmax(axis=1)))
    clipped = np.clip(posteriors, 1e-6, 1)
    expected = log_loss(truth, clipped / clipped.sum(axis=1, keepdims=True), labels=[0, 1, 2])
    assert found.log_loss == pytest.approx(expected, abs=1e-5)


def test_posteriors_that_truths_are_drawn_from_are_calibrated() -> None:
    posteriors, truth = drawn()
    overconfident = np.eye(3)[posteriors.argmax(axis=1)] * 0.94 + 0.02

    assert scores(posteriors, truth).ece < 0.02
    assert scores(overconfident, truth).ece > 0.1


def test_a_tie_counts_as_its_expected_share() -> None:
    even = np.array([[0.5, 0.5, 0.0], [0.4, 0.4, 0.2]])

    assert scores(even, np.array([0, 2])).accuracy == 0.25


def test_no_tasks_are_refused() -> None:
    with pytest.raises(ValueError, match="truth"):
        scores(np.empty((0, 2)), np.empty(0, np.int64))
