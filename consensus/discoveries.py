"""Which of many tests say something, when a few of them would do so by chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from consensus.votes import Floats


def discovered(p_value: Floats, false_rate: float) -> npt.NDArray[np.bool_]:
    """Mark the tests, of shape (N,), of which on average at most `false_rate` are false.

    For tests that are independent, or depend on each other positively (Benjamini & Hochberg 1995).
    """
    tests = len(p_value)
    order = np.argsort(p_value)
    small = np.flatnonzero(p_value[order] * tests <= false_rate * np.arange(1, tests + 1))
    found = np.zeros(tests, bool)
    found[order[: small.max(initial=-1) + 1]] = True
    return found
