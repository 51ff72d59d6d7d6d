"""How reliable annotators are, and how sure one can be of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from consensus.methods.base import Method, expected_counts
from consensus.methods.dawid_skene import PRIOR_STRENGTH
from consensus.votes import Floats, Ints, Votes

#: Share of the way from chance to perfection that even a poor but honest annotator goes.
SPAMMER_BELOW = 0.25
#: Below this many answers nobody is called a spammer.
SPAMMER_MIN_ANSWERS = 10
#: One-sided 95 % of a normal distribution.
Z95 = 1.645


@dataclass(frozen=True, eq=False)
class Skills:
    """One entry an annotator, in the order of `votes.annotator_ids`."""

    #: Expected share of right answers, with its 95 % credible interval.
    accuracy: Floats
    low: Floats
    high: Floats
    answers: Ints
    gold_seen: Ints
    gold_correct: Ints
    #: 0: the answers carry nothing; 1: never wrong (Raykar & Yu 2012, eq. 9, scaled).
    score: Floats
    is_spammer: npt.NDArray[np.bool_]


def skills(votes: Votes, fit: Method, gold: dict[Any, str] | None = None) -> Skills:
    """Estimate each annotator's reliability from a fit and from gold.

    The interval is that of a Beta distribution whose counts are the expected right and wrong
    answers, gold for certain, on top of the crowd's average worth `PRIOR_STRENGTH` answers.
    """
    counts = expected_counts(votes, fit.posteriors_)
    answers = np.bincount(votes.annotator, minlength=votes.shape[1])
    right = np.trace(counts, axis1=1, axis2=2)
    average = float(fit.class_prior_ @ np.diag(fit.pooled_confusion_))
    alpha = right + PRIOR_STRENGTH * average
    beta = np.maximum(answers - right, 0) + PRIOR_STRENGTH * (1 - average)
    accuracy = alpha / (alpha + beta)
    low, high = stats.beta.interval(0.95, np.maximum(alpha, 1e-6), np.maximum(beta, 1e-6))
    seen, correct = _on_gold(votes, gold)
    return Skills(
        accuracy=accuracy,
        # far out, the interval of a skewed Beta may miss its own mean
        low=np.minimum(low, accuracy),
        high=np.maximum(high, accuracy),
        answers=answers,
        gold_seen=seen,
        gold_correct=correct,
        score=spammer_score(fit.confusion_),
        is_spammer=_carries_nothing(counts, fit.pooled_confusion_, answers),
    )


def spammer_score(confusion: Floats) -> Floats:
    """Measure how far the rows of each matrix differ: shape (A, K, K) to (A,), from 0 to 1."""
    labels = confusion.shape[-1]
    if labels < 2:
        return np.ones(len(confusion))
    squares = (confusion**2).sum(axis=(1, 2)) * labels - (confusion.sum(axis=1) ** 2).sum(axis=1)
    scores: Floats = np.clip(squares / (labels * (labels - 1)), 0.0, 1.0)
    return scores


def _carries_nothing(counts: Floats, pooled: Floats, answers: Ints) -> npt.NDArray[np.bool_]:
    """Flag those whose balanced accuracy is, at 95 %, next to chance.

    Balanced over the classes, so that always giving the most frequent label is not rewarded.
    """
    labels = counts.shape[-1]
    alpha = np.diagonal(counts, axis1=1, axis2=2) + np.diag(pooled)
    total = counts.sum(axis=2) + 1.0
    mean = alpha / total
    deviation = np.sqrt((mean * (1 - mean) / (total + 1)).sum(axis=1)) / labels
    upper = mean.mean(axis=1) + Z95 * deviation
    chance = 1 / labels
    limit = chance + SPAMMER_BELOW * (1 - chance)
    flagged: npt.NDArray[np.bool_] = (upper < limit) & (answers >= SPAMMER_MIN_ANSWERS)
    return flagged


def _on_gold(votes: Votes, gold: dict[Any, str] | None) -> tuple[Ints, Ints]:
    rows, known = votes.rows_of(gold)
    truth = np.full(votes.shape[0], -1)
    truth[rows] = known
    on_gold = truth[votes.task] >= 0
    correct = on_gold & (truth[votes.task] == votes.label)
    size = votes.shape[1]
    return (
        np.bincount(votes.annotator[on_gold], minlength=size),
        np.bincount(votes.annotator[correct], minlength=size),
    )
