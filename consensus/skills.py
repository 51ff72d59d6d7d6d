"""How reliable annotators are, and how sure one can be of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from consensus.credible import accuracy_of
from consensus.methods.base import Method, expected_counts
from consensus.peers import Evidence
from consensus.votes import Floats, Ints, Votes
from consensus.whole.weighing import chance_of, rightness_of

#: Share of the way from chance to perfection that even a poor but honest annotator goes.
SPAMMER_BELOW = 0.25
#: Below this many answers nobody is called a spammer.
SPAMMER_MIN_ANSWERS = 10
#: One-sided 95 % of a normal distribution.
Z95 = 1.645


@dataclass(frozen=True, eq=False)
class Skills:
    """One entry an annotator, in the order of `votes.annotator_ids`."""

    #: The chance that an answer is right, with the shortest interval that holds it at 95 %.
    accuracy: Floats
    low: Floats
    high: Floats
    answers: Ints
    gold_seen: Ints
    gold_correct: Ints
    #: 0: the answers carry nothing; 1: never wrong (Raykar & Yu 2012, eq. 9, scaled).
    score: Floats
    is_spammer: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class LabelUse:
    """Which labels each annotator gives too often (above 0) or too seldom: each of shape (A, K)."""

    #: Share of the answers that give the label, less the share of those tasks where it is true.
    bias: Floats
    low: Floats
    high: Floats


def skills(
    votes: Votes,
    fit: Method,
    gold: Mapping[Any, str] | None = None,
    near: Floats | None = None,
) -> Skills:
    """Estimate each annotator's reliability from a fit and from gold.

    An answer to a gold task counts for certain; any other for as much as the answers of the others
    to its task can tell. On top comes the crowd's average, worth two answers. `near` (K, K) says
    how far each true label makes an answer, by row, right; by default its own alone. Raises
    ValueError where the fit is not one of these votes, or for gold that is not in the label set.
    """
    evidence = Evidence.of(votes, fit, gold)
    size = votes.shape[1]
    if near is None:
        average = float(fit.class_prior_ @ np.diag(fit.pooled_confusion_))
        rightness = evidence.rightness(votes)
    else:
        chance = chance_of(evidence, votes, lambda rows: near[votes.label[rows]])
        average = float(chance.mean()) if len(chance) else 0.5
        rightness = rightness_of(chance)
    accuracy = accuracy_of(votes.annotator, size, rightness, average)
    answers = np.bincount(votes.annotator, minlength=size)
    known = evidence.known[votes.task]
    correct = known == votes.label
    return Skills(
        accuracy=accuracy.mean,
        low=accuracy.low,
        high=accuracy.high,
        answers=answers,
        gold_seen=np.bincount(votes.annotator[known >= 0], minlength=size),
        gold_correct=np.bincount(votes.annotator[correct], minlength=size),
        score=spammer_score(fit.confusion_),
        is_spammer=_carries_nothing(
            expected_counts(votes, evidence.posteriors) + fit.pooled_confusion_, answers
        ),
    )


def spammer_score(confusion: Floats, class_prior: Floats | None = None) -> Floats:
    """Measure how far the rows of each matrix differ: shape (A, K, K) to (A,), from 0 to 1.

    It is the mean squared distance of two rows, over all pairs of classes, divided by that of an
    annotator who is never wrong (Raykar & Yu 2012, eq. 9). With `class_prior`, of shape (K,), a
    pair counts by the product of its shares: what is said of rare classes then matters little.
    Raises ValueError for shapes that do not fit.
    """
    labels = confusion.shape[-1]
    share = np.full(labels, 1 / max(1, labels)) if class_prior is None else class_prior
    if confusion.ndim != 3 or share.shape != (labels,):
        raise ValueError(
            "confusion must be (annotators, labels, labels) and class_prior (labels,), "
            f"not {confusion.shape} and {share.shape}"
        )
    perfect = 1 - (share**2).sum()
    if labels < 2 or perfect <= 0:
        return np.ones(len(confusion))
    mean = np.einsum("k,akl->al", share, confusion)
    spread = np.einsum("k,akl->a", share, confusion**2) - (mean**2).sum(axis=1)
    scores: Floats = np.clip(spread / perfect, 0.0, 1.0)
    return scores


def label_use(
    votes: Votes, fit: Method, gold: Mapping[Any, str] | None = None, level: float = 0.95
) -> LabelUse:
    """Find which labels each annotator gives more or less often than they are true.

    The intervals are those of a difference of paired shares with half an answer added to each kind
    of pair (Agresti & Min 2005), widened by what is not known of the truth. Raises ValueError as
    `skills` does.
    """
    _, annotators, labels = votes.shape
    evidence = Evidence.of(votes, fit, gold)
    truth = evidence.posteriors[votes.task]
    given = np.eye(labels)[votes.label]

    def per_annotator(values: Floats) -> Floats:
        columns = [np.bincount(votes.annotator, v, annotators) for v in values.T]
        return np.stack(columns, axis=1)

    answers = np.bincount(votes.annotator, minlength=annotators)[:, None] + 2.0
    bias = per_annotator(given - truth) / answers
    apart = (per_annotator(given * (1 - truth) + truth * (1 - given)) + 1) / answers
    unknown = per_annotator(truth * (1 - truth)) / answers
    reach = special.ndtri((1 + level) / 2) * np.sqrt((apart - bias**2 + unknown) / answers)
    return LabelUse(bias, np.maximum(bias - reach, -1), np.minimum(bias + reach, 1))


def _carries_nothing(counts: Floats, answers: Ints) -> npt.NDArray[np.bool_]:
    """Flag those whose balanced accuracy is, at 95 %, next to chance.

    Balanced over the classes, so that always giving the most frequent label is not rewarded.
    """
    labels = counts.shape[-1]
    total = counts.sum(axis=2)
    mean = np.diagonal(counts, axis1=1, axis2=2) / total
    deviation = np.sqrt((mean * (1 - mean) / (total + 1)).sum(axis=1)) / labels
    upper = mean.mean(axis=1) + Z95 * deviation
    chance = 1 / labels
    limit = chance + SPAMMER_BELOW * (1 - chance)
    flagged: npt.NDArray[np.bool_] = (upper < limit) & (answers >= SPAMMER_MIN_ANSWERS)
    return flagged
