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


def test_a_model_that_is_always_wrong_does_no_harm() -> None:
    crowd = people()
    model = predictions(1 - crowd.truth)

    judged = crowd.judge(model)
    both = combined(crowd.posteriors, [(judged, model)])

    assert judged.accuracy_high < 0.1
    assert scores(both, crowd.truth).log_loss < 0.7 * scores(crowd.posteriors, crowd.truth).log_loss


def test_a_model_that_always_says_the_same_is_not_listened_to() -> None:
    crowd = people(labels=3)

    judged = crowd.judge(predictions(np.zeros(1000, np.int64)))

    assert not judged.is_listened_to
    assert judged.confusion == pytest.approx(np.tile([1, 0, 0], (3, 1)), abs=0.1)


def test_of_few_tasks_nothing_is_made() -> None:
    crowd = people(tasks=8)

    assert not crowd.judge(crowd.model(1.0)).is_listened_to


def test_tasks_that_nobody_has_answered_judge_no_model() -> None:
    crowd, model = people(), people().model(0.9)
    half = np.arange(1000) < 500

    judged = Predictor.fit(model, crowd.posteriors, half.astype(np.int64))
    only = Predictions(model.task[half], model.label[half], model.confidence[half])

    assert (judged.worth == crowd.judge(only).worth).all()
    assert judged.accuracy == crowd.judge(only).accuracy


def test_it_agrees_with_the_likelihood_summed_by_hand() -> None:
    crowd = people(tasks=400, labels=3)
    model = crowd.model(0.9)
    judged = crowd.judge(model)

    both = combined(crowd.posteriors, [(judged, model)])

    for task in range(5):
        said = judged.confusion[:, model.label[task]] ** judged.weight
        expected = crowd.posteriors[task] * said
        assert both[task] == pytest.approx(expected / expected.sum(), rel=0.02)


def test_what_a_model_is_worth_is_of_greatest_likelihood() -> None:
    crowd = people(tasks=2000)
    model = crowd.model(0.85)
    said = np.arange(2000), model.label

    def likelihood(accuracy: float) -> float:
        matrix = np.array([[accuracy, 1 - accuracy], [1 - accuracy, accuracy]])
        return float(np.log((crowd.posteriors * matrix[:, model.label].T).sum(axis=1)).sum())

    best = max(np.linspace(0.5, 0.999, 500), key=likelihood)

    assert crowd.judge(model).accuracy == pytest.approx(best, abs=0.01)
    # what one step of EM, from posteriors as they stand, would have made of it
    assert crowd.posteriors[said].mean() < 0.7


def test_confidence_that_is_honest_is_worth_more_than_none() -> None:
    crowd = people(tasks=4000)
    chance = np.random.default_rng(3)
    sure = chance.choice([0.55, 0.98], 4000)
    right = chance.random(4000) < sure
    label = np.where(right, crowd.truth, 1 - crowd.truth)

    told = crowd.judge(predictions(label, sure))
    mute = crowd.judge(predictions(label))
    here, there = told.log_likelihood(label, sure), mute.log_likelihood(label, sure)

    assert told.information > 1.3 * mute.information
    gap = np.abs(here[:, 0] - here[:, 1])
    assert gap[sure > 0.9].min() > np.abs(there[:, 0] - there[:, 1]).max()
    assert gap[sure < 0.9].max() < 0.5


@pytest.mark.parametrize("seed", range(10))
def test_confidence_that_means_nothing_is_left_aside(seed: int) -> None:
    crowd = people(seed=seed)
    noise = np.random.default_rng(200 + seed).random(1000)
    model, mute = (crowd.model(0.85, seed=100 + seed, confidence=c) for c in (noise, None))

    both = combined(crowd.posteriors, [(crowd.judge(model), model)])
    alone = combined(crowd.posteriors, [(crowd.judge(mute), mute)])

    assert both == pytest.approx(alone)


def test_a_confidence_never_seen_tells_what_the_label_does() -> None:
    crowd = people()
    judged = crowd.judge(crowd.model(0.9))

    said = judged.log_likelihood(np.array([0, 0, 1]), np.array([np.nan, 0.3, 1.0]))

    assert (said[0] == said[1]).all()
    assert said[2] == pytest.approx(np.log(judged.worth[0, 1]) * judged.weight)


