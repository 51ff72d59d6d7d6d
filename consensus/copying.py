"""Annotators who give the same wrong answers more often than chance and hard tasks explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse, special
from scipy.sparse import csgraph

from consensus.discoveries import discovered
from consensus.methods.base import Method, normalize
from consensus.peers import Evidence, clamped
from consensus.posterior import normalized
from consensus.sampling import pair_factors
from consensus.votes import Floats, Ints, Votes

#: Share of answers that a copier copies: what the weights of agreements are best for.
SHARE = 0.5
#: Answers that annotators' matrices weigh beside those of others, in guessing a task's next answer.
GUESS_WEIGHT = 10.0
#: Agreements that speak less than this for copying, in nats, are left out.
LEAST_WEIGHT = 0.1


@dataclass(frozen=True, eq=False)
class Copying:
    """Pairs of annotators with enough tasks in common, one row each, and rings made of them."""

    #: Each pair as indices into `votes.annotator_ids`, the lower one first: shape (P, 2).
    pairs: Ints
    #: Tasks that both answered: shape (P,).
    common: Ints
    #: How much their agreements speak for copying, and how much one had to expect: (P,) each.
    observed: Floats
    expected: Floats
    #: The chance of as much for two who answer independently of each other: shape (P,).
    p_value: Floats
    #: Which pairs copy, from each other or from the same source; of those named, a share of
    #: `false_rate` is wrong on average: shape (P,).
    copies: npt.NDArray[np.bool_]
    #: The number of each annotator's ring, from 0; -1 for those in none: shape (A,).
    ring: Ints


@dataclass(frozen=True, eq=False)
class Shared:
    """Labels given by several to a task, but not by all: one row each."""

    #: How much it speaks for copying that two agree on the label, in nats: shape (S,).
    weight: Floats
    #: 1 where an annotator gave the label: shape (S, A).
    given: sparse.csr_array[Any]
    #: Factors whose product is the chance that two gave the label, given how many did: where it is
    #: true, and below where it is not: shape (2·S, A), and P(true) and P(not true): (2·S,).
    factor: sparse.csr_array[Any]
    share: Floats


def copying(
    votes: Votes,
    fit: Method,
    gold: Mapping[Any, str] | None = None,
    *,
    least_common: int = 20,
    false_rate: float = 0.05,
) -> Copying:
    """Test each pair with `least_common` tasks in common for agreement beyond chance.

    A wrong label is given by several the more often, the harder the task is. How many gave a label
    to a task is therefore taken as it is, and by chance is only who they were. An agreement counts
    by the log likelihood ratio of copying `SHARE` of all answers: much where the label is wrong and
    seldom given by others, next to nothing where it is what everybody says. The sums have the
    tail of a gamma distribution of the same three cumulants. Over the pairs, the rate of false
    discoveries is held by Benjamini & Hochberg (1995). Raises ValueError for a fit of other votes,
    or for options out of range.
    """
    if least_common < 1 or not 0 < false_rate < 1:
        raise ValueError("least_common must be at least 1, and false_rate between 0 and 1")
    pairs, common = _pairs_with(votes, least_common)
    shared = shared_labels(votes, Evidence.of(votes, fit, gold))

    def moment(weights: int, power: int) -> Floats:
        weight = np.tile(shared.weight**weights, 2) * shared.share
        return _of_pairs(shared.factor.power(power), weight, pairs)

    mean = moment(1, 1)
    variance = moment(2, 1) - moment(2, 2)
    third = moment(3, 1) - 3 * moment(3, 2) + 2 * moment(3, 3)
    observed = _of_pairs(shared.given, shared.weight, pairs)
    p_value = tail(observed, mean, variance, third)
    copies = discovered(p_value, false_rate)
    return Copying(pairs, common, observed, mean, p_value, copies, _rings(pairs[copies], votes))


def tail(observed: Floats, mean: Floats, variance: Floats, third: Floats) -> Floats:
    """Compute P(X >= observed) for a shifted gamma distribution with these cumulants."""
    deviation = np.sqrt(np.maximum(variance, 1e-12))
    skewness = np.maximum(third / deviation**3, 1e-2)
    shape = 4 / skewness**2
    at = shape + 2 * (observed - mean) / deviation / skewness
    chance: Floats = special.gammaincc(shape, np.maximum(at, 0.0))
    return np.where(variance > 1e-12, chance, 1.0)


def shared_labels(votes: Votes, evidence: Evidence) -> Shared:
    """Find the labels worth looking at, who gave them, and who might have."""
    counts = votes.counts.astype(np.int64)
    task, label = np.nonzero((counts > 1) & (counts < counts.sum(axis=1, keepdims=True)))
    weight = _weights(evidence, counts, task, label)
    kept = weight >= LEAST_WEIGHT
    task, label, weight = task[kept], label[kept], weight[kept]
    row, vote = _voters(votes, task)
    who = votes.annotator[vote]

    def laid_out(values: Any) -> sparse.csr_array[Any]:
        return sparse.csr_array((values, (row, who)), shape=(len(task), votes.shape[1]))

    share, chances = _chances(evidence, counts, (task, label), (row, who))
    factors = [laid_out(pair_factors(c, row, counts[task, label])) for c in chances]
    given = laid_out((votes.label[vote] == label[row]).astype(np.float64))
    return Shared(weight, given, sparse.vstack(factors, format="csr"), share)


def _chances(
    evidence: Evidence, counts: Ints, cells: tuple[Ints, Ints], voters: tuple[Ints, Ints]
) -> tuple[Floats, tuple[Floats, Floats]]:
    """Compute the chance of each voter to give the label of a row where it is true, and where not.

    Before them stand the probabilities of either, of shape (2·S,).
    """
    (task, label), (row, who) = cells, voters
    truth = _truth(evidence, counts[task], task)
    true = truth[np.arange(len(task)), label].copy()
    truth[np.arange(len(task)), label] = 0.0
    matrices = normalize(evidence.counts)[who, :, label[row]]
    if_true = matrices[np.arange(len(row)), label[row]]
    if_not = np.einsum("nk,nk->n", normalize(truth)[row], matrices)
    least, most = 1e-6, 1 - 1e-6
    chances = np.clip(if_true, least, most), np.clip(if_not, least, most)
    return np.concatenate([true, 1 - true]), chances


def _weights(evidence: Evidence, counts: Ints, task: Ints, label: Ints) -> Floats:
    """Weigh agreement on a label by how seldom others give it to the task: shape (S,)."""
    rows = np.arange(len(task))
    others = counts[task]
    others[rows, label] -= 2
    guess = np.einsum("sk,ks->s", _truth(evidence, others, task), evidence.usual[:, label])
    chance = (others[rows, label] + GUESS_WEIGHT * guess) / (others.sum(axis=1) + GUESS_WEIGHT)
    weight: Floats = np.log(1 - SHARE + SHARE / chance)
    return weight


def _truth(evidence: Evidence, counts: Ints, task: Ints) -> Floats:
    """Compute the truth of tasks from how many gave each label, not from who: shape (S, K)."""
    joint = counts @ np.log(evidence.usual).T + evidence.log_prior
    return clamped(normalized(joint)[0], evidence.known[task])


def _voters(votes: Votes, task: Ints) -> tuple[Ints, Ints]:
    """List the votes of each of these tasks: the row in `task`, and the number of the vote."""
    first, sizes = votes.starts[task], np.diff(votes.starts)[task]
    row = np.repeat(np.arange(len(task)), sizes)
    before = np.cumsum(sizes) - sizes
    return row, np.arange(len(row)) + np.repeat(first - before, sizes)


def _pairs_with(votes: Votes, least: int) -> tuple[Ints, Ints]:
    """List the pairs with `least` tasks in common, and how many they have."""
    tasks, annotators, _ = votes.shape
    ones = np.ones(len(votes), np.int32)
    answered = sparse.csr_array((ones, votes.annotator, votes.starts), shape=(tasks, annotators))
    common = sparse.triu(answered.T @ answered, k=1).tocoo()
    enough = common.data >= least
    pairs = np.stack([common.row[enough], common.col[enough]], axis=1)
    return pairs, common.data[enough]


def _of_pairs(matrix: sparse.csr_array[Any], weight: Floats, pairs: Ints) -> Floats:
    """Add up, over rows, weight times the product of a pair's two entries: shape (P,)."""
    if not len(pairs):
        return np.zeros(0)
    product = (matrix.T @ (sparse.diags_array(weight) @ matrix)).tocsr()
    return np.asarray(product[pairs[:, 0], pairs[:, 1]], np.float64).ravel()


def _rings(pairs: Ints, votes: Votes) -> Ints:
    """Number the groups that pairs connect: shape (A,), -1 for those in none."""
    size = votes.shape[1]
    graph = sparse.coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    _, part = csgraph.connected_components(graph, directed=False)
    ring = np.full(size, -1, np.int64)
    members = np.unique(pairs)
    ring[members] = np.unique(part[members], return_inverse=True)[1]
    return ring
