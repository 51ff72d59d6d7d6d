"""Crowd-kit's classification methods behind our grammar, its traps fenced off."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import pandas as pd

from consensus.method_names import CROWD_KIT
from consensus.methods.dawid_skene import prior_confusion, smoothed_confusion, smoothed_prior
from consensus.votes import Floats, Votes


class CrowdKit:
    """One of crowd-kit's methods, by the name it has in `method_names`.

    Posteriors come from crowd-kit, in the order of our label set; priors and matrices are
    re-estimated from them, so that a single task's posterior can be computed between fits. Only its
    Dawid-Skene can hold gold fast while it learns; for the others known labels are put in at the
    end.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    posteriors_: Floats
    class_prior_: Floats
    confusion_: Floats
    pooled_confusion_: Floats
    discount_: float = 1.0
    n_iter_: int = 1
    converged_: bool = True

    def fit(self, votes: Votes, gold: dict[Any, str] | None = None) -> Self:
        """Learn with crowd-kit; a task without votes keeps an even posterior."""
        tasks, _, labels = votes.shape
        self.posteriors_ = np.full((tasks, labels), 1 / labels)
        if len(votes):
            seen, columns, probabilities = self._probabilities(votes, gold)
            self.posteriors_[seen] = 0.0
            self.posteriors_[np.ix_(seen, columns)] = probabilities
        rows, known = votes.rows_of(gold)
        self.posteriors_[rows] = 0.0
        self.posteriors_[rows, known] = 1.0
        self.class_prior_ = smoothed_prior(self.posteriors_)
        self.confusion_, self.pooled_confusion_ = smoothed_confusion(
            votes, self.posteriors_, prior_confusion(labels)
        )
        return self

    def _probabilities(
        self, votes: Votes, gold: dict[Any, str] | None
    ) -> tuple[list[int], list[int], Floats]:
        import crowdkit.aggregation as aggregation

        # numbers instead of ids: no category dtype, no duplicates, nothing that it would drop
        table = pd.DataFrame({"task": votes.task, "worker": votes.annotator, "label": votes.label})
        method = getattr(aggregation, CROWD_KIT[self.name])()
        extra: dict[str, Any] = {}
        rows, known = votes.rows_of(gold)
        if CROWD_KIT[self.name] == "DawidSkene" and len(rows):
            extra["true_labels"] = pd.Series(known, index=rows)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shares = method.fit_predict_proba(table, **extra)
        shares = shares.fillna(0.0)
        values = np.asarray(shares, np.float64)
        return list(shares.index), list(shares.columns), values / values.sum(axis=1, keepdims=True)
