"""Which label is given for which, where answers are sets: a table with one more row and column.

The multi-label confusion matrix (Heydarian, Doyle & Samavi 2022): a label that should be there and
is counts on the diagonal; one that is missing counts for what is there in its place, spread evenly,
or in the last column where nothing is. The last row has what is there and takes nobody's place.
"""

from __future__ import annotations

import numpy as np

from consensus.agreement.by_distance import Mask, pairs_of_answers
from consensus.votes import Floats, Ints, Votes

#: Pairs of sets laid out at a time.
BLOCK = 100_000


def set_confusion(right: Ints, given: Ints, chosen: Mask, weights: Floats | None = None) -> Floats:
    """Count pairs of sets, by their numbers (P,), whose labels are `chosen` (K, L).

    Gives a table of shape (L + 1, L + 1). `weights` are one a pair, by default 1.
    """
    labels = chosen.shape[1]
    table = np.zeros((labels + 1, labels + 1))
    weight = np.ones(len(right)) if weights is None else weights
    for first in range(0, len(right), BLOCK):
        rows = slice(first, first + BLOCK)
        table += _counted(chosen[right[rows]], chosen[given[rows]], weight[rows])
    return table


def set_coincidences(votes: Votes, chosen: Mask) -> Floats:
    """Count what one annotator says where another says something: shape (L + 1, L + 1).

    Each answer counts once, spread over those it is compared with, as in `coincidences`.
    """
    answers = np.bincount(votes.task, minlength=votes.shape[0])
    table = np.zeros((chosen.shape[1] + 1, chosen.shape[1] + 1))
    for one, other in pairs_of_answers(votes):
        weights = 1 / (answers[votes.task[one]] - 1)
        for left, right in ((one, other), (other, one)):
            table += set_confusion(votes.label[left], votes.label[right], chosen, weights)
    return table


def _counted(right: Mask, given: Mask, weight: Floats) -> Floats:
    missing, beside = right & ~given, given & ~right
    places, gaps = beside.sum(axis=1), missing.sum(axis=1)
    spread = weight / np.maximum(places, 1)
    table = np.zeros((right.shape[1] + 1, right.shape[1] + 1))
    table[:-1, :-1] = (missing * spread[:, None]).T @ beside.astype(np.float64)
    table[:-1, :-1] += np.diag(weight @ (right & given))
    table[:-1, -1] = (weight * (places == 0)) @ missing
    table[-1, :-1] = (weight * (gaps == 0)) @ beside
    return table
