"""Agreement of sets and of numbers, by how far two of them are apart."""

from __future__ import annotations

import numpy as np
import pytest

from consensus.agreement import (
    Agreement,
    alpha_by_distance,
    between_groups,
    kappa_by_distance,
    krippendorff_alpha,
    percent_agreement,
    share_alike,
)
from consensus.agreement.apart import DRAWN, Apart, Numbers, Sets
from consensus.agreement.by_distance import MOST
from consensus.votes import Floats, Votes
from tests.consensus.planted_crowd import planted

#: Krippendorff (2011), section D: four observers, twelve units, 1 to 5.
PUBLISHED = {
    "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
}


def whole(rows: list[tuple[int, str, str]]) -> Votes:
    """Make votes whose labels are whole answers."""
    tasks, who, said = zip(*rows, strict=True)
    return Votes.from_columns(tasks, who, said, list(dict.fromkeys(said)))


def numbers(votes: Votes) -> Numbers:
    return Numbers(np.array([float(label) for label in votes.label_set]))


def sets(votes: Votes) -> Sets:
    """Read each label as a set of letters."""
    letters = sorted(set("".join(votes.label_set)))
    return Sets(np.array([[one in label for one in letters] for label in votes.label_set], bool))


def test_alpha_of_numbers_is_the_published_one() -> None:
    votes = whole(
        [
            (unit, who, str(value))
            for who, row in PUBLISHED.items()
            for unit, value in enumerate(row)
            if value is not None
        ]
    )

    found = alpha_by_distance(votes, numbers(votes))

    assert found.value == pytest.approx(0.849, abs=5e-4)
    assert (found.tasks, found.pairs) == (11, 55)


def test_the_distance_of_sets_is_the_published_one() -> None:
    apart = Sets(np.array([[1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1], [1, 0, 1, 0], [0] * 4], bool))
    first, second = np.array([0, 0, 0, 0, 4, 4]), np.array([0, 1, 2, 3, 4, 0])

    found = apart.between(first, second)

    # Passonneau (2006): equal, a part (1/2 · 2/3), disjoint, crossing (1/3 · 1/3), empty
    assert found == pytest.approx([0, 1 - 1 / 3, 1, 1 - 1 / 9, 0, 1])


def test_alpha_of_sets_can_be_reckoned_by_hand() -> None:
    votes = whole([(1, "a", "xy"), (1, "b", "x"), (2, "a", "z"), (2, "b", "z")])

    found = alpha_by_distance(votes, sets(votes))

    # observed: 2/3 in one of two tasks; by chance, of 12 ordered pairs 2 are 0, 2 are 2/3, 8 are 1
    assert found.value == pytest.approx(1 - (1 / 3) / ((2 * 2 / 3 + 8) / 12))


@pytest.mark.parametrize("scale", ["nominal", "interval"])
def test_with_labels_it_is_what_counting_comes_to(scale: str) -> None:
    votes = planted(3, np.linspace(0.5, 0.95, 12), 300, 4, 3).votes
    places = np.arange(3.0)
    apart: Apart = Numbers(places) if scale == "interval" else Sets(np.eye(3, dtype=bool))
    one = places.repeat(4)[: votes.shape[1]] < 1
    weights = "quadratic" if scale == "interval" else "none"

    alpha, counted = alpha_by_distance(votes, apart), krippendorff_alpha(votes, scale)
    kappa = kappa_by_distance(votes, one, ~one, apart)
    within = kappa_by_distance(votes, one, one, apart)

    assert alpha.value == pytest.approx(counted.value)
    assert [alpha.low, alpha.high] == pytest.approx([counted.low, counted.high], abs=0.02)
    for found, other in ((kappa, ~one), (within, one)):
        same = between_groups(votes, one, other, weights=weights)
        assert found.value == pytest.approx(same.value)
        assert [found.low, found.high] == pytest.approx([same.low, same.high], abs=0.03)
        assert (found.tasks, found.pairs) == (same.tasks, same.pairs)


def test_the_share_of_pairs_that_agree_is_what_counting_comes_to() -> None:
    votes = planted(4, np.full(8, 0.8), 200, 3, 4).votes

    found, counted = share_alike(votes, np.equal), percent_agreement(votes)

    assert found.value == pytest.approx(counted.value)
    assert [found.low, found.high] == pytest.approx([counted.low, counted.high], abs=0.01)


@pytest.mark.parametrize("kind", ["numbers", "sets"])
def test_the_interval_holds_the_truth_as_often_as_it_says(kind: str) -> None:
    truth = np.mean([_planted(1000 + seed, 1500, kind).value for seed in range(10)])
    samples = [_planted(seed, 80, kind) for seed in range(300)]

    held = np.mean([found.low <= truth <= found.high for found in samples])

    assert 0.90 < held < 0.985


def _planted(seed: int, tasks: int, kind: str) -> Agreement:
    chance = np.random.default_rng(seed)
    truth = chance.normal(50, 10, tasks) if kind == "numbers" else chance.random((tasks, 5)) < 0.4
    rows = [(task, who, _said(chance, truth[task], kind)) for task in range(tasks) for who in "abc"]
    votes = whole(rows)
    return alpha_by_distance(votes, numbers(votes) if kind == "numbers" else sets(votes))


def _said(chance: np.random.Generator, truth: Floats, kind: str) -> str:
    if kind == "numbers":
        return f"{truth + chance.normal(0, 6):.2f}"
    given = truth ^ (chance.random(5) < 0.15)
    return "".join(letter for letter, is_in in zip("vwxyz", given, strict=True) if is_in)


def test_nothing_to_compare_is_no_number() -> None:
    alone = whole([(1, "a", "3"), (2, "b", "4")])
    equal = whole([(1, "a", "3"), (1, "b", "3"), (2, "a", "3"), (2, "b", "3")])

    assert np.isnan(alpha_by_distance(alone, numbers(alone)).value)
    assert np.isnan(alpha_by_distance(equal, numbers(equal)).value)
    assert np.isnan(share_alike(alone, np.equal).value)
    nobody = np.zeros(2, bool)
    assert kappa_by_distance(equal, nobody, ~nobody, numbers(equal)).tasks == 0


def test_of_a_task_with_many_answers_some_are_compared() -> None:
    chance = np.random.default_rng(6)
    rows = [
        (task, f"{who}", f"{task + chance.normal():.3f}") for task in range(40) for who in range(90)
    ]
    votes = whole(rows)

    found = alpha_by_distance(votes, numbers(votes))

    assert found.pairs == 40 * MOST * (MOST - 1) // 2
    assert found.value == pytest.approx(krippendorff_alpha_of(rows), abs=0.01)


def krippendorff_alpha_of(rows: list[tuple[int, str, str]]) -> float:
    """Compute alpha from sums, all answers compared."""
    said = np.array([float(text) for _, _, text in rows]).reshape(40, 90)
    return float(1 - said.var(axis=1, ddof=1).mean() / said.var(ddof=1))


def test_many_distinct_sets_are_sampled_where_chance_is_reckoned() -> None:
    chance = np.random.default_rng(5)
    apart = Sets(np.unique(chance.random((6000, 20)) < 0.3, axis=0))
    every = np.arange(len(apart.chosen))
    even = np.full(len(every), 1 / len(every))

    sampled = apart.expected(every[:50], every, even)
    exact = np.mean([apart.between(every[:50], np.full(50, one)) for one in every], axis=0)

    assert len(every) > DRAWN
    assert sampled == pytest.approx(exact, abs=0.02)
