"""The variational distributions behind `RobustMean`, and the steps that improve them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import digamma, gammaln

from consensus.answer_types.numeric_votes import NumericVotes
from consensus.votes import Floats, Ints

#: How alike annotators' variances may be, as answers that the crowd's weighs beside their own.
ALIKE = (2.0, 4.0, 8.0)
#: What is assumed of a bias before any answer, and the step to which numbers are rounded, as
#: shares of the spread of all answers.
BIAS, ROUNDING = 0.25, 1e-3
#: Annotators as assumed that weigh beside the real ones.
ASSUMED = 1.0


class NumericFit:
    """Distributions of truths given biases, biases, precisions and weights, on scaled answers.

    Truths are taken given the biases, not beside them: truth = its mean - Σ share · (bias - its
    mean). Otherwise both would look surer than they are.
    """

    def __init__(
        self, votes: NumericVotes, value: Floats, error: float, freedoms: Sequence[float]
    ) -> None:
        self.tasks, self.annotators = votes.shape
        self.task, self.annotator, self.value = votes.task, votes.annotator, value
        self.error, self.freedoms = error, freedoms
        self.freedom = freedoms[0]
        self.given = np.bincount(votes.annotator, minlength=self.annotators)
        counts = np.bincount(votes.task, minlength=self.tasks)
        self.free = counts > 0
        self.held = np.zeros(self.tasks, bool)
        self.share = 1 / counts[votes.task]
        self.truth = np.where(self.free, self._by_task(value * self.share), np.nan)
        self.truth_variance = np.where(self.free, error**2 / np.maximum(counts, 1), np.inf)
        self.bias, self.bias_variance = np.zeros(self.annotators), np.zeros(self.annotators)
        self.bias_spread, self.alike, self.crowd = BIAS**2, 4.0, error**2
        self.precision = np.full(self.annotators, 1 / error**2)
        self.weight = np.ones(len(value))
        self.bounds: list[float] = []
        self.converged = not len(value)

    def hold(self, rows: Ints, known: Floats) -> None:
        """Fix the truths that are known."""
        self.held[rows], self.free[rows] = True, False
        self.truth[rows], self.truth_variance[rows] = known, 0.0
        self.share = np.where(self.held[self.task], 0.0, self.share)

    def run(self, tolerance: float, max_iterations: int) -> None:
        """Take steps until no truth moves by more than the tolerance."""
        while len(self.bounds) < max_iterations and not self.converged:
            before = self.truth
            self._update_weights()
            self._update_precisions()
            self._update_truths()
            self._update_biases()
            self.bounds.append(self._bound())
            moved = np.abs(self.truth - before)[self.free | self.held]
            self.converged = moved.max(initial=0.0) < tolerance

    def _by_task(self, column: Floats) -> Floats:
        found: Floats = np.bincount(self.task, column, self.tasks).astype(np.float64)
        return found

    def _by_annotator(self, column: Floats) -> Floats:
        found: Floats = np.bincount(self.annotator, column, self.annotators).astype(np.float64)
        return found

    @property
    def residual(self) -> Floats:
        """What each answer is off by, beside the bias."""
        return self.value - self.truth[self.task] - self.bias[self.annotator]

    @property
    def squares(self) -> Floats:
        """The expected square of what each answer is off by."""
        variance = self.bias_variance[self.annotator]
        doubt = self.truth_variance + self._by_task(self.share**2 * variance)
        # numbers are rounded: no annotator is exact, or one could outweigh all others
        doubt = doubt[self.task] + variance * (1 - 2 * self.share) + ROUNDING**2
        found: Floats = self.residual**2 + doubt
        return found

    @property
    def pull(self) -> Floats:
        """The precision that each answer brings to its task."""
        pull: Floats = self.weight * self.precision[self.annotator]
        return pull

    def _update_weights(self) -> None:
        scaled = self.precision[self.annotator] * self.squares
        self.freedom = max(self.freedoms, key=lambda freedom: _log_student(freedom, scaled).sum())
        self.weight_rate = (self.freedom + scaled) / 2
        self.weight = (self.freedom + 1) / 2 / self.weight_rate

    def _update_precisions(self) -> None:
        scaled = self._by_annotator(self.weight * self.squares)
        self.alike = max(ALIKE, key=lambda alike: self._evidence(alike, scaled))
        self.precision_shape = (self.alike + self.given) / 2
        self.precision_rate = (self.alike * self.crowd + scaled) / 2
        self.precision = self.precision_shape / self.precision_rate
        total = self.precision.sum() + ASSUMED / self.error**2
        self.crowd = float((self.annotators + ASSUMED) / total)

    def _evidence(self, alike: float, scaled: Floats) -> float:
        """Compute the log evidence of the errors, whatever each annotator's precision is."""
        shape, rate = alike / 2, alike * self.crowd / 2
        more, last = shape + self.given / 2, np.log(rate + scaled / 2)
        real = gammaln(more) - gammaln(shape) + shape * np.log(rate) - more * last
        return float(real.sum() + ASSUMED * self._assumed_precision(alike))

    def _assumed_precision(self, alike: float) -> float:
        precision = self.error**-2.0
        return float(_log_gamma(alike, alike * self.crowd, np.log(precision), precision))

    def _update_truths(self) -> None:
        pull = np.where(self.held[self.task], 0.0, self.pull)
        total = self._by_task(pull)
        safe = np.where(self.free, total, 1.0)
        self.share = pull / safe[self.task]
        mean = self._by_task(self.share * (self.value - self.bias[self.annotator]))
        self.truth = np.where(self.free, mean, self.truth)
        self.truth_variance = np.where(self.free, 1 / safe, self.truth_variance)

    def _update_biases(self) -> None:
        pull, prior = self.pull, 1 / self.bias_spread
        pulled = self._by_annotator(pull * (self.value - self.truth[self.task]))
        self.bias = pulled / (self._by_annotator(pull) + prior)
        self.bias_variance = 1 / (self._by_annotator(pull * (1 - self.share)) + prior)
        if not self.held.any() and self.annotators:
            # truths and biases can shift against each other for ever; this is where they end
            shift = self.bias.mean()
            self.bias, self.truth = self.bias - shift, self.truth + shift
        squares = (self.bias**2 + self.bias_variance).sum() + ASSUMED * BIAS**2
        self.bias_spread = float(squares / (self.annotators + ASSUMED))

    def _bound(self) -> float:
        """Bound the log evidence from below (up to a constant)."""
        log_weight = digamma((self.freedom + 1) / 2) - np.log(self.weight_rate)
        log_precision = digamma(self.precision_shape) - np.log(self.precision_rate)
        errors = log_weight + log_precision[self.annotator] - self.pull * self.squares
        squares = (self.bias**2 + self.bias_variance).sum() + ASSUMED * BIAS**2
        biases = np.log(self.bias_variance).sum() - squares / self.bias_spread
        biases -= (self.annotators + ASSUMED) * np.log(self.bias_spread)
        normal = errors.sum() + biases + np.log(self.truth_variance[self.free]).sum()
        weights = _log_gamma(self.freedom, self.freedom, log_weight, self.weight)
        weights += _entropy((self.freedom + 1) / 2, self.weight_rate)
        precisions = _log_gamma(self.alike, self.alike * self.crowd, log_precision, self.precision)
        precisions += _entropy(self.precision_shape, self.precision_rate)
        assumed = ASSUMED * self._assumed_precision(self.alike)
        return float(normal / 2 + weights.sum() + precisions.sum() + assumed)

    def error_left_out(self) -> float:
        """Measure how far answers are from what the rest of their task says: a mean square.

        Without an answer the mean moves by its pull over the expected information of the others.
        """
        precision = self.precision[self.annotator]
        others = self._by_task(precision)[self.task] - precision
        told = (others > 1e-9 * precision) & ~self.held[self.task]
        moved = self.pull / np.where(told, others, 1.0) * (self.freedom + 3) / (self.freedom + 1)
        missed = (self.residual * (1 + moved))[told]
        return float((missed**2).mean()) if len(missed) else 0.0

    def answers_of_sd(self) -> Floats:
        """Count the answers that each annotator's standard deviation rests on: shape (A,).

        An answer that makes up its own task's mean says nothing of it, and one from a t
        distribution says less of its scale than a normal one would (Lange, Little & Taylor 1989).
        """
        said = (1 - self.share) * self.freedom / (self.freedom + 3)
        return self.alike + self._by_annotator(said)

    def _shift(self) -> float:
        """The variance of what all truths and biases may be off by together."""
        known = self.pull[self.held[self.task]].sum()
        return float(1 / (max(1, self.annotators) / self.bias_spread + known))

    def truth_deviations(self) -> Floats:
        """Say how unsure each truth is, biases included (standard deviation): shape (T,)."""
        lent = self._by_task(self.share**2 * self.bias_variance[self.annotator])
        doubt = self.truth_variance + lent + self._shift()
        return np.where(self.held, 0.0, np.sqrt(doubt))

    def bias_deviations(self) -> Floats:
        """Say how unsure each bias is (standard deviation): shape (A,)."""
        found: Floats = np.sqrt(self.bias_variance + self._shift())
        return found


def _log_gamma(freedom: float, rate: float, log_x: Any, x: Any) -> Any:
    """Compute E[log Gamma(x | freedom / 2, rate / 2)]."""
    half = freedom / 2
    return half * np.log(rate / 2) - gammaln(half) + (half - 1) * log_x - rate / 2 * x


def _log_student(freedom: float, scaled: Floats) -> Floats:
    """Compute the log density of errors whose scaled squares are given (up to a constant)."""
    more = (freedom + 1) / 2
    constant = gammaln(more) - gammaln(freedom / 2) - np.log(freedom) / 2
    density: Floats = constant - more * np.log1p(scaled / freedom)
    return density


def _entropy(shape: Any, rate: Any) -> Any:
    """Compute the entropy of Gamma(shape, rate)."""
    return shape - np.log(rate) + gammaln(shape) + (1 - shape) * digamma(shape)
