"""Sets of labels, each label a yes-or-no question of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Self

import numpy as np

from consensus.answer_types.multi_label_votes import Bools, MultiLabelVotes
from consensus.methods import make_method
from consensus.votes import Floats


class BinaryRelevance:
    """One fit of a method for every label (Tsoumakas & Katakis 2007)."""

    #: P(label belongs to the set | answers): shape (T, L).
    posteriors_: Floats
    #: P(label in the answer | it belongs, it does not): two of shape (A, L).
    hits_: Floats
    false_alarms_: Floats

    def __init__(self, method: str = "dawid-skene") -> None:
        self.method = method

    def fit(
        self, votes: MultiLabelVotes, gold: Mapping[Any, Collection[str]] | None = None
    ) -> Self:
        """Learn from the votes label by label; known sets are held fast."""
        tasks, annotators, labels = votes.shape
        self.posteriors_ = np.empty((tasks, labels))
        self.hits_, self.false_alarms_ = np.empty((2, annotators, labels))
        for label in range(labels):
            name = votes.label_set[label]
            known = {
                task: "yes" if name in answer else "no" for task, answer in (gold or {}).items()
            }
            fit = make_method(self.method).fit(votes.about(label), known)
            self.posteriors_[:, label] = fit.posteriors_[:, 1]
            self.hits_[:, label] = fit.confusion_[:, 1, 1]
            self.false_alarms_[:, label] = fit.confusion_[:, 0, 1]
        return self

    def set_confidence(self, sets: Bools) -> Floats:
        """Compute the probability that each whole set is right: (T, L) to (T,)."""
        right: Floats = np.where(sets, self.posteriors_, 1 - self.posteriors_).prod(axis=1)
        return right
