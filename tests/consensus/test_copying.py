"""Annotators who copy, and honest ones who err together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from consensus.copying import Copying, copying, tail
from consensus.methods.dawid_skene import DawidSkene
from consensus.votes import Votes
from tests.consensus.planted_crowd import Planted, labels_given, votes_of, who_answers

Ring = tuple[int, ...]


def copied(
    seed: int, rings: Sequence[Ring], *, tasks: int = 60, overlap: int = 20, hard: float = 0.0
) -> Planted:
    """Plant 20 annotators of five labels: those in a ring copy half of its first one's answers.

    Where tasks are `hard`, in logits, they differ in it, and most errors go to one tempting label.
    """
    chance = np.random.default_rng(seed)
    truth, who = chance.integers(5, size=tasks)[:, None], who_answers(chance, 20, tasks, overlap)
    accuracy = chance.uniform(0.65, 0.9, 20)
    accuracy[[a for ring in rings for a in ring]] = 0.5
    logit = np.log(accuracy / (1 - accuracy))[who] + chance.normal(0, hard, (tasks, 1))
    given = labels_given(chance, truth, chance.random(who.shape) < 1 / (1 + np.exp(-logit)), 5)
    tempting = (truth + chance.integers(1, 5, (tasks, 1))) % 5
    lured = (given != truth) & (chance.random(who.shape) < 0.8) & (hard > 0)
    given = np.where(lured, tempting, given)
    for source, *copiers in rings:
        at_source = who == source
        answer = (given * at_source).sum(axis=1, keepdims=True)
        copy = np.isin(who, copiers) & at_source.any(axis=1)[:, None]
        given = np.where(copy & (chance.random(who.shape) < 0.5), answer, given)
    return Planted(votes_of(who, given, 5), truth[:, 0])


def found(crowd: Planted) -> Copying:
    return copying(crowd.votes, DawidSkene().fit(crowd.votes))


def within(seen: Copying, rings: Sequence[Ring]) -> npt.NDArray[np.bool_]:
    guilty = {pair for ring in rings for pair in combinations(sorted(ring), 2)}
    return np.array([tuple(pair) in guilty for pair in seen.pairs.tolist()])


def test_who_copies_half_of_sixty_answers_is_found_and_nobody_else() -> None:
    rings = [(0, 1), (2, 3), (4, 5)]
    caught, blamed = [], []
    for seed in range(20):
        seen = found(copied(seed, rings))
        guilty = within(seen, rings)
        caught.append(seen.copies[guilty].mean())
        blamed.append(seen.copies[~guilty].mean())

    assert (seen.common == 60).all()
    assert np.mean(caught) >= 0.95
    assert np.mean(blamed) < 0.01


@pytest.mark.parametrize(("tasks", "overlap"), [(60, 20), (1000, 5), (2500, 3)])
def test_honest_annotators_who_err_together_on_hard_tasks_are_spared(
    tasks: int, overlap: int
) -> None:
    excess, blamed, small = [], [], []
    for seed in range(6):
        crowd = copied(seed, [], tasks=tasks, overlap=overlap, hard=1.5)
        seen = found(crowd)
        excess.append(shared_errors(crowd))
        blamed.append(seen.copies)
        small.append(seen.p_value < 0.01)

    # they do err together: far more often than if they erred independently
    assert np.mean(excess) > 1.5
    assert np.concatenate(blamed).mean() < 0.01
    assert np.concatenate(small).mean() < 0.02


@pytest.mark.parametrize(("tasks", "overlap", "hard"), [(5000, 5, 0.0), (400, 20, 0.7)])
def test_sloppy_but_honest_annotators_are_spared(tasks: int, overlap: int, hard: float) -> None:
    # rings of one: nobody to copy from
    sloppy = [(a,) for a in range(6)]
    crowds = [copied(s, sloppy, tasks=tasks, overlap=overlap, hard=hard) for s in range(4)]

    blamed = [found(crowd).copies for crowd in crowds]

    assert np.concatenate(blamed).mean() < 0.01


def shared_errors(crowd: Planted) -> float:
    """Count pairs of equal errors, as a multiple of what the rates of errors alone explain."""
    wrong = crowd.votes.counts.copy()
    wrong[np.arange(len(crowd.truth)), crowd.truth] = 0
    overlap = crowd.votes.counts.sum(axis=1)
    equal = (wrong * (wrong - 1)).sum() / (overlap * (overlap - 1)).sum()
    return float(equal / ((wrong.sum() / overlap.sum()) ** 2 / 4))


def test_those_who_copy_from_one_source_are_one_ring() -> None:
    rings = [(0, 1, 2, 3), (4, 5)]

    seen = found(copied(2, rings))

    assert len(set(seen.ring[:4])) == 1
    assert len(set(seen.ring[4:6])) == 1
    assert sorted(set(seen.ring)) == [-1, 0, 1]
    assert (seen.ring[6:] == -1).all()


def test_gold_makes_copying_plainer() -> None:
    rings, known, unknown = [(0, 1), (2, 3), (4, 5)], [], []
    for seed in range(10):
        crowd = copied(seed, rings, tasks=1000, overlap=5)
        gold = crowd.gold(1.0)
        seen = copying(crowd.votes, DawidSkene().fit(crowd.votes, gold), gold)
        known.append(np.log(seen.p_value[within(seen, rings)]))
        unknown.append(np.log(found(crowd).p_value[within(seen, rings)]))

    assert np.mean(known) < np.mean(unknown)


def test_copying_is_expected_of_nobody_when_all_agree() -> None:
    rows = [(t, w, "ab"[t % 2]) for t in range(40) for w in range(4)]
    votes = Votes.from_columns(*zip(*rows, strict=True), ["a", "b"])

    seen = copying(votes, DawidSkene().fit(votes))

    assert len(seen.pairs) == 6
    assert (seen.p_value == 1).all()
    assert not seen.copies.any()


def test_a_thousand_annotators_are_tested_at_once() -> None:
    chance = np.random.default_rng(0)
    truth, who = chance.integers(3, size=20_000), who_answers(chance, 1000, 20_000, 5)
    given = labels_given(chance, truth[:, None], chance.random(who.shape) < 0.8, 3)
    votes = votes_of(who, given, 3)

    seen = copying(votes, DawidSkene(max_iterations=5).fit(votes), least_common=2)

    assert len(seen.pairs) > 10_000
    assert not seen.copies.any()


@pytest.mark.parametrize("seed", range(4))
def test_the_tail_is_near_that_of_the_exact_distribution(seed: int) -> None:
    chance = np.random.default_rng(seed).uniform(0.01, 0.4, 60)
    moments = [chance.sum(), chance @ (1 - chance), chance @ ((1 - chance) * (1 - 2 * chance))]
    exact = stats.poisson_binom(chance)
    counts = np.arange(np.ceil(exact.mean()), 30)

    found = tail(counts, *(np.full(len(counts), moment) for moment in moments))

    # a continuous tail at k lies between the chances of more than k and of k or more
    assert (exact.sf(counts) * 0.8 < found).all()
    assert (found < exact.sf(counts - 1) * 1.2).all()


@pytest.mark.parametrize("rows", [[], [("t", "w", "a")], [("t", w, "a") for w in "wv"]])
@pytest.mark.parametrize("labels", [["a"], ["a", "b"]])
def test_few_votes_prove_nothing(rows: list[tuple[str, str, str]], labels: list[str]) -> None:
    votes = Votes.from_columns(*(zip(*rows, strict=True) if rows else ((), (), ())), labels)

    seen = copying(votes, DawidSkene().fit(votes), least_common=1)

    assert not seen.copies.any()
    assert (seen.ring == -1).all()
    assert seen.ring.shape == (votes.shape[1],)


def test_options_out_of_range_are_refused() -> None:
    crowd = copied(0, [], tasks=5)

    with pytest.raises(ValueError, match="least_common"):
        copying(crowd.votes, DawidSkene().fit(crowd.votes), least_common=0)
    with pytest.raises(ValueError, match="false_rate"):
        copying(crowd.votes, DawidSkene().fit(crowd.votes), false_rate=1.0)
