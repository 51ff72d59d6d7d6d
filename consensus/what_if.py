"""What other rules would have come to, on answers that are there: fewer, surer, or by other people.

Each task's answers are gone through once more in their order, and the decision is made after each
as the rules say. Where they ask for more answers than there are, further ones are made up from the
task's posterior and what the crowd does on average; what rests on that is counted apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from consensus.votes import Floats, Ints, Votes

#: Votes to posteriors by a model that is known already: shape (T, K); (T, L, K) where a task is L
#: questions.
Posteriors = Callable[[Votes], Floats]
#: Posteriors to what is said of each task, (T,) or (T, L), and how probably it is right, (T,).
Choice = Callable[[Floats], tuple[Ints, Floats]]
#: Two-sided 95 % of a normal distribution.
Z95 = 1.96
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stopping:
    """When a task has enough answers."""

    minimum: int
    maximum: int
    target: float


@dataclass(frozen=True, eq=False)
class Replayed:
    """What the rules come to, task by task: every array of shape (T,), labels as `Choice` says."""

    #: Answers taken in all, and how many of them are made up.
    answers: Ints
    imagined: Ints
    #: A label was sure enough.
    resolved: Flags
    label: Ints
    #: The probability that it is right at the end.
    confidence: Floats


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, mean: float, variance: float, count: int) -> Estimate:
        """Bound a mean over `count` tasks by the normal distribution."""
        reach = Z95 * float(np.sqrt(max(variance, 0.0) / max(count, 1)))
        return cls(mean, mean - reach, mean + reach)


def most_probable(posteriors: Floats) -> tuple[Ints, Floats]:
    """Choose the most probable label of each task: (T, K) to (T,) and (T,)."""
    return posteriors.argmax(axis=1), posteriors.max(axis=1)


def replay(
    votes: Votes,
    order: Floats,
    posteriors: Posteriors,
    stopping: Stopping,
    confusion: Floats,
    chance: np.random.Generator,
    choose: Choice = most_probable,
) -> Replayed:
    """Go through the answers once more, by other rules.

    `order` (N,) sorts the votes of a task, as by their times; `confusion` (K, K), rows true, is
    what an unknown annotator does, in each question alike. Raises ValueError for votes without
    tasks.
    """
    tasks = votes.shape[0]
    if not tasks:
        raise ValueError("there is nothing to replay: no task has an answer")
    place = _places(votes, order)
    given = np.diff(votes.starts)
    taken = np.zeros(tasks, np.int64)
    final = posteriors(votes.where(place < 0))
    is_open = np.ones(tasks, np.bool_)
    for number in range(1, stopping.maximum + 1):
        reached = is_open & (given >= number)
        if not reached.any():
            break
        final[reached] = posteriors(votes.where(place < number))[reached]
        taken[reached] = number
        is_open[reached] = ~_is_sure(choose(final[reached])[1], number, stopping)
    collected = taken.copy()
    _go_on(final, taken, is_open, stopping, confusion, chance, choose)
    label, confidence = choose(final)
    sure = confidence >= stopping.target
    return Replayed(
        answers=taken,
        imagined=taken - collected,
        resolved=sure & (taken >= stopping.minimum),
        label=label,
        confidence=confidence,
    )


def expected_accuracy(replayed: Replayed) -> Estimate | None:
    """Say how often the labels that are final are right, by their own posteriors; None: no label.

    As good as the posteriors are calibrated: hold it against gold where there is some.
    """
    final = replayed.confidence[replayed.resolved]
    if not len(final):
        return None
    # each label is right or wrong, and how sure they are differs from task to task
    variance = float((final * (1 - final)).mean() + final.var())
    found = Estimate.of(float(final.mean()), variance, len(final))
    return Estimate(found.mean, max(0.0, found.low), min(1.0, found.high))


def answers_a_task(replayed: Replayed) -> Estimate:
    """Say how many answers a task takes on average."""
    counts = replayed.answers
    return Estimate.of(float(counts.mean()), float(counts.var()), len(counts))


def _go_on(
    final: Floats,
    taken: Ints,
    is_open: Flags,
    stopping: Stopping,
    confusion: Floats,
    chance: np.random.Generator,
    choose: Choice,
) -> None:
    """Make up answers for tasks that have run out of theirs; all in place."""
    rows = np.flatnonzero(is_open & (taken < stopping.maximum))
    truth = _drawn(final[rows], chance)
    while len(rows):
        label = _drawn(confusion[truth], chance)
        joint = final[rows] * confusion.T[label]
        final[rows] = joint / joint.sum(axis=-1, keepdims=True)
        taken[rows] += 1
        numbers = taken[rows]
        sure = _is_sure(choose(final[rows])[1], numbers, stopping)
        on = ~sure & (numbers < stopping.maximum)
        rows, truth = rows[on], truth[on]


def _is_sure(confidence: Floats, number: Ints | int, stopping: Stopping) -> Flags:
    sure: Flags = (np.asarray(number) >= stopping.minimum) & (confidence >= stopping.target)
    return sure


def _drawn(shares: Floats, chance: np.random.Generator) -> Ints:
    """Draw a place along the last axis by its probabilities."""
    edges = shares.cumsum(axis=-1)
    edges[..., -1] = np.inf
    drawn: Ints = (edges < chance.random(shares.shape[:-1])[..., None]).sum(axis=-1)
    return drawn


def _places(votes: Votes, order: Floats) -> Ints:
    """Say of each vote which place in its task's order it has, from 0."""
    ranked = np.lexsort((order, votes.task))
    place = np.empty(len(votes), np.int64)
    place[ranked] = np.arange(len(votes)) - votes.starts[votes.task[ranked]]
    return place
