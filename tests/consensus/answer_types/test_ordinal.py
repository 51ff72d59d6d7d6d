"""Ordered labels: the model of bias and spread, and the label of least cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from consensus.answer_types.least_cost import UNDECIDED, cost_matrix, least_cost_label
from consensus.methods import make_method
from consensus.methods.ordinal import OrdinalDawidSkene
from consensus.votes import Floats, Ints, Votes

SCALE = ("1", "2", "3", "4", "5")


def planted(seed: int, tasks: int = 200, annotators: int = 15) -> tuple[Votes, Ints, Floats]:
    """Four answers a task of annotators with a bias and a spread; truths and biases."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(5, size=tasks)
    bias = chance.normal(0, 0.6, annotators)
    spread = np.exp(chance.normal(np.log(0.8), 0.4, annotators))
    who = np.concatenate([chance.permutation(annotators)[:4] for _ in range(tasks)])
    what = np.repeat(np.arange(tasks), 4)
    seen = truth[what] + bias[who] + spread[who] * chance.normal(size=len(who))
    given_ = np.clip(np.round(seen), 0, 4).astype(int)
    votes = Votes.from_columns(what.tolist(), who.tolist(), [SCALE[g] for g in given_], SCALE)
    return votes, truth, bias[np.array(votes.annotator_ids, int)]


def off(posteriors: Floats, truth: Ints) -> float:
    return float(np.abs(least_cost_label(posteriors) - truth).mean())


def of_crowd_kit(votes: Votes) -> Floats:
    from crowdkit.aggregation import DawidSkene as Peer

    table = pd.DataFrame({"task": votes.task, "worker": votes.annotator, "label": votes.label})
    found = Peer(n_iter=50).fit_predict_proba(table)
    posteriors: Floats = found.loc[range(votes.shape[0]), range(votes.shape[2])].to_numpy()
    return posteriors


def test_the_bound_never_falls() -> None:
    fit = OrdinalDawidSkene().fit(planted(0)[0])

    assert fit.converged_
    assert np.diff(fit.bounds_).min() >= -1e-9


def test_on_a_scale_it_is_nearer_than_what_knows_no_order() -> None:
    errors = []
    for votes, truth, _ in map(planted, range(4)):
        fits = [OrdinalDawidSkene().fit(votes), make_method("one-coin").fit(votes)]
        posteriors = [*(fit.posteriors_ for fit in fits), of_crowd_kit(votes)]
        errors.append([off(p, truth) for p in posteriors])

    ours, one_coin, crowd_kit = np.mean(errors, axis=0)

    assert ours < 0.8 * crowd_kit
    assert ours < 0.8 * one_coin


def test_a_bias_is_found() -> None:
    votes, _, bias = planted(1)

    fit = OrdinalDawidSkene().fit(votes)

    assert np.corrcoef(fit.bias_, bias)[0, 1] > 0.9
    assert np.abs(fit.bias_ - bias).max() < 0.6


def test_it_is_about_as_sure_as_it_is_right() -> None:
    fits = [(OrdinalDawidSkene().fit(votes), truth) for votes, truth, _ in map(planted, range(4))]

    stated = np.mean([fit.posteriors_.max(axis=1).mean() for fit, _ in fits])
    right = np.mean([(fit.posteriors_.argmax(axis=1) == truth).mean() for fit, truth in fits])

    assert stated == pytest.approx(right, abs=0.06)


def test_a_scale_read_from_its_other_end_says_the_same() -> None:
    votes, _, _ = planted(2, tasks=60)
    mirrored = Votes.from_columns(
        votes.task.tolist(), votes.annotator.tolist(), [SCALE[4 - g] for g in votes.label], SCALE
    )

    one, other = OrdinalDawidSkene().fit(votes), OrdinalDawidSkene().fit(mirrored)

    assert np.abs(one.posteriors_ - other.posteriors_[:, ::-1]).max() < 1e-4
    assert np.abs(one.bias_ + other.bias_).max() < 1e-3


def test_who_has_answered_once_counts_as_average() -> None:
    votes, _, _ = planted(0)
    rows = [*zip(votes.task.tolist(), votes.annotator.tolist(), votes.label, strict=True)]
    columns = zip(*[*rows, (0, "newcomer", 2)], strict=True)
    tasks, annotators, given_ = map(list, columns)

    fit = OrdinalDawidSkene().fit(
        Votes.from_columns(tasks, annotators, [SCALE[g] for g in given_], SCALE)
    )

    new = list(fit.annotator_ids_).index("newcomer")
    assert np.abs(fit.confusion_[new] - fit.pooled_confusion_).max() < 0.15


def test_who_answers_without_a_look_is_found_out() -> None:
    votes, _, _ = planted(3)
    noise = np.random.default_rng(0).integers(5, size=len(votes))
    given_ = np.where(votes.annotator == 0, noise, votes.label)
    mixed = Votes(votes.task_ids, votes.annotator_ids, SCALE, votes.task, votes.annotator, given_)

    fit = OrdinalDawidSkene().fit(mixed)

    assert fit.lapse_.argmax() == 0
    assert fit.lapse_[0] > 0.5


def test_one_label_one_annotator_and_tasks_without_votes_are_no_trouble() -> None:
    one_label = Votes.from_columns(["t", "u"], ["w", "w"], ["only", "only"], ("only",))
    empty = np.empty(0, np.int32)
    unanswered = Votes(("t", "u"), ("w",), SCALE, empty, empty, empty)

    assert OrdinalDawidSkene().fit(one_label).posteriors_.tolist() == [[1.0], [1.0]]
    shares = OrdinalDawidSkene().fit(unanswered).posteriors_
    assert np.allclose(shares, 1 / 5)


shares = arrays(np.float64, (6, 5), elements=st.floats(0.01, 1)).map(
    lambda rows: rows / rows.sum(axis=1, keepdims=True)
)


@given(shares)
def test_absolute_cost_gives_the_median_and_squared_cost_the_mean(posteriors: Floats) -> None:
    median = (np.cumsum(posteriors, axis=1) < 0.5).sum(axis=1)
    mean = posteriors @ np.arange(5)

    by_steps = least_cost_label(posteriors, "absolute")
    by_squares = least_cost_label(posteriors, "squared")

    assert ((by_steps == median) | (by_steps == UNDECIDED)).all()
    assert (np.abs(by_squares - mean)[by_squares != UNDECIDED] <= 0.5 + 1e-9).all()


def test_a_tie_is_disputed_never_guessed() -> None:
    halves = np.array([[0.5, 0.5, 0.0], [0.4, 0.2, 0.4], [0.2, 0.5, 0.3]])

    assert least_cost_label(halves, "absolute").tolist() == [UNDECIDED, 1, 1]
    assert least_cost_label(halves, "zero-one").tolist() == [UNDECIDED, UNDECIDED, 1]


def test_what_is_dear_to_miss_is_given_sooner() -> None:
    posteriors = np.array([[0.7, 0.3], [0.95, 0.05]])
    missing_the_second_is_dear = [[0.0, 1.0], [9.0, 0.0]]

    assert least_cost_label(posteriors, missing_the_second_is_dear).tolist() == [1, 0]
    with pytest.raises(ValueError, match="2 × 2"):
        least_cost_label(posteriors, [[0.0]])
    with pytest.raises(ValueError, match="absolute"):
        cost_matrix("cubic", 2)
