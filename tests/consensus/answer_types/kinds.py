"""Planted answers of every kind, with their truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from consensus.answer_types import Aggregate, Question, aggregate

LABELS = ["a", "b", "c", "d"]
QUESTIONS: dict[str, dict[str, Any]] = {
    "categorical": {"type": "categorical", "labels": LABELS},
    "ordinal": {"type": "ordinal", "labels": LABELS},
    "numeric": {"type": "numeric", "minimum": 0, "maximum": 100},
    "multi-label": {"type": "multi-label", "labels": LABELS},
}


@dataclass(frozen=True)
class Planted:
    """Columns of answers; annotator w0 is the poorest."""

    question: Question
    tasks: list[str]
    annotators: list[str]
    answers: list[Any]
    truth: dict[str, Any]

    def found(self, **kwargs: Any) -> Aggregate:
        return aggregate(self.tasks, self.annotators, self.answers, self.question, **kwargs)


def drawn(name: str, chance: np.random.Generator) -> Any:
    if name == "numeric":
        return float(chance.uniform(20, 80))
    if name == "multi-label":
        return [label for label in LABELS if chance.random() < 0.4]
    return LABELS[chance.integers(4)]


def blurred(name: str, truth: Any, error: float, chance: np.random.Generator) -> Any:
    """Answer as an annotator who errs with this probability, or by this share of the range."""
    if name == "numeric":
        return float(np.clip(truth + 40 * error * chance.normal(), 0, 100))
    if name == "multi-label":
        return [label for label in LABELS if (label in truth) != (chance.random() < error)]
    if chance.random() >= error:
        return truth
    if name == "ordinal":
        step = LABELS.index(truth) + chance.choice([-1, 1])
        return LABELS[min(3, max(0, step))]
    return LABELS[chance.integers(4)]


def planted(name: str, seed: int = 0, tasks: int = 60, annotators: int = 7) -> Planted:
    chance = np.random.default_rng(seed)
    truth = {f"t{i}": drawn(name, chance) for i in range(tasks)}
    rows = [
        (task, f"w{w}", blurred(name, value, 0.6 if w == 0 else 0.15, chance))
        for task, value in truth.items()
        for w in range(annotators)
    ]
    return Planted(QUESTIONS[name], *map(list, zip(*rows, strict=True)), truth)
