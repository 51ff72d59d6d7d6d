"""Agreement within groups of annotators, and between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from consensus.agreement import (
    between_groups,
    cohen_kappa,
    coincidences,
    fitting_window,
    fleiss_kappa,
    over_time,
)
from consensus.votes import Votes
from tests.consensus.planted_crowd import labels_given, planted, votes_of, who_answers

DAY = 86_400.0


def two_pools(seed: int, tasks: int = 400) -> Votes:
    """Plant ten annotators who are right at 0.9, and ten at 0.6 who read the question otherwise."""
    chance = np.random.default_rng(seed)
    truth, who = chance.integers(3, size=tasks), who_answers(chance, 20, tasks, 4)
    right = chance.random(who.shape) < np.where(who < 10, 0.9, 0.6)
    return votes_of(who, labels_given(chance, truth[:, None], right, 3), 3)


def test_of_two_annotators_it_is_cohens_kappa() -> None:
    votes = planted(1, np.array([0.9, 0.7]), 200, 2, 3).votes
    one = np.array([True, False])

    found = between_groups(votes, one, ~one, resamples=0)

    assert found.value == pytest.approx(cohen_kappa(votes).value)
    assert (found.tasks, found.pairs) == (200, 200)


def test_of_everybody_with_everybody_it_is_fleiss_kappa() -> None:
    votes = planted(2, np.full(8, 0.8), 300, 3, 3).votes
    everybody = np.ones(8, bool)

    found = between_groups(votes, everybody, everybody, resamples=0)

    assert found.value == pytest.approx(fleiss_kappa(votes).value)
    assert found.pairs == 900


def test_a_good_pool_agrees_most_with_itself() -> None:
    votes, good = two_pools(0), np.arange(20) < 10

    within, across, below = (
        between_groups(votes, one, other)
        for one, other in ((good, good), (good, ~good), (~good, ~good))
    )

    assert within.low > across.high
    assert across.value > below.value


def test_its_interval_holds_what_more_tasks_would_show() -> None:
    good = np.arange(20) < 10
    truth = between_groups(two_pools(99, 40_000), good, ~good, resamples=0).value

    seen = [between_groups(two_pools(seed, 200), good, ~good, resamples=300) for seed in range(60)]

    assert np.mean([s.low <= truth <= s.high for s in seen]) > 0.87


def test_who_is_in_both_groups_is_not_compared_with_itself() -> None:
    votes = planted(3, np.full(3, 0.5), 600, 2, 2).votes
    one, other = np.array([True, True, False]), np.array([False, True, True])

    assert abs(between_groups(votes, one, other).value) < 0.1


def test_groups_that_share_no_task_have_no_agreement() -> None:
    rows = [("t", "a", "x"), ("u", "b", "y")]
    votes = Votes.from_rows(rows, ("x", "y"))

    found = between_groups(votes, np.array([True, False]), np.array([False, True]))

    assert np.isnan(found.value)
    assert (found.tasks, found.pairs) == (0, 0)


def test_coincidences_count_every_answer_that_can_be_compared_once() -> None:
    rows = [("t", "a", "x"), ("t", "b", "y"), ("t", "c", "y"), ("alone", "a", "x")]

    met = coincidences(Votes.from_rows(rows, ("x", "y")))

    assert met.tolist() == [[0.0, 1.0], [1.0, 1.0]]


def test_windows_are_as_short_as_their_pairs_allow() -> None:
    crowd = planted(4, np.full(8, 0.8), 3000, 3)
    spread = np.linspace(0, 20 * DAY, len(crowd.votes))
    often, seldom = (replace(crowd.votes, at=spread * factor) for factor in (1, 10))

    assert fitting_window(often) == DAY
    assert fitting_window(seldom) == 7 * DAY
    assert len(over_time(seldom, fleiss_kappa, fitting_window(seldom), resamples=0)[0]) < 40
