"""How reliable annotators are."""

from __future__ import annotations

import numpy as np
import pytest

from consensus.methods import DawidSkene
from consensus.skills import Skills, skills, spammer_score
from consensus.votes import Votes


def crowd(accuracies: list[float], tasks: int = 120, seed: int = 3) -> tuple[Votes, dict[str, str]]:
    chance = np.random.default_rng(seed)
    truth = {f"t{i}": "ab"[chance.integers(2)] for i in range(tasks)}
    rows = [
        (task, w, label if chance.random() < accuracy else "ab"[label == "a"])
        for task, label in truth.items()
        for w, accuracy in enumerate(accuracies)
    ]
    return Votes.from_columns(*zip(*rows, strict=True), label_set=["a", "b"]), truth


def found(accuracies: list[float], tasks: int = 120) -> Skills:
    votes, _ = crowd(accuracies, tasks)
    return skills(votes, DawidSkene().fit(votes))


def test_true_accuracies_lie_within_their_intervals() -> None:
    votes, truth = crowd([0.9, 0.85, 0.8, 0.75, 0.7], tasks=300)
    right = (
        np.array([truth[votes.task_ids[t]] for t in votes.task])
        == np.array(["a", "b"])[votes.label]
    )  # type: ignore[index]

    skill = skills(votes, DawidSkene().fit(votes))

    realised = np.bincount(votes.annotator, weights=right) / 300
    assert (skill.low < realised).all()
    assert (realised < skill.high).all()


def test_more_answers_make_the_interval_narrower() -> None:
    few, many = found([0.9, 0.8, 0.8], 20), found([0.9, 0.8, 0.8], 400)

    assert ((many.high - many.low) < (few.high - few.low)).all()


def test_spammers_are_flagged_and_honest_annotators_spared() -> None:
    skill = found([0.9, 0.9, 0.85, 0.8, 0.75, 0.7, 0.5, 0.5])

    assert skill.is_spammer.tolist() == [False] * 6 + [True] * 2


def test_nobody_is_flagged_on_a_handful_of_answers() -> None:
    assert not found([0.9, 0.9, 0.9, 0.5], tasks=6).is_spammer.any()


def test_gold_is_counted_for_certain() -> None:
    votes, truth = crowd([0.9, 0.6])
    gold = {task: truth[task] for task in list(truth)[:50]}

    skill = skills(votes, DawidSkene().fit(votes, gold), gold)

    assert skill.gold_seen.tolist() == [50, 50]
    assert skill.gold_correct[0] > skill.gold_correct[1]


def test_the_spammer_score_runs_from_nothing_to_perfection() -> None:
    always_first, coin, perfect = [[1, 0], [1, 0]], [[0.5, 0.5]] * 2, [[1, 0], [0, 1]]

    assert spammer_score(np.array([always_first, coin, perfect])) == pytest.approx([0, 0, 1])
