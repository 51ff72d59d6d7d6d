"""Independent events, given how many of them happen."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from consensus.sampling import inclusion, pair_factors
from consensus.votes import Floats


def counted(chance: Floats, total: int) -> Floats:
    """Go through all ways in which `total` of the events happen: chance of each pair."""
    odds, both = chance / (1 - chance), np.zeros((len(chance), len(chance)))
    for events in combinations(range(len(chance)), total):
        both[np.ix_(events, events)] += np.prod(odds[list(events)])
    return both / (both.diagonal().sum() / total)


@pytest.mark.parametrize("seed", range(5))
def test_the_chance_of_a_pair_is_that_of_counting_all_ways(seed: int) -> None:
    chance = np.random.default_rng(seed).uniform(0.05, 0.6, 7)

    for total in range(2, 5):
        factor = pair_factors(chance, np.zeros(7, int), np.array([total]))
        apart = np.outer(factor, factor) - counted(chance, total)
        np.fill_diagonal(apart, 0)
        assert np.abs(apart).max() < (1e-12 if total == 2 else 0.05)


def test_the_chance_of_one_is_that_of_counting_all_ways() -> None:
    chance = np.random.default_rng(1).uniform(0.1, 0.5, 9)
    log_odds = np.log(chance / (1 - chance))

    for total in range(2, 9):
        found = inclusion(log_odds, np.zeros(9, int), np.array([total]))
        assert found == pytest.approx(counted(chance, total).diagonal(), abs=0.02)


def test_rows_know_nothing_of_each_other() -> None:
    chance, row = np.array([0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4]), np.array([0, 0, 0, 1, 1, 1, 1])

    together = pair_factors(chance, row, np.array([2, 3]))

    alone = pair_factors(chance[3:], row[3:] - 1, np.array([3]))
    assert together[3:] == pytest.approx(alone)
    assert together[3:] ** 2 == pytest.approx([3 * 2 / (4 * 3)] * 4, abs=1e-3)
