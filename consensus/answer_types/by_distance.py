"""Consensus from distances alone: for kinds of answers that have no model of their own."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from consensus.answer_types.base import Aggregate, AnswerType, Gold, Question
from consensus.answer_types.grouping import grouped_columns
from consensus.answer_types.weighing import assembled
from consensus.decide import TIE
from consensus.votes import Floats, Ints

#: Rounds of weighing annotators and answers by each other: they settle within a few.
ROUNDS = 10
#: No annotator is taken to be closer to the truth than this, and what one is taken to be off by
#: before anything is known.
LEAST_ERROR, ASSUMED_ERROR = 0.02, 0.5


def aggregate_by_distance(
    kind: AnswerType,
    tasks: Sequence[Hashable],
    annotators: Sequence[Hashable],
    answers: Sequence[Any],
    question: Question,
    gold: Gold | None = None,
) -> Aggregate:
    """Give the answer nearest to all others, weighted by how near their annotators are elsewhere.

    The value is one of the answers, None in a tie of different ones; the confidence is a degree
    of agreement, no probability. Known answers stand, and teach the weights. Calls `compare` for
    every pair of answers to a task. Raises ValueError for columns of unequal length or a missing
    id. (The smallest average distance of Braylan & Lease 2020, weighted.)
    """
    ids = grouped_columns(tasks, annotators, answers)
    given = [answers[row] for row in ids.kept.tolist()]
    known = {row: gold[i] for row, i in enumerate(ids.task_ids) if gold and i in gold}

    def apart(one: Any, other: Any) -> float:
        return kind.compare(one, other, question)

    told = _each(
        apart(given[n], known[row]) if row in known else np.nan
        for n, row in enumerate(ids.task.tolist())
    )
    one, other = _pairs(ids.task, len(ids.task_ids))
    away = _each(map(lambda a, b: apart(given[a], given[b]), one.tolist(), other.tolist()))
    error, missed = _errors((one, other, away), told, ids.annotator, len(ids.annotator_ids))
    own = error[ids.annotator]
    weight = 1 / np.maximum(own, LEAST_ERROR)
    best, close = _nearest((one, other, away), weight, own, ids.task, len(ids.task_ids))
    close[list(known)] = 1.0
    values = [known.get(r, None if b < 0 else given[b]) for r, b in enumerate(best.tolist())]
    return assembled(ids, values, close, closeness=1 - missed, counted=weight)


def _each(numbers: Iterable[float]) -> Floats:
    return np.fromiter(numbers, np.float64)


def _pairs(task: Ints, tasks: int) -> tuple[Ints, Ints]:
    """Pair every answer with every other of its task, both ways round."""
    size = np.bincount(task, minlength=tasks)
    start = (np.cumsum(size) - size)[task]
    one = np.repeat(np.arange(len(task)), size[task])
    turn = np.arange(len(one)) - np.repeat(np.cumsum(size[task]) - size[task], size[task])
    other = start[one] + turn
    return one[one != other], other[one != other]


def _errors(
    pairs: tuple[Ints, Ints, Floats], told: Floats, annotator: Ints, annotators: int
) -> tuple[Floats, Floats]:
    """Expect how far off annotators are, and how far off each answer is: (A,) and (N,).

    An answer is as far off as it is from the known one, or from the others of its task.
    """
    one, other, apart = pairs
    given = np.bincount(annotator, minlength=annotators)
    error = np.full(annotators, ASSUMED_ERROR)
    missed = error[annotator]
    for _ in range(ROUNDS):
        weight = 1 / np.maximum(error[annotator], LEAST_ERROR)
        total = np.bincount(one, weight[other], minlength=len(annotator))
        away = np.bincount(one, weight[other] * apart, minlength=len(annotator))
        missed = np.where(total > 0, away / np.where(total > 0, total, 1), error[annotator])
        missed = np.where(np.isnan(told), missed, told)
        crowd = (missed.sum() + ASSUMED_ERROR) / (len(missed) + 1)
        error = (np.bincount(annotator, missed, minlength=annotators) + crowd) / (given + 1)
    return error, missed


def _nearest(
    pairs: tuple[Ints, Ints, Floats], weight: Floats, error: Floats, task: Ints, tasks: int
) -> tuple[Ints, Floats]:
    """Find the answer of each task nearest to its others, -1 in a tie, and how near: (T,)."""
    one, other, apart = pairs
    total = np.bincount(task, weight, minlength=tasks)[task]
    cost = np.bincount(one, weight[other] * apart, minlength=len(task)) / total
    order = np.lexsort((cost, task))
    first = order[np.concatenate([[True], task[order][1:] != task[order][:-1]])[: len(order)]]
    best = np.full(tasks, -1)
    best[task[first]] = first
    close = np.zeros(tasks)
    # what the nearest answer is off by itself cannot be seen from the others
    close[task[first]] = 1 - (cost + weight * error / total)[first]
    rival = (one == best[task[one]]) & (apart > TIE) & (cost[other] - cost[one] < TIE)
    best[task[one[rival]]] = -1
    return best, close
