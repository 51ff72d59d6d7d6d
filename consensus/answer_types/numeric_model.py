"""Consensus on numbers: annotators with a bias and a precision of their own, and outliers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy.special import gammaincinv, ndtri

from consensus.answer_types.numeric_fit import NumericFit
from consensus.answer_types.numeric_votes import NumericVotes
from consensus.votes import Floats

#: Degrees of freedom that errors may have, from next to normal to many outliers.
NORMAL = 60.0
FREEDOMS = (30.0, 15.0, 10.0, 7.0, 5.0, 4.0, 3.0)
#: The usual error assumed before any answer, as a share of the spread of all answers.
ERROR = 0.5


class RobustMean:
    """Student-t errors around truth + bias, with priors learned from the crowd.

    answer = truth + bias_a + sd_a · error. Nothing is assumed of the truths. Biases are drawn
    from a normal and variances from a scaled inverse chi-square distribution whose parameters are
    fitted along, so that who has answered little is taken for average. The mean bias of the crowd
    is 0, unless known truths show what it is. Fitted by variational Bayes: `bounds_` never falls
    (Lange, Little & Taylor 1989 for the weights; Smyth 2004 for the variances;
    Tipping & Lawrence 2005 for the bound).

    `freedom` is that of the errors: the lower, the more outliers. By default it is learned, and
    left for normal errors where these tell more of an answer by the rest of its task: errors that
    are skewed look long-tailed too, and to set them aside would be wrong.
    """

    #: The truth of each task and the standard deviation of what is known of it: shape (T,). NaN
    #: and infinity where there are no answers.
    values_: Floats
    deviations_: Floats
    #: What each annotator adds to the truth, and how sure that is (standard deviation): shape (A,).
    bias_: Floats
    bias_deviations_: Floats
    #: The standard deviation of each annotator's errors: shape (A,).
    sd_: Floats
    freedom_: float
    #: The share of each answer in the mean of its task: shape (N,).
    weights_: Floats
    bounds_: list[float]
    n_iter_: int
    converged_: bool

    def __init__(
        self,
        *,
        freedom: float | None = None,
        error: float | None = None,
        tolerance: float = 1e-6,
        max_iterations: int = 1000,
    ) -> None:
        self.freedom = freedom
        #: The usual error to assume where all answers are the same, in their unit.
        self.error = error
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def fit(self, votes: NumericVotes, gold: Mapping[Any, float] | None = None) -> Self:
        """Learn truths, biases and standard deviations; known truths are held fast.

        Ends when no truth moves by more than `tolerance` standard deviations of all answers.
        Raises ValueError for a `freedom` of 2 or less.
        """
        if self.freedom is not None and not self.freedom > 2:
            raise ValueError(f"freedom must be above 2, or errors have no variance: {self.freedom}")
        center = float(votes.value.mean()) if len(votes) else 0.0
        spread = float(votes.value.std()) if len(votes) else 0.0
        unit = spread or (self.error or abs(center) or 1.0) / ERROR
        rows, known = votes.rows_of(gold)
        choices = [(NORMAL,), FREEDOMS] if self.freedom is None else [(self.freedom,)]
        fits = [NumericFit(votes, (votes.value - center) / unit, ERROR, c) for c in choices]
        for fit in fits:
            fit.hold(rows, (known - center) / unit)
            fit.run(self.tolerance, self.max_iterations)
        self._read(min(fits, key=NumericFit.error_left_out), center, unit)
        return self

    def _read(self, fit: NumericFit, center: float, unit: float) -> None:
        self.values_ = center + unit * fit.truth
        self.deviations_ = unit * fit.truth_deviations()
        self.bias_, self.bias_deviations_ = unit * fit.bias, unit * fit.bias_deviations()
        self.sd_ = unit * np.sqrt(fit.freedom / (fit.freedom - 2) / fit.precision)
        self._sd_answers = fit.answers_of_sd()
        self.freedom_, self.weights_ = fit.freedom, fit.share
        self.bounds_, self.n_iter_, self.converged_ = fit.bounds, len(fit.bounds), fit.converged

    def intervals(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Bound the truths by central credible intervals: two of shape (T,)."""
        reach = ndtri((1 + level) / 2) * self.deviations_
        return self.values_ - reach, self.values_ + reach

    def bias_intervals(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Bound `bias_` by central credible intervals: two of shape (A,)."""
        reach = ndtri((1 + level) / 2) * self.bias_deviations_
        return self.bias_ - reach, self.bias_ + reach

    def sd_intervals(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Bound `sd_` by central credible intervals: two of shape (A,)."""
        answers = self._sd_answers
        # quantiles of the chi-squared distribution
        tails = (1 - level) / 2, (1 + level) / 2
        low, high = (2 * gammaincinv(answers / 2, p) for p in tails)
        return self.sd_ * np.sqrt(answers / high), self.sd_ * np.sqrt(answers / low)
