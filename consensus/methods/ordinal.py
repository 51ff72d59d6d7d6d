"""Ordinal Dawid-Skene: a bias and a spread for each annotator, on a scale of ordered labels."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, softmax, xlogy

from consensus.methods.base import CLASS_STRENGTH, TableMethod, normalize
from consensus.posterior import Tables
from consensus.sweep import Sums
from consensus.votes import Floats

#: The prior of any crowd: standard deviation of the bias, in steps of the scale; mean and standard
#: deviation of the log of the spread.
BIAS_DEVIATION = 0.5
LOG_SPREAD, LOG_SPREAD_DEVIATION = np.log(0.6), 0.7
#: Shares of answers given without a look, and how probable each is beforehand.
LAPSES = np.array([0.01, 0.1, 0.3, 0.6, 0.95])
LAPSE_PRIOR = np.array([0.5, 0.25, 0.15, 0.06, 0.04])
#: Iterations in which the crowd's distribution is learned: after that it would go on for hundreds,
#: narrowing to a few cells that fit chance.
CROWD_ROUNDS = 20


class OrdinalDawidSkene(TableMethod):
    """EM over three numbers an annotator; `label_set` is the scale, in its order.

    An annotator sees the true label k at k + bias, give or take a normal error of the given
    spread, and names the nearest label, as in an ordered probit (McKelvey & Zavoina 1975) of which
    the steps are known; a share of answers (`lapse_`) is drawn evenly from all labels. The three
    lie on a grid, so each annotator has a full posterior over them and the bound can never fall.
    The prior over the grid is learned from the crowd (`strength` annotators' worth is assumed), so
    that who has answered little counts as average.
    """

    #: What annotators add to the true label, in steps of the scale, and the standard deviation of
    #: their errors around it: shape (A,).
    bias_: Floats
    spread_: Floats
    #: The share of answers that say nothing: shape (A,).
    lapse_: Floats

    def __init__(
        self, *, strength: float = 4.0, tolerance: float = 1e-6, max_iterations: int = 500
    ) -> None:
        self.strength = strength
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def prepare(self, sums: Sums, shape: tuple[int, int, int]) -> None:
        """Lay out the grid, with the confusion matrix of each cell: shape (G, K·K)."""
        labels = shape[2]
        self._grid, self._assumed = _grid(labels)
        self._cells = _matrices(labels, *self._grid)
        self._log_cells = np.log(self._cells)
        self._prior = self._assumed

    def tables(self, sums: Sums) -> tuple[Tables, float]:
        """Update each annotator's distribution over the grid, then the crowd's."""
        annotators, labels, _ = sums.counts.shape
        evidence = sums.counts.reshape(annotators, labels**2) @ self._log_cells.T
        self._weights = softmax(evidence + np.log(self._prior), axis=1)
        if self.n_iter_ <= CROWD_ROUNDS:
            self._prior = normalize(self._weights.sum(axis=0) + self.strength * self._assumed)
        self.class_prior_ = normalize(sums.states + CLASS_STRENGTH)
        shape = sums.counts.shape
        tables = Tables(np.log(self.class_prior_), (self._weights @ self._log_cells).reshape(shape))
        extra = (self._weights.sum(axis=0) + self.strength * self._assumed) @ np.log(self._prior)
        extra -= xlogy(self._weights, self._weights).sum()
        return tables, float(extra + CLASS_STRENGTH * tables.log_prior.sum())

    def finish(self, sums: Sums) -> None:
        """Take the means over the grid."""
        shape = sums.counts.shape
        self.confusion_ = (self._weights @ self._cells).reshape(shape)
        self.pooled_confusion_ = (self._prior @ self._cells).reshape(shape[1:])
        answers = sums.counts.sum(axis=(1, 2)) + 1
        self.confusion_counts_ = self.confusion_ * (answers / shape[1])[:, None, None]
        self.bias_, log_spread, self.lapse_ = (self._weights @ column for column in self._grid)
        self.spread_ = np.exp(log_spread)


def _grid(labels: int) -> tuple[Floats, Floats]:
    """Lay out bias, log spread and lapse, and what is assumed of any crowd: (3, G) and (G,)."""
    reach = min(2.0, max(1, labels - 1))
    bias = np.linspace(-reach, reach, int(10 * reach) + 1)
    log_spread = np.linspace(np.log(0.2), np.log(max(2.0, labels / 2)), 14)
    grid = np.stack([axis.ravel() for axis in np.meshgrid(bias, log_spread, LAPSES, indexing="ij")])
    lean, width = bias / BIAS_DEVIATION, (log_spread - LOG_SPREAD) / LOG_SPREAD_DEVIATION
    density = np.exp(-(lean[:, None] ** 2 + width**2) / 2)[:, :, None] * LAPSE_PRIOR
    return grid, density.ravel() / density.sum()


def _matrices(labels: int, bias: Floats, log_spread: Floats, lapse: Floats) -> Floats:
    """Compute P(given | true) for each cell of the grid: shape (G, K·K), rows true."""
    edges = np.concatenate([[-np.inf], np.arange(labels - 1) + 0.5, [np.inf]])
    seen = np.arange(labels)[None, :, None] + bias[:, None, None]
    below = ndtr((edges - seen) / np.exp(log_spread)[:, None, None])
    looked = np.diff(below, axis=2)
    mixed: Floats = (1 - lapse)[:, None, None] * looked + lapse[:, None, None] / labels
    return mixed.reshape(len(bias), -1)
