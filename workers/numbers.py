"""Numbers, in the engine's terms: places on a scale of equal steps, and back again.

The range is cut into steps. Where the truth lies among them, a bias and a spread for each annotator
tell as they do of any scale; within its step it may lie anywhere. What is said of a task is the
mean of the answers around the likeliest place, so that where all say 37 the result is 37.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

import numpy as np

from consensus.votes import Floats, Votes
from consensus.whole import exactness, finely, near, steps_of_values, steps_within
from crowd.services.answer_kinds import text_of_number, tolerance_of

#: As many as the usual tolerance goes into the range.
STEPS = 20


def steps_of(number: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the steps of a range, the lowest first."""
    edges = [text_of_number(edge) for edge in edges_of(number)]
    return tuple(f"{low} to {high}" for low, high in itertools.pairwise(edges))


def posterior_of_values(
    number: Mapping[str, Any], row: Floats, values: Sequence[float], exact: float = 0.0
) -> tuple[dict[str, float], dict[str, float]]:
    """Say how probable it is that the truth lies within the tolerance of each value.

    `row`: the posterior of the steps, shape (STEPS,); `exact`: see `exactness_of`. Gives that of
    what may be said of the task, no two of which say the same; and that of each answer.
    """
    tolerance, given = tolerance_of(number), np.array(values, np.float64)
    nobody = np.zeros(len(given), np.int64)
    cells = finely(row[None], nobody, given, edges_of(number), tolerance, exact)
    means = [fmean(other for other in values if abs(other - v) <= tolerance) for v in values]
    if not means:
        means = [float(np.dot(row, edges_of(number)[:-1] + _width(number) / 2))]
    of_means = near(*cells, np.array(means), tolerance)[0].tolist()
    said: dict[float, float] = {}
    for minus, mean in sorted({(-p, mean) for p, mean in zip(of_means, means, strict=True)}):
        if all(abs(mean - other) > tolerance for other in said):
            said[mean] = -minus
    of_answers = near(*cells, given, tolerance)[0].tolist()
    answered = {text_of_number(v): p for v, p in zip(values, of_answers, strict=True)}
    return {text_of_number(mean): p for mean, p in said.items()}, answered


def exactness_of(number: Mapping[str, Any], answers: Mapping[Any, Sequence[float]]) -> float:
    """Estimate how exact the answers to some tasks are, by task; 0 where the steps say it all."""
    task = np.repeat(np.arange(len(answers)), [len(given) for given in answers.values()])
    values = np.array([value for given in answers.values() for value in given], np.float64)
    return exactness(task, values, edges_of(number), tolerance_of(number))


def steps_of_answers(votes: Votes, number: Mapping[str, Any]) -> Votes:
    """Take votes on whole numbers for votes on the steps they lie in, row by row."""
    values = np.array([float(text) for text in votes.label_set])
    place = steps_of_values(values, edges_of(number)).astype(np.int32)
    return replace(votes, label=place[votes.label], label_set=steps_of(number))


def near_of(number: Mapping[str, Any], exact: float) -> Floats:
    """Say how probably numbers of two steps say the same: shape (STEPS, STEPS)."""
    return steps_within(edges_of(number), tolerance_of(number), exact)


def edges_of(number: Mapping[str, Any]) -> Floats:
    """Say where the steps end: shape (STEPS + 1,)."""
    edges: Floats = np.linspace(number["minimum"], number["maximum"], STEPS + 1)
    return edges


def _width(number: Mapping[str, Any]) -> float:
    return float((number["maximum"] - number["minimum"]) / STEPS)
