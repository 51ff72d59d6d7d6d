"""Confusion matrices, drawn and read: what one who sees an item says of it."""

from __future__ import annotations

import random
from collections.abc import Sequence

Matrix = Sequence[Sequence[float]]
#: Share of the mean error that a label has at least, and at most, before all are made to average.
LEAST, MOST = 0.5, 1.5
#: Shape of the gamma distribution of mistakes: below 1, so that a few confusions dominate.
UNEVEN = 0.5


def draw(chance: random.Random, accuracy: float, classes: int) -> Matrix:
    """Draw P(given given true) whose diagonal has this mean, some labels harder than others."""
    weights = [chance.uniform(LEAST, MOST) for _ in range(classes)]
    errors = [min(1.0, (1 - accuracy) * classes * w / sum(weights)) for w in weights]
    return [_row(chance, truth, error, classes) for truth, error in enumerate(errors)]


def given(chance: random.Random, row: Sequence[float], blur: float) -> int:
    """Draw a label from a row, or with the chance `blur` any label whatever."""
    guesses = chance.random() < blur
    # both are drawn, whichever counts: what blurs an answer must not change the others
    seen, guess = chance.choices(range(len(row)), row)[0], chance.randrange(len(row))
    return guess if guesses else seen


def _row(chance: random.Random, truth: int, error: float, classes: int) -> list[float]:
    weights = [0.0 if k == truth else chance.gammavariate(UNEVEN, 1.0) for k in range(classes)]
    total = sum(weights)
    return [1 - error if k == truth else error * w / total for k, w in enumerate(weights)]
