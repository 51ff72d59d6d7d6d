"""Models that predict, and what people make of it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from consensus.predictions import DISCOUNT, Predictions, Predictor, combined, predictors
from consensus.scores import scores
from consensus.votes import Floats, Ints


@dataclass(frozen=True)
class People:
    """What people say of tasks whose truth is known to the test."""

    truth: Ints
    posteriors: Floats

    @property
    def answers(self) -> Ints:
        return np.ones(len(self.truth), np.int64)

    def model(
        self, accuracy: float, seed: int = 1, confidence: Floats | None = None
    ) -> Predictions:
        """Plant a model that errs evenly."""
        chance = np.random.default_rng(seed)
        labels, tasks = self.posteriors.shape[1], len(self.truth)
        wrong = (self.truth + chance.integers(1, labels, tasks)) % labels
        said = np.where(chance.random(tasks) < accuracy, self.truth, wrong)
        return predictions(said, confidence)

    def judge(self, model: Predictions, known: dict[int, int] | None = None) -> Predictor:
        return Predictor.fit(model, self.posteriors, self.answers, known)


def people(tasks: int = 1000, labels: int = 2, right: float = 0.75, seed: int = 0) -> People:
    """Plant one answer a task, right so often, and the posterior that follows from it."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(labels, size=tasks)
    wrong = (truth + chance.integers(1, labels, tasks)) % labels
    given = np.where(chance.random(tasks) < right, truth, wrong)
    posteriors = np.full((tasks, labels), (1 - right) / (labels - 1))
    posteriors[np.arange(tasks), given] = right
    return People(truth, posteriors)


def predictions(label: Ints, confidence: Floats | None = None) -> Predictions:
    said = np.full(len(label), np.nan) if confidence is None else confidence
    return Predictions(np.arange(len(label)), label, said)


@pytest.mark.parametrize("seed", range(10))
def test_a_useless_model_changes_nothing(seed: int) -> None:
    crowd = people(seed=seed)
    model = crowd.model(0.5, seed=100 + seed)

    judged = crowd.judge(model)

    assert not judged.is_listened_to
    assert (combined(crowd.posteriors, [(judged, model)]) == crowd.posteriors).all()


@pytest.mark.parametrize("labels", [2, 3])
def test_a_good_model_is_found_out_by_doubtful_answers(labels: int) -> None:
    crowd = people(tasks=3000, labels=labels)
    model = crowd.model(0.9)

    judged = crowd.judge(model)
    both = combined(crowd.posteriors, [(judged, model)])

    assert judged.accuracy == pytest.approx(0.9, abs=0.04)
    assert judged.accuracy_low < 0.9 < judged.accuracy_high
    assert scores(both, crowd.truth).log_loss < 0.7 * scores(crowd.posteriors, crowd.truth).log_loss
    assert both.sum(axis=1) == pytest.approx(1)


def test_a_model_that_is_always_wrong_tells_as_much_as_one_that_is_always_right() -> None:
    crowd = people()
    model = predictions(1 - crowd.truth)

    judged = crowd.judge(model)
    both = combined(crowd.posteriors, [(judged, model)])

    assert judged.accuracy_high < 0.1
    assert scores(both, crowd.truth).accuracy > scores(crowd.posteriors, crowd.truth).accuracy + 0.1


def test_packed_it_is_the_same_again() -> None:
    crowd = people(labels=3)
    model = crowd.model(0.8, confidence=np.random.default_rng(0).random(1000))
    judged = crowd.judge(model)

    header, numbers = judged.pack()
    again = Predictor.unpack(json.loads(json.dumps(header)), numbers)

    one, other = ([(j, model)] for j in (judged, again))
    assert (combined(crowd.posteriors, one) == combined(crowd.posteriors, other)).all()
    assert again.accuracy == judged.accuracy
    assert (again.confusion == judged.confusion).all()


def test_copies_of_a_model_add_nothing() -> None:
    crowd = people()
    model = crowd.model(0.8)

    alone = predictors([model], crowd.posteriors, crowd.answers)
    thrice = predictors([model] * 3, crowd.posteriors, crowd.answers)

    assert alone[0].weight == DISCOUNT
    assert sum(p.weight for p in thrice) == pytest.approx(DISCOUNT)


def test_models_that_err_independently_count_in_full() -> None:
    crowd = people(tasks=4000)
    models = [crowd.model(0.8, seed=seed) for seed in range(3)]

    found = predictors(models, crowd.posteriors, crowd.answers)

    assert all(p.weight > 0.85 * DISCOUNT for p in found)
