"""How reliable annotators are."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from consensus.methods.base import Method
from consensus.methods.dawid_skene import DawidSkene
from consensus.methods.one_coin import OneCoin
from consensus.skills import Skills, label_use, skills, spammer_score
from consensus.votes import Votes
from tests.consensus.planted_crowd import labels_given, planted, votes_of, who_answers


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


@pytest.mark.parametrize("share", [0.0, 0.3])
@pytest.mark.parametrize(
    ("annotators", "tasks", "overlap", "labels"),
    [(40, 60, 4, 2), (30, 60, 5, 4), (20, 400, 5, 2), (15, 600, 5, 3)],
)
def test_nine_in_ten_intervals_hold_the_planted_accuracy_and_not_all(
    annotators: int, tasks: int, overlap: int, labels: int, share: float
) -> None:
    covered, realised = [], []
    for seed in range(15):
        accuracy = np.random.default_rng(seed).uniform(0.55, 0.95, annotators)
        crowd = planted(seed, accuracy, tasks, overlap, labels)
        gold = crowd.gold(share)
        skill = skills(crowd.votes, DawidSkene().fit(crowd.votes, gold), gold)
        covered.append((skill.low <= accuracy) & (accuracy <= skill.high))
        realised.append((skill.low <= crowd.realised) & (crowd.realised <= skill.high))

    assert 0.90 <= np.mean(covered) <= 0.99
    assert np.mean(realised) >= 0.90


def test_with_gold_for_all_the_estimate_is_that_of_counting() -> None:
    crowd = planted(0, np.array([0.9, 0.6, 0.75]), 150, 3)
    gold = crowd.gold(1.0)

    skill = skills(crowd.votes, fit := DawidSkene().fit(crowd.votes, gold), gold)

    centre = fit.class_prior_ @ np.diag(fit.pooled_confusion_)
    counted = stats.beta(skill.gold_correct + 2 * centre, 150 - skill.gold_correct + 2 - 2 * centre)
    assert skill.accuracy == pytest.approx(counted.mean(), abs=1e-3)
    assert skill.high - skill.low == pytest.approx(
        np.diff(counted.interval(0.95), axis=0)[0], abs=5e-3
    )


def test_what_is_likely_right_is_worth_less_than_what_is_known_to_be() -> None:
    crowd = planted(1, np.full(12, 0.7), 200, 3)
    gold = crowd.gold(1.0)

    shaky = skills(crowd.votes, DawidSkene().fit(crowd.votes))
    known = skills(crowd.votes, DawidSkene().fit(crowd.votes, gold), gold)

    assert np.mean(shaky.high - shaky.low) > 1.3 * np.mean(known.high - known.low)


def test_an_answer_nobody_else_gave_says_nothing_of_its_annotator() -> None:
    rows = [(f"t{i}", "alone", "abc"[i % 3]) for i in range(60)]
    votes = Votes.from_columns(*zip(*rows, strict=True), label_set=["a", "b", "c"])

    skill = skills(votes, DawidSkene().fit(votes))

    assert skill.high[0] - skill.low[0] > 0.5


def test_the_spammer_score_is_the_mean_squared_distance_of_rows() -> None:
    confusion = np.random.default_rng(0).dirichlet(np.ones(4), (3, 4))

    scores = spammer_score(confusion)

    pairs = combinations(range(4), 2)
    distances = [((confusion[:, c] - confusion[:, d]) ** 2).sum(axis=1) for c, d in pairs]
    assert scores == pytest.approx(np.sum(distances, axis=0) / (4 * 3))


def test_a_rare_class_weighs_little_where_classes_are_weighed() -> None:
    blind_to_c = np.array([[[1.0, 0, 0], [0, 1, 0], [0, 1, 0]]])

    even, rare = (spammer_score(blind_to_c, np.array(p)) for p in ([1 / 3] * 3, [0.49, 0.49, 0.02]))

    assert even == pytest.approx(spammer_score(blind_to_c))
    assert rare > 0.95 > even


def test_who_gives_a_label_too_often_is_found_and_nobody_else() -> None:
    chance = np.random.default_rng(2)
    truth, who = chance.integers(3, size=600), who_answers(chance, 12, 600, 5)
    given = labels_given(chance, truth[:, None], chance.random(who.shape) < 0.85, 3)
    given[(who == 0) & (chance.random(who.shape) < 0.4)] = 2

    use = label_use(votes := votes_of(who, given, 3), DawidSkene().fit(votes))

    assert (use.low[0] > 0).tolist() == [False, False, True]
    assert (use.high[0] < 0).tolist() == [True, True, False]
    assert ((use.low[1:] <= 0) & (use.high[1:] >= 0)).mean() >= 0.9


def test_biases_lie_within_their_intervals() -> None:
    inside = []
    for seed in range(10):
        crowd = planted(seed, np.full(20, 0.8), 100, 4, 3)
        use = label_use(crowd.votes, DawidSkene().fit(crowd.votes))
        apart = np.eye(3)[crowd.votes.label] - np.eye(3)[crowd.truth[crowd.votes.task]]
        sums = np.stack([np.bincount(crowd.votes.annotator, column, 20) for column in apart.T], 1)
        realised = sums / np.bincount(crowd.votes.annotator)[:, None]
        inside.append((use.low <= realised) & (realised <= use.high))

    assert np.mean(inside) >= 0.95


@pytest.mark.parametrize("method", [DawidSkene, OneCoin])
@pytest.mark.parametrize(
    "rows",
    [[], [("t", "w", "a")], [("t", "w", "a"), ("u", "w", "b")], [("t", w, "a") for w in "vwx"]],
    ids=["nothing", "one vote", "one annotator", "all agree"],
)
@pytest.mark.parametrize("labels", [["a", "b"], ["a", "b", "c"]])
def test_few_votes_are_no_trouble(
    method: type[Method], rows: list[tuple[str, str, str]], labels: list[str]
) -> None:
    votes = Votes.from_columns(*(zip(*rows, strict=True) if rows else ((), (), ())), labels)

    skill, use = skills(votes, fit := method().fit(votes)), label_use(votes, fit)

    assert len(skill.accuracy) == votes.shape[1]
    assert ((skill.low <= skill.accuracy) & (skill.accuracy <= skill.high)).all()
    assert ((use.low <= use.bias) & (use.bias <= use.high)).all()


def test_with_one_label_all_are_right() -> None:
    votes = Votes.from_columns(["t", "u"], ["w", "v"], ["a", "a"], ["a"])

    assert (skills(votes, DawidSkene().fit(votes)).accuracy > 0.95).all()


def test_a_fit_of_other_votes_is_refused() -> None:
    one, other = planted(0, np.full(5, 0.8), 20, 3), planted(0, np.full(6, 0.8), 20, 3)

    with pytest.raises(ValueError, match="fit the method to these votes"):
        skills(one.votes, DawidSkene().fit(other.votes))
    with pytest.raises(ValueError, match="class_prior"):
        spammer_score(np.ones((1, 2, 2)), np.ones(3))
