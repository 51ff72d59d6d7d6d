"""Agreement of annotators, and of stretches of time."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score  # type: ignore[import-untyped]

from consensus.agreement import (
    against_the_rest,
    between_pairs,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    over_time,
    percent_agreement,
)
from consensus.votes import Votes
from tests.consensus.test_agreement import crowd, votes_of

WEEK = 7 * 86_400.0
#: Gwet 2014, ch. 3: how two abstractors classed 100 pregnancies.
PREGNANCIES = ((13, 0, 0), (0, 20, 7), (0, 4, 56))


def pregnancies() -> Votes:
    cells = [(i, j) for i in range(3) for j in range(3) for _ in range(PREGNANCIES[i][j])]
    return votes_of([(t, a, "abc"[cell[a]]) for t, cell in enumerate(cells) for a in (0, 1)])


def test_two_abstractors_agree_as_published() -> None:
    """Gwet 2014: kappa 0.7964 with interval (0.680, 0.913), AC1 0.8493, agreement 0.89."""
    votes = pregnancies()

    _, pair = between_pairs(votes)

    assert cohen_kappa(votes).value == pytest.approx(0.7964094, abs=5e-8)
    assert gwet_ac1(votes).value == pytest.approx(0.8493305, abs=5e-8)
    assert percent_agreement(votes).value == pytest.approx(0.89)
    assert (*pair.low, *pair.high) == pytest.approx((0.680, 0.913), abs=2e-3)


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_kappa_of_two_equals_that_of_scikit_learn(weights: str) -> None:
    rows = crowd([0.8, 0.5], labels="abcd")
    said = [{t: label for t, who, label in rows if who == a} for a in (0, 1)]
    both = sorted(said[0].keys() & said[1].keys())

    ours = cohen_kappa(votes_of(rows, "abcd"), weights)

    theirs = cohen_kappa_score(
        *([one[t] for t in both] for one in said),
        weights=None if weights == "none" else weights,
        labels=list("abcd"),
    )
    assert ours.value == pytest.approx(theirs, abs=1e-12)
    assert ours.tasks == len(both)


def test_tasks_without_answers_and_silent_annotators_change_nothing() -> None:
    votes = votes_of(crowd([0.8] * 4, tasks=50))
    kept = (votes.task < 40) & (votes.annotator < 3)
    rows = zip(votes.task[kept], votes.annotator[kept], votes.label[kept], strict=True)

    without = votes_of([(t, a, "abc"[x]) for t, a, x in rows])

    assert gwet_ac1(votes.where(kept)) == gwet_ac1(without)
    assert against_the_rest(votes.where(kept)).tasks[3] == 0


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_all_pairs_at_once_equal_each_pair_alone(weights: str) -> None:
    votes = votes_of(crowd([0.9, 0.7, 0.5, 0.3]))

    who, pairs = between_pairs(votes, weights=weights)

    alone = [cohen_kappa(votes, weights, between=tuple(pair), resamples=4000) for pair in who]
    assert who.tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    assert pairs.value == pytest.approx([a.value for a in alone])
    assert pairs.tasks.tolist() == [a.tasks for a in alone]
    assert pairs.low == pytest.approx([a.low for a in alone], abs=0.03)
    assert pairs.high == pytest.approx([a.high for a in alone], abs=0.03)


def test_pairs_with_too_few_tasks_in_common_are_left_out() -> None:
    rows = [(t, a, "ab"[t % 2]) for t in range(6) for a in ("x", "y") if a == "x" or t < 3]
    votes = votes_of([*rows, (5, "z", "a")])

    enough, _ = between_pairs(votes, least=3)
    too_few, _ = between_pairs(votes, least=4)

    assert [[votes.annotator_ids[a] for a in pair] for pair in enough] == [["x", "y"]]
    assert too_few.shape == (0, 2)


def test_of_two_annotators_each_is_the_rest_of_the_other() -> None:
    votes = votes_of(crowd([0.8, 0.6]))
    _, pair = between_pairs(votes)

    rest = against_the_rest(votes)

    assert rest.value == pytest.approx([*pair.value] * 2)
    assert rest.low == pytest.approx([*pair.low] * 2)
    assert rest.tasks.tolist() == [*pair.tasks] * 2


def test_who_guesses_agrees_with_the_rest_by_chance_alone() -> None:
    rest = against_the_rest(votes_of(crowd([0.9, 0.8, 0.7, 0.0], tasks=600)))

    assert (np.diff(rest.value) < 0).all()
    assert rest.low[3] < 0 < rest.high[3]
    assert (rest.low[:3] > 0.3).all()


def test_the_rest_counts_as_one_however_many_they_are() -> None:
    """The kappa of shares, worked out by hand: two tasks, one of them answered by three."""
    rows = [(0, "x", "a"), (0, "y", "a"), (0, "z", "b"), (1, "x", "b"), (1, "y", "b")]

    rest = against_the_rest(votes_of(rows, "ab"))

    # x agrees with ½ and 1; x says a half the time, the rest a quarter of it
    assert rest.value[0] == pytest.approx((0.75 - 0.5) / (1 - 0.5))
    assert rest.pairs.tolist() == [3, 3, 2]


def test_agreement_is_seen_to_fall_from_week_to_week() -> None:
    weeks = [crowd([accuracy] * 3, tasks=150, seed=3) for accuracy in (0.95, 0.8, 0.4)]
    at = np.repeat(np.arange(2800.0, 2803.0) * WEEK + 60, [len(week) for week in weeks])
    rows = [(t + 150 * w, a, x) for w, week in enumerate(weeks) for t, a, x in week]
    untimed = [(0, "late", "a"), (1, "late", "b")]

    times, found = over_time(
        votes_of([*rows, *untimed], at=[*at, np.nan, np.nan]), fleiss_kappa, WEEK
    )

    assert times.tolist() == [2800 * WEEK, 2801 * WEEK, 2802 * WEEK]
    assert found == [fleiss_kappa(votes_of(week)) for week in weeks]
    assert found[0].low > found[1].high > found[1].low > found[2].high


def test_answers_of_two_windows_are_not_compared() -> None:
    votes = votes_of([(0, "x", "a"), (0, "y", "a")], at=[10.0, 100.0])

    apart, together = over_time(votes, gwet_ac1, 60)[1], over_time(votes, gwet_ac1, 600)[1]

    assert [one.pairs for one in apart] == [0, 0]
    assert [one.value for one in together] == [1.0]
