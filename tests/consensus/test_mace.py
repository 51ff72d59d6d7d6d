"""MACE: who knows, and what those who do not know say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import digamma

from consensus.methods.mace import MACE
from consensus.methods.majority import MajorityVote
from consensus.posterior import task_posteriors
from consensus.votes import Floats, Ints, Votes
from tests.consensus.planted import LABELS, planted

#: How often each annotator knows, and what the last three say when they do not.
KNOWS = np.array([0.9, 0.8, 0.7, 0.6, 0.2, 0.1, 0.05])
HABITS = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])


def of_its_own_making(tasks: int = 400, seed: int = 0) -> tuple[Votes, Ints]:
    chance = np.random.default_rng(seed)
    truth = chance.integers(3, size=tasks)
    habits = np.concatenate([np.full((4, 3), 1 / 3), HABITS])
    rows = [
        (t, w, LABELS[truth[t] if chance.random() < knows else chance.choice(3, p=habits[w])])
        for t in range(tasks)
        for w, knows in enumerate(KNOWS)
    ]
    return Votes.from_rows(rows, LABELS), truth


def log_mean(counts: Floats) -> Floats:
    """Compute exp E[log p] of Dirichlet distributions along the last axis."""
    found: Floats = np.exp(digamma(counts) - digamma(counts.sum(axis=-1, keepdims=True)))
    return found


def by_the_book(votes: Votes, steps: int) -> tuple[Floats, Floats, Floats]:
    """Do variational MACE a vote, a true label and a coin at a time."""
    tasks, annotators, labels = votes.shape
    coin, habit = np.tile([0.75, 0.25], (annotators, 1)), np.full((annotators, labels), 1 / labels)
    prior = np.full(labels, 1 / labels)
    triples = list(zip(votes.task, votes.annotator, votes.label, strict=True))
    for step in range(steps + 1):
        posterior = np.tile(prior, (tasks, 1))
        for t, a, l in triples:  # noqa: E741
            posterior[t] *= coin[a, 0] * (np.arange(labels) == l) + coin[a, 1] * habit[a, l]
        posterior /= posterior.sum(axis=1, keepdims=True)
        if step == steps:
            break
        coins, habits = np.full((annotators, 2), 0.5), np.full((annotators, labels), 10.0)
        for t, a, l in triples:  # noqa: E741
            knew = coin[a, 0] / (coin[a, 0] + coin[a, 1] * habit[a, l]) * posterior[t, l]
            coins[a] += knew, 1 - knew
            habits[a, l] += 1 - knew
        coin, habit = log_mean(coins), log_mean(habits)
        prior = (posterior.sum(axis=0) + 1) / (tasks + labels)
    return posterior, coins[:, 0] / coins.sum(axis=1), habits / habits.sum(axis=1, keepdims=True)


def test_competence_and_habits_are_found() -> None:
    votes, truth = of_its_own_making()

    fit = MACE().fit(votes)

    assert np.abs(fit.competence_ - KNOWS).max() < 0.1
    assert np.abs(fit.habits_[4:] - HABITS).max() < 0.1
    plain = MajorityVote().fit(votes).posteriors_.argmax(axis=1) == truth
    assert (fit.posteriors_.argmax(axis=1) == truth).mean() > plain.mean() + 0.02


def test_it_does_step_by_step_what_the_equations_say() -> None:
    votes, _ = of_its_own_making(tasks=40)

    fit = MACE(restarts=1, max_iterations=7).fit(votes)

    posterior, competence, habits = by_the_book(votes, 7)
    assert fit.posteriors_ == pytest.approx(posterior, abs=1e-10)
    assert fit.competence_ == pytest.approx(competence, abs=1e-10)
    assert fit.habits_ == pytest.approx(habits, abs=1e-10)


def test_a_matrix_is_knowing_or_else_a_habit() -> None:
    fit = MACE().fit(of_its_own_making()[0])

    by_habit = (1 - fit.competence_)[:, None, None] * fit.habits_[:, None, :]
    knowing = fit.competence_[:, None, None] * np.eye(3)
    assert fit.confusion_ == pytest.approx(knowing + by_habit)


def test_who_always_says_the_same_is_no_expert_however_often_right() -> None:
    said = {"parrot": lambda _: "a"} | {f"w{w}": lambda t: "ab"[t % 4 == 0] for w in range(4)}
    rows = [(t, who, label(t)) for t in range(80) for who, label in said.items()]
    votes = Votes.from_rows(rows, LABELS)

    fit = MACE().fit(votes)

    assert fit.competence_[0] < 0.3 < 0.9 < fit.competence_[1:].min()


def test_more_starts_never_end_lower() -> None:
    rows, _ = planted(tasks=12, annotators=3)
    votes = Votes.from_rows(rows, LABELS)

    ends = [MACE(restarts=n, habit=0.5).fit(votes).bounds_[-1] for n in (1, 2, 4, 8)]

    assert ends == sorted(ends)
    assert ends[-1] > ends[0]


@pytest.mark.parametrize("restarts", range(1, 5))
def test_the_posteriors_are_those_of_the_start_that_won(restarts: int) -> None:
    votes = Votes.from_rows(planted(tasks=12, annotators=3)[0], LABELS)

    fit = MACE(restarts=restarts, habit=0.5).fit(votes)

    assert fit.model_ is not None
    assert fit.posteriors_ == pytest.approx(task_posteriors(votes, fit.model_), abs=1e-12)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [({"knows": 0.0}, "positive"), ({"habit": -1.0}, "positive"), ({"restarts": 0}, "at least 1")],
)
def test_priors_that_are_none_are_refused(parameters: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        MACE(**parameters)  # type: ignore[arg-type]
