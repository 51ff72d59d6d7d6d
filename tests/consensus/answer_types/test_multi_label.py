"""Sets of labels: profiles against label by label, and which set to give."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit

from consensus.answer_types.binary_relevance import BinaryRelevance
from consensus.answer_types.label_profiles import LabelProfiles
from consensus.answer_types.label_sets import f1_sets, probable_sets
from consensus.answer_types.multi_label_votes import Bools, MultiLabelVotes
from consensus.methods import make_method
from consensus.votes import Floats

LABELS = [f"l{i}" for i in range(6)]


def planted(seed: int, *, together: bool, tasks: int = 200) -> tuple[MultiLabelVotes, Bools]:
    """Three answers a task of annotators of one piece; labels go together, or each for itself."""
    chance = np.random.default_rng(seed)
    profiles = np.where(chance.random((4, 6)) < 0.4, 0.85, 0.05)
    rates = profiles[chance.integers(4, size=tasks)] if together else chance.uniform(0.1, 0.5, 6)
    truth = chance.random((tasks, 6)) < rates
    skill = chance.normal(0, 1, (20, 1)) + chance.normal(0, 0.3, (20, 6))
    hits, alarms = expit(1 + skill), expit(-1.7 - 0.7 * skill)
    who = np.concatenate([chance.permutation(20)[:3] for _ in range(tasks)])
    what = np.repeat(np.arange(tasks), 3)
    chosen = chance.random((len(who), 6)) < np.where(truth[what], hits[who], alarms[who])
    answers = [[LABELS[i] for i in np.flatnonzero(row)] for row in chosen]
    return MultiLabelVotes.from_columns(what.tolist(), who.tolist(), answers, LABELS), truth


def loss(posteriors: Floats, truth: Bools) -> float:
    return float(-np.log(np.maximum(np.where(truth, posteriors, 1 - posteriors), 1e-9)).mean())


def wrong(posteriors: Floats, truth: Bools) -> float:
    return float(((posteriors > 0.5) != truth).mean())


def test_labels_that_go_together_speak_for_each_other() -> None:
    runs = [planted(seed, together=True) for seed in range(3)]

    ours = [(LabelProfiles().fit(votes).posteriors_, truth) for votes, truth in runs]
    apart = [(BinaryRelevance().fit(votes).posteriors_, truth) for votes, truth in runs]

    assert np.mean([wrong(*o) for o in ours]) < 0.8 * np.mean([wrong(*a) for a in apart])
    assert np.mean([loss(*o) for o in ours]) < 0.8 * np.mean([loss(*a) for a in apart])


def test_labels_that_have_nothing_in_common_get_one_profile_and_lose_nothing() -> None:
    runs = [planted(seed, together=False) for seed in range(3)]

    ours = [(LabelProfiles().fit(votes), truth) for votes, truth in runs]
    apart = [(BinaryRelevance().fit(votes), truth) for votes, truth in runs]

    assert [len(fit.shares_) for fit, _ in ours] == [1, 1, 1]
    errors = [np.mean([wrong(f.posteriors_, t) for f, t in fits]) for fits in (ours, apart)]
    assert errors[0] <= errors[1]


def test_the_bound_never_falls() -> None:
    fit = LabelProfiles().fit(planted(0, together=True)[0])

    assert len(fit.shares_) > 1
    assert fit.converged_
    assert np.diff(fit.bounds_).min() >= -1e-9


def test_profiles_are_shares_and_members_of_them() -> None:
    fit = LabelProfiles().fit(planted(0, together=True)[0])

    assert fit.shares_.sum() == pytest.approx(1)
    assert np.allclose(fit.members_.sum(axis=1), 1)
    assert ((fit.rates_ > 0) & (fit.rates_ < 1)).all()


def test_a_whole_set_is_right_about_as_often_as_is_said() -> None:
    runs = [planted(seed, together=True) for seed in range(4)]

    stated, right = [], []
    for votes, truth in runs:
        fit = LabelProfiles().fit(votes)
        sets, _ = probable_sets(fit.posteriors_)
        stated.append(fit.set_confidence(sets).mean())
        right.append((sets == truth).all(axis=1).mean())

    assert np.mean(stated) == pytest.approx(np.mean(right), abs=0.1)


def test_the_probabilities_of_all_sets_add_up_to_one() -> None:
    votes, _ = planted(1, together=True, tasks=60)
    every = [np.tile(bits, (60, 1)) for bits in product([False, True], repeat=6)]

    for fit in (LabelProfiles().fit(votes), BinaryRelevance("one-coin").fit(votes)):
        total = sum(fit.set_confidence(sets) for sets in every)
        assert total == pytest.approx(np.ones(60))


@pytest.mark.parametrize("model", [LabelProfiles, BinaryRelevance])
def test_known_sets_are_held_fast(model: type[LabelProfiles | BinaryRelevance]) -> None:
    votes, truth = planted(0, together=True)
    gold = {0: [name for name, t in zip(LABELS, truth[0], strict=True) if not t]}

    fit = model().fit(votes, gold)

    assert fit.posteriors_[0] == pytest.approx(1.0 - truth[0])
    assert np.isfinite(fit.posteriors_).all()


def test_label_by_label_is_what_the_method_says_of_each() -> None:
    votes, _ = planted(0, together=False, tasks=50)

    fit = BinaryRelevance("ibcc").fit(votes)

    for label in range(6):
        alone = make_method("ibcc").fit(votes.about(label))
        assert (fit.posteriors_[:, label] == alone.posteriors_[:, 1]).all()


def test_tasks_without_answers_are_no_trouble() -> None:
    who, none = np.array([0]), np.zeros((1, 2), bool)
    votes = MultiLabelVotes(("t", "u"), ("w",), ("a", "b"), np.array([0]), who, none)

    fit = LabelProfiles().fit(votes)

    assert (fit.posteriors_[0] < 0.5).all()
    assert ((fit.posteriors_[1] > 0) & (fit.posteriors_[1] < 1)).all()


def expected_f1(posterior: Floats, given_: tuple[int, ...]) -> float:
    from sklearn.metrics import f1_score

    return sum(
        np.where(truth, posterior, 1 - posterior).prod()
        * f1_score(truth, given_, zero_division=1.0)
        for truth in product([0, 1], repeat=len(posterior))
    )


@settings(max_examples=8, deadline=None)
@given(arrays(np.float64, 3, elements=st.floats(0.01, 0.99)))
def test_no_set_has_a_greater_expected_f1(posterior: Floats) -> None:
    sets, _ = f1_sets(posterior[None])

    ours = expected_f1(posterior, tuple(sets[0].astype(int)))

    best = max(expected_f1(posterior, other) for other in product([0, 1], repeat=3))
    assert ours == pytest.approx(best, abs=1e-9)


def test_f1_gives_the_likelier_label_where_nothing_is_probable() -> None:
    posteriors = np.array([[0.45, 0.4, 0.1], [0.01, 0.02, 0.01]])

    assert probable_sets(posteriors)[0].tolist() == [[False] * 3, [False] * 3]
    assert f1_sets(posteriors)[0].tolist() == [[True, True, False], [False] * 3]


def test_a_tie_is_disputed_never_guessed() -> None:
    posteriors = np.array([[0.5, 0.9], [0.6, 0.9]])

    assert probable_sets(posteriors)[1].tolist() == [True, False]
    assert f1_sets(np.full((1, 2), 0.3))[1].tolist() == [False]


def test_what_is_no_set_of_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="not a string"):
        MultiLabelVotes.from_columns(["t"], ["w"], ["a"], ["a", "b"])
    with pytest.raises(ValueError, match="not in label_set"):
        MultiLabelVotes.from_columns(["t"], ["w"], [["c"]], ["a", "b"])
    with pytest.raises(ValueError, match="at least one label"):
        MultiLabelVotes.from_columns([], [], [], [])
