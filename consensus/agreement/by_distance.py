"""Agreement of answers of any kind, given how far two of them are apart.

Intervals are those of a normal distribution whose variance adds up the squared influence of every
task (infinitesimal jackknife, Efron 1982): tasks are all unlike each other where answers are
numbers, so that drawing them anew would take hundreds of walks over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import SupportsFloat

import numpy as np
import numpy.typing as npt
from scipy import special

from consensus.agreement.apart import Apart
from consensus.agreement.resampling import Agreement, ratio, refuse_level
from consensus.votes import Floats, Ints, Votes

#: Answers to one task that are compared at the most: pairs grow with their square.
MOST = 30
Mask = npt.NDArray[np.bool_]
NOTHING = Agreement(np.nan, np.nan, np.nan, 0, 0)


def alpha_by_distance(votes: Votes, apart: Apart, *, level: float = 0.95) -> Agreement:
    """Compute Krippendorff's alpha of answers that are `apart` (Krippendorff 2011).

    The labels of the votes are numbers of whole answers. NaN where no task has two answers, or all
    answers are equal. Takes time with the pairs of answers to one task.
    """
    refuse_level(level)
    votes = _thinned(votes)
    compared = np.bincount(votes.task, minlength=votes.shape[0])
    votes = votes.where(compared[votes.task] > 1)
    if not len(votes):
        return NOTHING
    sizes = np.bincount(votes.task, minlength=votes.shape[0])
    within, pairs = np.zeros(len(sizes)), 0
    for one, other in pairs_of_answers(votes):
        found = apart.between(votes.label[one], votes.label[other])
        within += np.bincount(votes.task[one], found, len(sizes))
        pairs += len(one)
    within *= 2 / np.maximum(sizes - 1, 1)
    answers = len(votes)
    used, place, given = np.unique(votes.label, return_inverse=True, return_counts=True)
    to_any = apart.expected(used, used, given / answers)[place]
    own, total = np.bincount(votes.task, to_any, len(sizes)), to_any.sum()
    chance = total / (answers - 1)
    apart_by = ratio(within.sum() / answers, chance)
    influence = (
        ratio(2 * apart_by * own, total)
        - ratio(within, answers * chance)
        - apart_by * sizes / (answers - 1)
    )
    return _agreement(1 - apart_by, influence[sizes > 0], pairs, level)


def kappa_by_distance(
    votes: Votes, one: Mask, other: Mask, apart: Apart, *, level: float = 0.95
) -> Agreement:
    """Compute kappa between two groups of annotators, masks of shape (A,) each.

    The same as `between_groups` (Vanbelle & Albert 2009), for answers that are `apart`.
    """
    refuse_level(level)
    votes = _thinned(votes)
    ours, theirs = one[votes.annotator], other[votes.annotator]
    unlike, crossed = np.zeros((2, votes.shape[0]))
    for first, second in pairs_of_answers(votes):
        for a, b in ((first, second), (second, first)):
            met = ours[a] & theirs[b]
            a, b = a[met], b[met]
            found = apart.between(votes.label[a], votes.label[b])
            unlike += np.bincount(votes.task[a], found, len(unlike))
            crossed += np.bincount(votes.task[a], minlength=len(crossed))
    shared = crossed > 0
    tasks = int(shared.sum())
    if not tasks:
        return NOTHING
    left, right = (_weighed(votes, side & shared[votes.task]) for side in (ours, theirs))
    by_chance = _to_any(votes, left, right, apart) + _to_any(votes, right, left, apart)
    unlike, by_chance = unlike[shared] / crossed[shared], by_chance[shared]
    chance = by_chance.mean() / 2
    apart_by = ratio(unlike.mean(), chance)
    influence = ratio(
        apart_by * (by_chance - 2 * chance) - (unlike - unlike.mean()), tasks * chance
    )
    pairs = round(float(crossed.sum())) // (2 if np.array_equal(one, other) else 1)
    return _agreement(1 - apart_by, influence, pairs, level)


def share_alike(
    votes: Votes, alike: Callable[[Ints, Ints], Mask], *, level: float = 0.95
) -> Agreement:
    """Compute how often two answers to a task are `alike`: a share from 0 to 1.

    The share of such pairs in each task, averaged over the tasks with at least two answers; NaN
    where there are none.
    """
    refuse_level(level)
    votes = _thinned(votes)
    pairs, hits = np.zeros((2, votes.shape[0]))
    for one, other in pairs_of_answers(votes):
        pairs += np.bincount(votes.task[one], minlength=len(pairs))
        met = alike(votes.label[one], votes.label[other])
        hits += np.bincount(votes.task[one], met, len(pairs))
    compared = pairs > 0
    if not compared.any():
        return NOTHING
    shares = hits[compared] / pairs[compared]
    influence = (shares - shares.mean()) / len(shares)
    found = _agreement(shares.mean(), influence, int(pairs.sum()), level)
    return replace(found, low=max(0.0, found.low))


def _thinned(votes: Votes) -> Votes:
    """Draw `MOST` answers to each task that has more, as gold often has."""
    if np.bincount(votes.task, minlength=1).max() <= MOST:
        return votes
    order = np.lexsort((np.random.default_rng(0).random(len(votes)), votes.task))
    place = np.empty(len(votes), np.int64)
    place[order] = np.arange(len(votes)) - votes.starts[votes.task]
    return votes.where(place < MOST)


def pairs_of_answers(votes: Votes) -> Iterator[tuple[Ints, Ints]]:
    """Give every two answers to one task once, as rows: those next to each other, then further."""
    first, task, lag = np.arange(len(votes)), votes.task, 1
    while True:
        first = first[first + lag < len(task)]
        first = first[task[first] == task[first + lag]]
        if not len(first):
            return
        yield first, first + lag
        lag += 1


def _weighed(votes: Votes, kept: Mask) -> tuple[Ints, Floats]:
    """Find the rows kept, and weigh them so that each task weighs the same: shapes (R,)."""
    rows = np.flatnonzero(kept)
    answers = np.bincount(votes.task[rows], minlength=votes.shape[0])
    return rows, 1 / answers[votes.task[rows]]


def _to_any(
    votes: Votes, side: tuple[Ints, Floats], others: tuple[Ints, Floats], apart: Apart
) -> Floats:
    """Measure how far the answers of one side are from any of the others': by task, shape (T,)."""
    rows, weights = side
    used, place = np.unique(votes.label[rows], return_inverse=True)
    among, of = np.unique(votes.label[others[0]], return_inverse=True)
    shares = np.bincount(of, others[1]) / others[1].sum()
    far = apart.expected(used, among, shares)
    by_task = np.bincount(votes.task[rows], weights * far[place], votes.shape[0])
    return by_task.astype(np.float64)


def _agreement(value: SupportsFloat, influence: Floats, pairs: int, level: float) -> Agreement:
    """Put an interval around a value, given the influence of every task: shape (T,)."""
    tasks, middle = len(influence), float(value)
    if tasks < 2 or np.isnan(middle):
        return Agreement(middle, np.nan, np.nan, tasks, pairs)
    deviation = float(np.sqrt((influence**2).sum() * tasks / (tasks - 1)))
    half = float(special.ndtri((1 + level) / 2)) * deviation
    return Agreement(middle, max(-1.0, middle - half), min(1.0, middle + half), tasks, pairs)
