"""How often answers are right that are each right with some probability, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from consensus.posterior import TINY
from consensus.votes import Floats, Ints

#: Values of the accuracy that are told apart.
CELLS = 512
#: The accuracies in the middle of the cells: shape (CELLS,).
GRID: Floats = (np.arange(CELLS) + 0.5) / CELLS
#: Answers that the crowd's accuracy weighs beside those of a group.
STRENGTH = 2.0
#: Weights of evidence that are told apart, denser near 0 and 1, where their logarithm is steep.
NODES: Floats = (1 - np.cos(np.linspace(0, np.pi, 33))) / 2
#: Groups looked at a time, which bounds the memory used to some 100 MB.
CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Accuracy:
    """How often the answers of each group are right."""

    #: The expected accuracy, and the bounds of its shortest credible interval: shape (G,) each.
    mean: Floats
    low: Floats
    high: Floats

    def reshape(self, *shape: int) -> Accuracy:
        """Lay the groups out in rows and columns."""
        return Accuracy(*(a.reshape(shape) for a in (self.mean, self.low, self.high)))


def accuracy_of(
    group: Ints, groups: int, rightness: Floats, centre: float, level: float = 0.95
) -> Accuracy:
    """Estimate the chance to be right in each group of answers.

    `group` numbers the group of each answer, from 0 to `groups` - 1, and `rightness` is its
    evidence, as `Evidence.rightness` gives it: both of shape (N,). Answers with evidence r make
    an accuracy p as likely as the product of p·r + (1 - p)(1 - r): one known to be right counts
    in full, one of which nothing is known not at all. Before, p has a Beta distribution that
    weighs `STRENGTH` answers, with its mean at `centre`.
    """
    counts = _node_counts(group, groups, rightness)
    parts = [
        _interval(_density(counts[first : first + CHUNK], centre), level)
        for first in range(0, max(1, groups), CHUNK)
    ]
    mean, low, high = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Accuracy(mean, low, high)


def chance_of_less(group: Ints, groups: int, rightness: Floats, centre: float) -> Floats:
    """Compute P(accuracy of group 2i < accuracy of group 2i + 1): shape (groups / 2,).

    The arguments are those of `accuracy_of`.
    """
    counts = _node_counts(group, groups, rightness)
    found = np.empty(groups // 2)
    for first in range(0, groups, CHUNK):
        shares = _density(counts[first : first + CHUNK], centre)
        below = np.cumsum(shares[::2], axis=1) - shares[::2] / 2
        found[first // 2 : (first + CHUNK) // 2] = (below * shares[1::2]).sum(axis=1)
    return found


def _density(counts: Floats, centre: float) -> Floats:
    """Compute the posterior of the accuracy on `GRID`: shape (G, NODES) to (G, CELLS)."""
    inside = min(max(centre, 1 / CELLS), 1 - 1 / CELLS)
    # of cells, not of their middles: near 0 and 1 the density of few answers has no bound
    edges = np.arange(CELLS + 1) / CELLS
    prior = np.diff(special.betainc(STRENGTH * inside, STRENGTH * (1 - inside), edges))
    likelihood = np.log(NODES[:, None] * GRID + (1 - NODES[:, None]) * (1 - GRID))
    logs = counts @ likelihood + np.log(np.maximum(prior, TINY))
    shares: Floats = np.exp(logs - logs.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _node_counts(group: Ints, groups: int, rightness: Floats) -> Floats:
    """Count the answers of each group by their evidence, shared between the two nearest nodes."""
    nodes = len(NODES)
    left = np.clip(np.searchsorted(NODES, rightness) - 1, 0, nodes - 2)
    share = (rightness - NODES[left]) / (NODES[left + 1] - NODES[left])
    place = group * np.int64(nodes) + left
    size = groups * nodes
    counts = np.bincount(place, 1 - share, size) + np.bincount(place + 1, share, size)
    return counts.reshape(groups, nodes).astype(np.float64)


def _interval(shares: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    """Find mean and bounds of the least set of cells that holds `level` of each distribution."""
    order = np.argsort(-shares, axis=1)
    falling = np.take_along_axis(shares, order, axis=1)
    held = np.zeros(shares.shape, bool)
    np.put_along_axis(held, order, np.cumsum(falling, axis=1) - falling < level, axis=1)
    mean = shares @ GRID
    low = held.argmax(axis=1) / CELLS
    high = 1 - held[:, ::-1].argmax(axis=1) / CELLS
    return mean, np.minimum(low, mean), np.maximum(high, mean)
