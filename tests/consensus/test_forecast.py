"""What is forecast holds as often as it says."""

from __future__ import annotations

import numpy as np
import pytest

from consensus.forecast import (
    DAY,
    _period,
    answers_needed,
    quantiles,
    slots_until,
    stop_chances,
)
from consensus.votes import Floats

DRAWS = 200


def test_tasks_that_all_needed_three_answers_are_expected_to_need_three() -> None:
    chance = np.random.default_rng(1)
    closed, nobody = np.array([0, 0, 0, 500, 0, 0]), np.zeros(6, np.int64)
    waiting = np.array([100, 0, 0, 0, 0, 0])

    stops = stop_chances(closed, nobody, (2, 5), chance, DRAWS)
    low, middle, high = quantiles(answers_needed(stops, waiting, nobody, chance))

    assert 295 < low <= middle <= high < 310


def test_hard_tasks_that_are_open_yet_are_not_forgotten() -> None:
    chance = np.random.default_rng(1)
    closed, none = np.array([0, 0, 100, 0, 0, 0]), np.zeros(6, np.int64)
    open_yet = np.array([0, 0, 0, 0, 300, 0])

    def needed(undecided: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        stops = stop_chances(closed, undecided, (2, 5), chance, DRAWS)
        return quantiles(answers_needed(stops, np.array([100, 0, 0, 0, 0, 0]), none, chance))[1]

    assert needed(none) < 220
    assert needed(open_yet) > 350


def test_nothing_more_is_needed_of_tasks_that_are_full() -> None:
    chance = np.random.default_rng(1)
    none, full = np.zeros(4, np.int64), np.array([0, 0, 0, 50])

    stops = stop_chances(none, full, (1, 3), chance, DRAWS)

    assert quantiles(answers_needed(stops, full, none, chance)) == (0, 0, 0)
    assert quantiles(answers_needed(stops, none, full, chance)) == (0, 0, 0)


def test_a_steady_pace_ends_when_it_has_to() -> None:
    chance = np.random.default_rng(1)

    found = slots_until(np.full(DRAWS, 100.0), np.full(40, 10.0), chance)

    assert found is not None
    assert np.allclose(found, 10)


@pytest.mark.parametrize("paces", [[], [5.0, 5.0], [0.0] * 50])
def test_without_a_pace_there_is_no_forecast(paces: list[float]) -> None:
    assert slots_until(np.ones(5), np.array(paces), np.random.default_rng(1)) is None


def test_what_never_ends_is_said_to_take_longer_than_a_year() -> None:
    found = slots_until(np.full(5, 1e9), np.ones(20), np.random.default_rng(1))

    assert found is not None
    assert np.isinf(found).all()


def arrivals(chance: np.random.Generator, slots: int, *, rhythm: bool) -> Floats:
    """Answers in each slot: days and nights, good days and bad ones, and chance."""
    hour = np.arange(slots) % DAY / DAY
    shape = 1 + 0.9 * np.sin(2 * np.pi * hour) if rhythm else np.ones(slots)
    length = DAY if rhythm else 12
    level = chance.gamma(6, 1 / 6, slots // length + 1).repeat(length)[:slots]
    return chance.poisson(20 * shape * level).astype(np.float64)


@pytest.mark.parametrize(("past", "rhythm"), [(8 * DAY + 50, True), (150, False)])
def test_four_of_five_ends_lie_within_the_interval(past: int, rhythm: bool) -> None:
    within = 0
    for seed in range(100):
        chance = np.random.default_rng(seed)
        stream = arrivals(chance, past + 20 * DAY, rhythm=rhythm)
        wanted = float(stream[:past].mean() * (3 * DAY if rhythm else 60))
        found = slots_until(np.full(DRAWS, wanted), stream[:past], chance)
        assert found is not None
        low, _, high = quantiles(found)
        truly = int(np.searchsorted(stream[past:].cumsum(), wanted)) + 1
        within += low <= truly <= high

    assert 68 <= within <= 92, within


def weekly(chance: np.random.Generator, days: int) -> Floats:
    """Answers in each slot of days that begin on a Monday; hardly any come on weekends."""
    level = np.array([1.2, 1.1, 1.0, 1.0, 0.9, 0.1, 0.1])[np.arange(days) % 7]
    level = level * chance.gamma(20, 1 / 20, days)
    return chance.poisson(20 * level.repeat(DAY)).astype(np.float64)


@pytest.mark.parametrize("weeks", [2, 4])
def test_who_rests_on_weekends_is_expected_back_on_monday(weeks: int) -> None:
    within, friday_evening = 0, (weeks * 7 + 5) * DAY
    for seed in range(60):
        chance = np.random.default_rng(seed)
        stream = weekly(chance, weeks * 7 + 21)
        wanted = 0.8 * 20 * DAY
        found = slots_until(np.full(DRAWS, wanted), stream[:friday_evening], chance)
        assert found is not None
        low, middle, high = quantiles(found)
        truly = int(np.searchsorted(stream[friday_evening:].cumsum(), wanted)) + 1
        within += low <= truly <= high
        assert 2 * DAY < middle < 3.2 * DAY

    assert 41 <= within <= 56, within


def test_weekdays_that_only_happen_to_differ_change_nothing() -> None:
    alarms = 0
    for seed in range(200):
        chance = np.random.default_rng(seed)
        alarms += _period(chance.poisson(chance.gamma(6, 400, 28)).astype(np.float64)) > 1

    assert alarms <= 6


def test_the_needed_answers_lie_within_the_interval_too() -> None:
    within = 0
    for seed in range(100):
        chance = np.random.default_rng(seed)
        needs = 2 + chance.binomial(6, chance.uniform(0.2, 0.7), 400)
        done, rest = needs[:60], needs[60:]
        closed = np.bincount(done, minlength=9)
        stops = stop_chances(closed, np.zeros(9, np.int64), (2, 8), chance, DRAWS)
        fresh = np.bincount(np.zeros(len(rest), np.int64), minlength=9)
        low, _, high = quantiles(answers_needed(stops, fresh, np.zeros(9, np.int64), chance))
        within += low <= rest.sum() <= high

    assert 68 <= within <= 92, within
