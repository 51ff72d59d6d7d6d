"""Known labels that may be wrong, and tasks that would do for gold."""

from __future__ import annotations

import numpy as np

from consensus.known_labels import candidates, doubts
from consensus.methods.dawid_skene import DawidSkene
from consensus.peers import Evidence
from tests.consensus.planted_crowd import Planted, planted


def crowd(seed: int) -> tuple[Planted, dict[int, str], set[int]]:
    """Plant a crowd with gold on 60 tasks, the label of six of which is wrong."""
    people = planted(seed, np.concatenate([np.full(12, 0.9), np.full(4, 0.55)]), 300, 5, 3)
    gold = people.gold(0.2)
    wrong = set(range(0, 60, 10))
    return people, {t: str((int(k) + 1) % 3) if t in wrong else k for t, k in gold.items()}, wrong


def test_a_known_label_that_is_wrong_is_doubted_and_the_right_one_named() -> None:
    first, suspected, named = [], [], []
    for seed in range(6):
        people, gold, wrong = crowd(seed)
        found = doubts(Evidence.of(people.votes, DawidSkene().fit(people.votes, gold), gold))
        is_wrong = np.isin(found.rows, list(wrong))
        first.append(is_wrong[np.argsort(-found.wrong)[:6]].mean())
        suspected.append((found.wrong > 0.5)[~is_wrong].mean())
        named.append((found.instead == people.truth[found.rows])[is_wrong].mean())

    assert np.mean(first) > 0.9
    assert np.mean(suspected) < 0.02
    assert np.mean(named) > 0.9


def test_gold_that_nobody_has_answered_is_doubted_as_much_as_any() -> None:
    people, gold, _ = crowd(0)
    votes = people.votes.where(people.votes.task != 1)
    found = doubts(Evidence.of(votes, DawidSkene().fit(votes, gold), gold))

    assert 0.01 < found.wrong[1] < 0.05


def test_what_is_suggested_is_right_and_balanced() -> None:
    people, gold, _ = crowd(1)
    evidence = Evidence.of(people.votes, DawidSkene().fit(people.votes, gold), gold)

    found = candidates(people.votes, evidence, np.arange(16) < 12, most=30)

    assert (found.label == people.truth[found.rows]).mean() > 0.99
    assert not set(found.rows.tolist()) & set(gold)
    assert np.ptp(np.bincount(found.label)) <= 2
    assert 8 < (found.unlike > 0).sum() < 22
    assert (found.good >= 3).all()


def test_nothing_is_suggested_where_no_annotator_is_known_to_be_good() -> None:
    people, gold, _ = crowd(1)
    evidence = Evidence.of(people.votes, DawidSkene().fit(people.votes, gold), gold)

    assert not len(candidates(people.votes, evidence, np.zeros(16, bool)).rows)
