"""What the others say of an answer: the truth as it looks without the answer in question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from consensus.methods.base import Method, expected_counts, normalize
from consensus.posterior import TINY, normalized
from consensus.votes import Floats, Votes

#: Answers that the crowd's matrix weighs beside an annotator's own, for each true label.
POOL_WEIGHT = 4.0
#: Sweeps after which posteriors no longer rest on what a fit has told itself.
SWEEPS = 3


@dataclass(frozen=True, eq=False)
class Evidence:
    """What votes say of tasks when no answer may vouch for its own truth.

    A fit is too sure of few answers: an answer held for right makes its annotator look better,
    which makes the answer look right. Here an annotator's matrix, wherever it judges a task, rests
    on the annotator's other tasks only.
    """

    #: P(true label | all answers): shape (T, K).
    posteriors: Floats
    #: Each annotator's answers, expected, and `POOL_WEIGHT` of the crowd's: shape (A, K, K).
    counts: Floats
    #: log P(the label given | true label) of each vote: shape (N, K).
    said: Floats
    #: log P(true label, all answers), not scaled: shape (T, K).
    joint: Floats
    #: The number of each task's known label, -1 where there is none: shape (T,).
    known: npt.NDArray[np.int64]
    #: log P(true label) before any answer: shape (K,).
    log_prior: Floats

    @classmethod
    def of(cls, votes: Votes, fit: Method, gold: Mapping[Any, str] | None = None) -> Evidence:
        """Weigh the votes anew, from the posteriors of a fit and from known labels.

        Raises ValueError where the fit is of other tasks, annotators or labels than the votes.
        """
        tasks, annotators, labels = votes.shape
        if fit.posteriors_.shape != (tasks, labels) or len(fit.confusion_) != annotators:
            raise ValueError("fit and votes do not match: fit the method to these votes first")
        known = np.full(tasks, -1, np.int64)
        rows, numbers = votes.rows_of(gold)
        known[rows] = numbers
        log_prior = np.log(np.maximum(fit.class_prior_, TINY))
        posteriors = clamped(fit.posteriors_, known)
        for _ in range(SWEEPS):
            counts = expected_counts(votes, posteriors) + POOL_WEIGHT * fit.pooled_confusion_
            said = _log_said(votes, counts, posteriors)
            joint = _added_up(votes, said) + log_prior
            posteriors = clamped(normalized(joint)[0], known)
        return cls(posteriors, counts, said, joint, known, log_prior)

    @cached_property
    def usual(self) -> Floats:
        """The matrix of the crowd as a whole, nowhere 0: shape (K, K), rows true."""
        return normalize(np.maximum(self.counts.sum(axis=0), TINY))

    def of_others(self, votes: Votes) -> Floats:
        """Compute P(true label | the answers of all others) for each vote: shape (N, K)."""
        others, _ = normalized(self.joint[votes.task] - self.said)
        return clamped(others, self.known[votes.task])

    def rightness(self, votes: Votes) -> Floats:
        """Weigh for each vote how far the others speak for it: shape (N,), from 0 to 1.

        It is a / (a + b), where a and b are the probabilities of the answer if its annotator is
        right in it and if not: 1 and 0 are certain, 0.5 says nothing.
        """
        others = self.of_others(votes)
        errors = self.counts.sum(axis=0)
        np.fill_diagonal(errors, 0.0)
        errors = normalize(errors)
        np.fill_diagonal(errors, 0.0)
        if_right = others[np.arange(len(votes)), votes.label]
        if_wrong = np.einsum("nk,kn->n", others, errors[:, votes.label])
        total = if_right + if_wrong
        weight: Floats = np.where(total > 0, if_right / np.where(total > 0, total, 1), 0.5)
        return weight


def clamped(posteriors: Floats, known: npt.NDArray[np.int64]) -> Floats:
    """Make known labels certain: `known` numbers one a row, -1 where there is none."""
    sure = posteriors.copy()
    rows = np.flatnonzero(known >= 0)
    sure[rows] = 0.0
    sure[rows, known[rows]] = 1.0
    return sure


def _log_said(votes: Votes, counts: Floats, posteriors: Floats) -> Floats:
    """Look each answer up in its annotator's matrix, less what the task itself put there."""
    here = posteriors[votes.task]
    given = counts[votes.annotator, :, votes.label] - here
    total = counts.sum(axis=2)[votes.annotator] - here
    said: Floats = np.log(np.maximum(given, TINY) / np.maximum(total, TINY))
    return np.minimum(said, 0.0)


def _added_up(votes: Votes, said: Floats) -> Floats:
    """Add up the rows of each task: shape (N, K) to (T, K)."""
    tasks, _, labels = votes.shape
    columns = [np.bincount(votes.task, said[:, k], tasks) for k in range(labels)]
    return np.stack(columns, axis=1)
