"""What a machine-learning model's predictions are worth, judged by people and never by themselves.

People are fitted alone. Against what they say, and against known labels, each model gets a matrix
of its own; a task's posterior is then that of people times what the prediction tells. A model of
which it is not clear that it tells anything is not listened to, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np

from consensus.credible import accuracy_of
from consensus.judged import LEVELS, held_out, learned, rightness
from consensus.posterior import TINY
from consensus.votes import Floats, Ints

#: The form of what is packed; a reader refuses one it does not know.
VERSION = 1
#: A model and people err on the same hard tasks: a prediction counts as this much of an
#: independent one, as long as no labels are known that say otherwise.
DISCOUNT = 0.5
#: Known labels from which a model's own discount is learned.
LEAST_KNOWN = 20
#: Standard deviation of a model's discount before labels are known.
DISCOUNT_SPREAD = 0.2
#: Standard errors by which predictions must be foretold better than by nothing for the model to be
#: listened to, and better than by the label alone for its confidence to be.
CLEAR = 2.0
#: Judged tasks below which standard errors mean nothing, and neither does a model.
LEAST_JUDGED = 20
#: Judged tasks that a level of confidence needs.
LEAST_A_LEVEL = 30


@dataclass(frozen=True, eq=False)
class Predictions:
    """What one model says: one row a task that it speaks of, shape (N,) each."""

    #: Row of the task in the posteriors of people; each at most once.
    task: Ints
    #: Number of the predicted label.
    label: Ints
    #: From 0 to 1; NaN where the model does not say.
    confidence: Floats

    def __post_init__(self) -> None:
        """Refuse what no model can mean, with a ValueError."""
        if not self.task.shape == self.label.shape == self.confidence.shape == (len(self.task),):
            raise ValueError("task, label and confidence must be columns of equal length")
        if (np.diff(np.sort(self.task)) == 0).any():
            raise ValueError("a model may speak of a task only once")
        if ((self.confidence < 0) | (self.confidence > 1)).any():
            raise ValueError("a confidence must be from 0 to 1, or NaN where it is not said")


@dataclass(frozen=True, eq=False)
class Predictor:
    """What is known of one model."""

    #: P(true label | prediction) / P(true label), by level of confidence, predicted and true label:
    #: shape (L, K, K). The first level is that of predictions that say no confidence.
    worth: Floats
    #: Where one level of confidence ends and the next begins: at most L - 2.
    edges: Floats
    #: P(predicted | true): shape (K, K).
    confusion: Floats
    #: The chance that a prediction is right, with the interval that holds it at 95 %.
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    #: How many known labels would have told as much about the model as people have.
    judged_on: float
    #: What a prediction tells of a label nobody has spoken of, in bits.
    information: float
    is_listened_to: bool
    #: How much of an independent prediction each one counts as, from 0 to 1.
    weight: float

    @classmethod
    def fit(
        cls,
        predictions: Predictions,
        posteriors: Floats,
        answers: Ints,
        known: Mapping[int, int] | None = None,
    ) -> Self:
        """Judge a model by the posteriors of people alone (T, K) and by known labels, by row.

        The posteriors are blind to known labels. `answers` (T,) counts what people have said of
        each task: where that is nothing and no label is known, a prediction judges nothing. Raises
        ValueError for tasks or labels out of range.
        """
        labels = posteriors.shape[1]
        _check(predictions, *posteriors.shape)
        told, truth = _judged_by(predictions, answers, known or {})
        task, label = predictions.task[told], predictions.label[told].astype(np.int64)
        people = np.where(truth[:, None] < 0, posteriors[task], np.eye(labels)[truth])
        edges = _edges(predictions.confidence[told])
        readings = _readings(label, _level(predictions.confidence[told], edges), labels)
        found, held = learned(people, readings), held_out(people, readings)
        gains = [np.log((people * worth).sum(axis=1)) for worth in held]
        is_finer = len(readings) > 1 and _is_clear(gains[1] - gains[0])
        plain, best = found[0], found[is_finer]
        evidence = rightness(people, label, plain.confusion)
        accuracy = accuracy_of(np.zeros_like(label), 1, evidence, 1 / max(1, labels))
        purity = (people**2).sum(axis=1) - 1 / labels
        asked = np.where(answers[task] > 0, truth, -1)
        return cls(
            worth=np.tile(best.worth, (1 if is_finer else 2, 1)).reshape(-1, labels, labels),
            edges=edges if is_finer else edges[:0],
            confusion=plain.confusion,
            accuracy=float(accuracy.mean[0]),
            accuracy_low=float(accuracy.low[0]),
            accuracy_high=float(accuracy.high[0]),
            judged_on=float(purity.sum() / max(1 - 1 / labels, TINY)),
            information=best.information,
            is_listened_to=_is_clear(gains[is_finer]),
            weight=_weight(posteriors[task], held[is_finer], asked),
        )

    def log_likelihood(self, label: Ints, confidence: Floats) -> Floats:
        """Say what predictions tell of each true label, in logarithms that add up: shape (N, K)."""
        labels = self.worth.shape[2]
        if not self.is_listened_to:
            return np.zeros((len(label), labels))
        rows: Floats = np.log(self.worth[_level(confidence, self.edges), label])
        return self.weight * rows

    def pack(self) -> tuple[dict[str, Any], list[float]]:
        """Turn it into plain numbers: a header of JSON values, and one list."""
        header = asdict(replace(self, worth=None, confusion=None))  # type: ignore[arg-type]
        header |= {"version": VERSION, "edges": self.edges.tolist(), "shape": self.worth.shape}
        return header, [*self.worth.ravel().tolist(), *self.confusion.ravel().tolist()]

    @classmethod
    def unpack(cls, header: Mapping[str, Any], numbers: Sequence[float]) -> Self:
        """Make it again from what `pack` has given; ValueError for another version."""
        fields = dict(header)
        if fields.pop("version", None) != VERSION:
            raise ValueError(f"a model was stored as version {header.get('version')}")
        shape = tuple(fields.pop("shape"))
        size = int(np.prod(shape))
        worth, confusion = np.split(np.asarray(numbers, np.float64), [size])
        fields["edges"] = np.asarray(fields["edges"], np.float64)
        fields |= {"worth": worth.reshape(shape), "confusion": confusion.reshape(shape[1:])}
        return cls(**fields)


def predictors(
    models: Sequence[Predictions],
    posteriors: Floats,
    answers: Ints,
    known: Mapping[int, int] | None = None,
) -> list[Predictor]:
    """Judge several models, each as `Predictor.fit` does, and weigh them against each other.

    Of models that say the same more often than their matrices explain, each counts for less: m
    copies of one together count as that one.
    """
    found = [Predictor.fit(model, posteriors, answers, known) for model in models]
    heard = [i for i, one in enumerate(found) if one.is_listened_to]
    weights = [one.weight for one in found]
    for i in heard:
        alike = [
            _alike((found[i], models[i]), (found[j], models[j]), posteriors)
            for j in heard
            if j != i
        ]
        weights[i] /= 1 + sum(alike)
    return [replace(one, weight=weight) for one, weight in zip(found, weights, strict=True)]


def combined(posteriors: Floats, models: Iterable[tuple[Predictor, Predictions]]) -> Floats:
    """Put what models say beside the posteriors of people: shape (T, K).

    A task of which no model that is listened to speaks keeps its posterior to the last digit.
    """
    whole = posteriors.copy()
    told = np.zeros_like(posteriors)
    for predictor, predictions in models:
        if predictor.is_listened_to:
            told[predictions.task] += predictor.log_likelihood(
                predictions.label, predictions.confidence
            )
    rows = np.flatnonzero(told.any(axis=1))
    whole[rows] *= np.exp(told[rows] - told[rows].max(axis=1, keepdims=True))
    whole[rows] /= whole[rows].sum(axis=1, keepdims=True)
    return whole


def _check(predictions: Predictions, tasks: int, labels: int) -> None:
    for column, size in ((predictions.task, tasks), (predictions.label, labels)):
        if len(column) and not 0 <= column.min() <= column.max() < size:
            raise ValueError(f"tasks must be below {tasks} and labels below {labels}")


def _judged_by(
    predictions: Predictions, answers: Ints, known: Mapping[int, int]
) -> tuple[Ints, Ints]:
    """Find the predictions that people or a known label judge, and these labels, -1 for none."""
    truth = np.full(len(answers), -1, np.int64)
    truth[list(known)] = list(known.values())
    truth = truth[predictions.task]
    told = np.flatnonzero((answers[predictions.task] > 0) | (truth >= 0))
    return told, truth[told]


def _edges(confidence: Floats) -> Floats:
    """Cut confidences into levels of about as many tasks each: at most `LEVELS`."""
    said = confidence[~np.isnan(confidence)]
    levels = min(LEVELS, len(said) // LEAST_A_LEVEL)
    if levels < 2:
        return np.empty(0)
    edges = np.unique(np.quantile(said, np.arange(1, levels) / levels, method="higher"))
    # nothing lies below the least
    within: Floats = edges[edges > said.min()]
    return within


def _level(confidence: Floats, edges: Floats) -> Ints:
    """Say which level each confidence is of, from 1; 0 where there is none."""
    level = 1 + np.searchsorted(edges, confidence, side="right")
    numbers: Ints = np.where(np.isnan(confidence), 0, level)
    return numbers


def _readings(label: Ints, level: Ints, labels: int) -> list[Ints]:
    """Number what was said by its label alone and, where it has several levels, by both."""
    if np.count_nonzero(np.bincount(level)) < 2:
        return [label]
    return [label, level * labels + label]


def _is_clear(gains: Floats) -> bool:
    """Say whether the sum of gains, in nats, is above 0 by `CLEAR` standard errors."""
    if len(gains) < LEAST_JUDGED:
        return False
    return bool(gains.sum() > CLEAR * gains.std() * np.sqrt(len(gains)))


def _weight(people: Floats, worth: Floats, truth: Ints) -> float:
    """Learn from known labels that people were asked for what share of itself a prediction counts.

    The weight of greatest likelihood, under a normal prior around `DISCOUNT`.
    """
    rows = np.flatnonzero(truth >= 0)
    if len(rows) < LEAST_KNOWN:
        return DISCOUNT
    before, logs = np.maximum(people[rows], TINY), np.log(worth[rows])
    every = np.arange(len(rows))

    def fitness(weight: float) -> float:
        after = before * np.exp(weight * logs)
        right = after[every, truth[rows]] / after.sum(axis=1)
        surprise = ((weight - DISCOUNT) / DISCOUNT_SPREAD) ** 2 / 2
        return float(np.log(np.maximum(right, TINY)).sum() - surprise)

    return float(max(np.linspace(0, 1, 51), key=fitness))


def _alike(
    one: tuple[Predictor, Predictions], other: tuple[Predictor, Predictions], posteriors: Floats
) -> float:
    """Measure how much more two models agree than their matrices explain, as a share of the most.

    It is Cohen's kappa given the truth: 1 for copies, 0 for models that err independently.
    """
    _, here, there = np.intersect1d(
        one[1].task, other[1].task, assume_unique=True, return_indices=True
    )
    if not len(here):
        return 0.0
    agreed = float((one[1].label[here] == other[1].label[there]).mean())
    chance = (one[0].confusion * other[0].confusion).sum(axis=1)
    expected = float(posteriors[one[1].task[here]].mean(axis=0) @ chance)
    return float(np.clip((agreed - expected) / max(1 - expected, TINY), 0, 1))
