"""How often answers are right that are each right with some probability."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from consensus.credible import accuracy_of, chance_of_less

ONE_GROUP = np.zeros(40, np.int64)


@pytest.mark.parametrize(("right", "answers"), [(0, 3), (5, 5), (7, 10), (180, 200), (0, 0)])
def test_certain_answers_give_the_beta_distribution(right: int, answers: int) -> None:
    rightness = np.repeat([1.0, 0.0], [right, answers - right])

    found = accuracy_of(np.zeros(answers, np.int64), 1, rightness, 0.75)

    beta = stats.beta(right + 1.5, answers - right + 0.5)
    assert found.mean[0] == pytest.approx(beta.mean(), abs=2e-3)
    assert beta.cdf(found.high[0]) - beta.cdf(found.low[0]) == pytest.approx(0.95, abs=0.02)


def test_uncertain_answers_give_the_integral_of_their_likelihood() -> None:
    rightness = np.random.default_rng(0).uniform(0.05, 0.95, 40)

    def density(p: float) -> float:
        return float(
            np.prod(p * rightness + (1 - p) * (1 - rightness)) * stats.beta.pdf(p, 1.5, 0.5)
        )

    total, mean = (
        integrate.quad(lambda p, k=k: density(p) * p**k, 0, 1, limit=200)[0] for k in (0, 1)
    )
    found = accuracy_of(ONE_GROUP, 1, rightness, 0.75)

    assert found.mean[0] == pytest.approx(mean / total, abs=0.01)


@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0.05, 0.95))
@settings(max_examples=100, deadline=None)
def test_one_more_right_answer_never_lowers_the_accuracy(
    rightness: list[float], centre: float
) -> None:
    def found(given: list[float]) -> tuple[float, float, float]:
        accuracy = accuracy_of(np.zeros(len(given), np.int64), 1, np.array(given), centre)
        return accuracy.low[0], accuracy.mean[0], accuracy.high[0]

    before, after = found(rightness), found([*rightness, 1.0])

    assert 0 <= before[0] <= before[1] <= before[2] <= 1
    assert after[1] >= before[1] - 1e-9


def test_answers_of_which_nothing_is_known_change_nothing() -> None:
    nothing = accuracy_of(np.zeros(0, np.int64), 1, np.zeros(0), 0.8)
    unknown = accuracy_of(ONE_GROUP, 1, np.full(40, 0.5), 0.8)

    assert unknown.mean == pytest.approx(nothing.mean, abs=1e-3)
    assert unknown.low == pytest.approx(nothing.low, abs=0.01)


def test_groups_know_nothing_of_each_other() -> None:
    rightness = np.random.default_rng(1).random(40)
    group = np.arange(40) % 2

    both = accuracy_of(group, 2, rightness, 0.7)

    alone = accuracy_of(ONE_GROUP[::2], 1, rightness[1::2], 0.7)
    assert both.mean[1] == pytest.approx(alone.mean[0])


def test_more_groups_than_a_chunk_come_out_in_order() -> None:
    group = np.repeat(np.arange(10_000), 2)
    rightness = (group % 3 == 0).astype(float)

    found = accuracy_of(group, 10_000, rightness, 0.5)

    high = found.mean > 0.5
    assert (high == (np.arange(10_000) % 3 == 0)).all()


def test_the_chance_of_less_is_that_of_two_beta_distributions() -> None:
    right = {0: (6, 10), 1: (9, 10)}
    group = np.repeat([0, 1], 10)
    rightness = np.concatenate([np.repeat([1.0, 0.0], [r, n - r]) for r, n in right.values()])

    found = chance_of_less(group, 2, rightness, 0.75)

    draws = np.random.default_rng(0).beta([[7.5], [10.5]], [[4.5], [1.5]], (2, 200_000))
    assert found == pytest.approx([(draws[0] < draws[1]).mean()], abs=0.005)