def test_the_order_of_tasks_and_the_names_of_labels_do_not_matter() -> None:
    crowd = people(labels=3)
    model = crowd.model(0.8, confidence=np.random.default_rng(2).random(1000))
    order, name = np.random.default_rng(1).permutation(1000), np.array([2, 0, 1])
    posteriors = np.empty_like(crowd.posteriors)
    posteriors[:, name] = crowd.posteriors[order]
    other = predictions(name[model.label[order]], model.confidence[order])

    both = combined(crowd.posteriors, [(crowd.judge(model), model)])
    again = combined(posteriors, [(Predictor.fit(other, posteriors, crowd.answers), other)])

    assert again[:, name] == pytest.approx(both[order], abs=1e-6)


def test_known_labels_are_certain() -> None:
    crowd = people(tasks=100)
    model = crowd.model(0.9)

    judged = crowd.judge(model, dict(enumerate(crowd.truth.tolist())))

    right = (model.label == crowd.truth).mean()
    assert judged.judged_on == pytest.approx(100)
    assert judged.accuracy == pytest.approx(right, abs=0.02)


def test_known_labels_say_how_far_a_model_errs_with_people() -> None:
    crowd = people()
    known = dict(enumerate(crowd.truth[:200].tolist()))
    given = crowd.posteriors.argmax(axis=1)
    apart, parrot = crowd.model(0.8), predictions(given)

    free, tied = (crowd.judge(model, known) for model in (apart, parrot))

    assert free.weight > 0.7
    assert tied.weight < 0.2


def test_known_labels_that_nobody_was_asked_for_say_nothing_of_that() -> None:
    crowd = people()
    model = crowd.model(0.9)
    known = dict(enumerate(crowd.truth[:200].tolist()))

    judged = Predictor.fit(model, crowd.posteriors, (np.arange(1000) >= 200).astype(int), known)

    assert judged.weight == DISCOUNT


def test_a_task_no_model_speaks_of_keeps_its_posterior() -> None:
    crowd = people()
    model = crowd.model(0.9)
    judged = crowd.judge(model)
    some = Predictions(model.task[:10], model.label[:10], model.confidence[:10])

    both = combined(crowd.posteriors, [(judged, some)])

    assert (both[10:] == crowd.posteriors[10:]).all()
    assert (both[:10] != crowd.posteriors[:10]).all()


def test_what_people_are_certain_of_no_model_changes() -> None:
    crowd = people()
    model = crowd.model(0.9)
    sure = np.eye(2)[crowd.truth]

    assert (combined(sure, [(crowd.judge(model), model)]) == sure).all()


def test_many_labels_and_few_tasks_of_each_do_not_blur_a_model() -> None:
    crowd = people(tasks=500, labels=50)
    model = crowd.model(0.9)

    judged = crowd.judge(model)
    both = combined(crowd.posteriors, [(judged, model)])

    assert judged.is_listened_to
    assert scores(both, crowd.truth).log_loss < 0.7 * scores(crowd.posteriors, crowd.truth).log_loss


@pytest.mark.parametrize("labels", [1, 2])
def test_nothing_said_is_nothing_learned(labels: int) -> None:
    nobody = np.empty((0, labels))
    none = predictions(np.empty(0, np.int64))

    judged = Predictor.fit(none, nobody, np.empty(0, np.int64))

    assert not judged.is_listened_to
    assert (judged.judged_on, judged.information) == (0, 0)
    assert combined(nobody, [(judged, none)]).shape == (0, labels)


def test_the_only_label_there_is_is_no_news() -> None:
    crowd = People(np.zeros(50, np.int64), np.ones((50, 1)))

    judged = crowd.judge(predictions(crowd.truth))

    assert not judged.is_listened_to
    assert judged.accuracy > 0.9


@pytest.mark.parametrize(
    ("task", "label", "confidence", "what"),
    [
        ([0, 0], [0, 1], [0.5, 0.5], "only once"),
        ([0, 1], [0, 1], [0.5, 1.5], "from 0 to 1"),
        ([0, 1], [0], [0.5, 0.5], "equal length"),
        ([0, 5], [0, 1], [0.5, 0.5], "below 5"),
        ([0, 1], [0, 2], [0.5, 0.5], "below 2"),
        ([0, 1], [0, -1], [0.5, 0.5], "below 2"),
    ],
)
def test_what_no_model_can_mean_is_refused(
    task: list[int], label: list[int], confidence: list[float], what: str
) -> None:
    crowd = people(tasks=5)

    with pytest.raises(ValueError, match=what):
        crowd.judge(Predictions(np.array(task), np.array(label), np.array(confidence)))


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
