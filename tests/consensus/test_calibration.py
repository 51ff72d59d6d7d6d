"""Calibration: whether stated confidence is right as often as it says."""

from __future__ import annotations

import numpy as np
import pytest

from consensus.calibration import calibration
from consensus.votes import Floats


def drawn(seed: int, tasks: int, too_sure: float = 0.0) -> tuple[Floats, Floats]:
    """Draw confidences, and hits that are rarer than stated by `too_sure`."""
    chance = np.random.default_rng(seed)
    stated = chance.choice([0.65, 0.85, 0.92, 0.97], tasks)
    return stated, (chance.random(tasks) < stated - too_sure).astype(np.float64)


def test_honest_confidence_has_no_error_within_its_interval() -> None:
    found = [calibration(*drawn(seed, 400), resamples=300) for seed in range(60)]

    assert np.mean([f.error[1] == 0.0 for f in found]) > 0.9
    assert np.mean([f.gap[1] <= 0 <= f.gap[2] for f in found]) > 0.88


def test_its_intervals_hold_the_error_that_was_planted() -> None:
    found = [calibration(*drawn(seed, 400, 0.15), resamples=300) for seed in range(60)]

    assert np.mean([f.error[1] <= 0.15 <= f.error[2] for f in found]) > 0.88
    assert np.mean([f.gap[1] <= 0.15 <= f.gap[2] for f in found]) > 0.88


def test_bins_say_how_many_and_how_often_right() -> None:
    found = calibration(np.array([0.55, 0.55, 0.99, 1.0]), np.array([1.0, 0.0, 1.0, 1.0]))

    assert found.low_edge.tolist() == [0.5, 0.98]
    assert found.tasks.tolist() == [2, 2]
    assert found.right.tolist() == [0.5, 1.0]
    assert (found.right_low <= found.right).all()
    assert found.stated.tolist() == pytest.approx([0.55, 0.995])


def test_without_tasks_there_is_nothing_to_say() -> None:
    with pytest.raises(ValueError, match="there must be tasks"):
        calibration(np.empty(0), np.empty(0))
