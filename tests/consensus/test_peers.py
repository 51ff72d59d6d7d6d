"""What the others say of an answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from consensus.methods.base import Method
from consensus.methods.dawid_skene import DawidSkene
from consensus.methods.one_coin import OneCoin
from consensus.peers import Evidence
from consensus.votes import Votes
from tests.consensus.planted_crowd import Planted, planted


def crowd(seed: int = 0, labels: int = 3) -> Planted:
    return planted(seed, np.random.default_rng(seed).uniform(0.55, 0.9, 12), 150, 4, labels)


def test_an_answer_does_not_vouch_for_itself() -> None:
    votes = crowd().votes
    label = votes.label.copy()
    label[0] = (label[0] + 1) % 3
    other = replace(votes, label=label)

    fit = DawidSkene().fit(votes)
    one, changed = (Evidence.of(v, fit).of_others(v) for v in (votes, other))

    # what is left of it is its share in the matrices that judge other tasks
    assert one[0] == pytest.approx(changed[0], abs=0.02)
    assert np.abs(one[1] - changed[1]).max() > 0.1


@pytest.mark.parametrize("method", [DawidSkene, OneCoin])
def test_probabilities_are_kept(method: type[Method]) -> None:
    """Of answers said to be right with a probability of 0.7, 7 in 10 are."""
    told, right = [], []
    for seed in range(10):
        planted_one = crowd(seed)
        votes = planted_one.votes
        others = Evidence.of(votes, method().fit(votes)).of_others(votes)
        told.append(others.ravel())
        right.append((np.arange(3) == planted_one.truth[votes.task][:, None]).ravel())

    share, true = np.concatenate(told), np.concatenate(right)
    bins = np.digitize(share, [0.2, 0.4, 0.6, 0.8])
    for part in range(5):
        assert true[bins == part].mean() == pytest.approx(share[bins == part].mean(), abs=0.06)


def test_what_is_known_is_certain() -> None:
    planted_one = crowd()
    votes, gold = planted_one.votes, planted_one.gold(1.0)

    rightness = Evidence.of(votes, DawidSkene().fit(votes, gold), gold).rightness(votes)

    assert (rightness == (votes.label == planted_one.truth[votes.task])).all()


def test_alone_nobody_speaks_for_or_against() -> None:
    rows = [(f"t{i}", "alone", "ab"[i % 2]) for i in range(20)]
    votes = Votes.from_columns(*zip(*rows, strict=True), ["a", "b"])

    rightness = Evidence.of(votes, DawidSkene().fit(votes)).rightness(votes)

    assert rightness == pytest.approx(np.full(20, 0.5), abs=1e-6)


def test_tasks_without_votes_keep_their_prior() -> None:
    votes = Votes.from_columns(["t", "t", "u"], ["v", "w", "w"], ["a", "b", "a"], ["a", "b"])
    fewer = votes.where(votes.task == 0)

    evidence = Evidence.of(fewer, fit := DawidSkene().fit(fewer))

    assert evidence.posteriors[1] == pytest.approx(fit.class_prior_)
