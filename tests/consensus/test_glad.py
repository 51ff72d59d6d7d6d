"""GLAD: abilities, difficulties, and the climb to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import norm, spearmanr

from consensus.methods.glad import GLAD
from consensus.methods.majority import MajorityVote
from consensus.votes import Floats, Ints, Votes
from tests.consensus.planted import LABELS, planted


def votes_of(rows: Sequence[tuple[Any, Any, str]], labels: tuple[str, ...] = LABELS) -> Votes:
    return Votes.from_rows(rows, labels)


def graded(
    seed: int = 0, tasks: int = 400, annotators: int = 30, each: int = 8
) -> tuple[Votes, Floats, Floats, Ints]:
    """Votes of GLAD's own making, and the abilities, log easiness and truth behind."""
    chance = np.random.default_rng(seed)
    alpha, log_beta = chance.normal(0.8, 1, annotators), chance.normal(0.3, 1, tasks)
    truth = chance.integers(3, size=tasks)
    rows = []
    for task in range(tasks):
        for who in chance.choice(annotators, each, replace=False):
            right = chance.random() < expit(alpha[who] * np.exp(log_beta[task]))
            given = truth[task] if right else (truth[task] + chance.integers(1, 3)) % 3
            rows.append((task, int(who), LABELS[given]))
    votes = votes_of(rows)
    return votes, alpha[np.array(votes.annotator_ids)], log_beta, truth


def log_evidence(votes: Votes, fit: GLAD) -> float:
    """Compute what GLAD climbs from its definition, a vote at a time."""
    total = np.log(fit.class_prior_).sum()
    total += (norm.logpdf(fit.ability_, 1) - norm.logpdf(0)).sum()
    total += (norm.logpdf(fit.easiness_, 1) - norm.logpdf(0)).sum()
    joint = np.tile(fit.class_prior_, (votes.shape[0], 1))
    for task, who, label in zip(votes.task, votes.annotator, votes.label, strict=True):
        right = 1 / (1 + np.exp(-fit.ability_[who] * np.exp(fit.easiness_[task])))
        for true in range(votes.shape[2]):
            joint[task, true] *= right if label == true else (1 - right) / (votes.shape[2] - 1)
    return float(total + np.log(joint.sum(axis=1)).sum())


def test_abilities_and_difficulties_are_found() -> None:
    votes, alpha, log_beta, truth = graded(seed=1)

    fit = GLAD().fit(votes)

    assert spearmanr(fit.ability_, alpha).statistic > 0.9
    assert spearmanr(fit.difficulty_, -log_beta).statistic > 0.5
    plain = MajorityVote().fit(votes).posteriors_.argmax(axis=1) == truth
    assert (fit.posteriors_.argmax(axis=1) == truth).mean() > plain.mean() + 0.01


def test_who_is_mostly_wrong_has_an_ability_below_nothing() -> None:
    rows = [(t, w, LABELS[(t + (w == 5)) % 3]) for t in range(30) for w in range(6)]

    fit = GLAD().fit(votes_of(rows))

    assert (fit.ability_ < 0).tolist() == [False] * 5 + [True]


def test_what_divides_annotators_is_harder_than_what_does_not() -> None:
    rows = [
        (t, w, LABELS[t % 3 if t < 20 or w < 3 else w % 3]) for t in range(30) for w in range(7)
    ]

    fit = GLAD().fit(votes_of(rows))

    assert fit.difficulty_ is not None
    assert fit.difficulty_[:20].max() < fit.difficulty_[20:].min()


def test_the_bound_is_the_log_density_by_its_definition() -> None:
    votes, *_ = graded(tasks=20, annotators=6, each=4)

    fit = GLAD().fit(votes)

    assert fit.bounds_[-1] == pytest.approx(log_evidence(votes, fit), rel=1e-10)


@pytest.mark.parametrize("name", ["ability_", "easiness_"])
def test_a_fit_stands_on_a_summit(name: str) -> None:
    votes, *_ = graded(tasks=20, annotators=6, each=4)
    fit = GLAD(tolerance=1e-10, max_iterations=5000).fit(votes)
    summit, found = log_evidence(votes, fit), getattr(fit, name).copy()

    for place in range(len(found)):
        for step in (-0.01, 0.01):
            setattr(fit, name, found + step * (np.arange(len(found)) == place))
            assert log_evidence(votes, fit) < summit


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 5)] * 2, st.sampled_from(LABELS)), min_size=1))
def test_no_step_lowers_the_bound(rows: list[tuple[int, int, str]]) -> None:
    votes = votes_of(rows)

    bounds = np.array(GLAD(max_iterations=60).fit(votes).bounds_)

    assert (np.diff(bounds) >= -1e-9 * np.abs(bounds[1:])).all()


def test_a_thousand_answers_do_not_overflow() -> None:
    rows = [(t, w, "a" if w % 3 else "b") for t in range(3) for w in range(1000)]

    fit = GLAD().fit(votes_of(rows))

    assert np.isfinite(fit.ability_).all()
    assert (fit.posteriors_[:, 0] > 0.99).all()


def test_a_fit_of_more_votes_goes_on_from_one_of_fewer() -> None:
    votes, *_ = graded(tasks=100)
    early = GLAD().fit(votes.where(np.arange(len(votes)) < len(votes) - 5))

    late, cold = GLAD().fit(votes, start=early), GLAD().fit(votes)

    assert late.bounds_[0] > cold.bounds_[0]
    assert np.abs(late.posteriors_ - cold.posteriors_).max() < 1e-4


def test_an_earlier_fit_of_other_labels_is_refused() -> None:
    rows, _ = planted(tasks=5)
    before = GLAD().fit(votes_of(rows))

    with pytest.raises(ValueError, match="other labels"):
        GLAD().fit(votes_of(rows, LABELS[::-1]), start=before)
