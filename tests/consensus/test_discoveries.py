"""Many tests at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from consensus.discoveries import discovered

P_VALUES = st.lists(st.floats(0, 1).map(lambda p: round(p, 3)), min_size=1, max_size=30)


@given(P_VALUES, st.sampled_from([0.0113, 0.0521, 0.2017]))
def test_discoveries_are_those_of_scipy(p_values: list[float], false_rate: float) -> None:
    p_value = np.array(p_values)

    found = discovered(p_value, false_rate)

    assert found.tolist() == (stats.false_discovery_control(p_value) <= false_rate).tolist()


def test_without_tests_nothing_is_discovered() -> None:
    assert discovered(np.empty(0), 0.05).tolist() == []


def test_of_pure_noise_little_is_discovered() -> None:
    chance = np.random.default_rng(0)

    runs = [discovered(chance.random(50), 0.05).any() for _ in range(1000)]

    assert np.mean(runs) < 0.07
