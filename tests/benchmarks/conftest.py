"""Recorded answers that are written for the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sets of forty tasks; eight people answer, right eight times in ten."""
    chance = np.random.default_rng(5)
    for name in ("one", "two"):
        truth = chance.integers(2, size=40)
        right = chance.random((40, 8)) < 0.8
        (tmp_path / name).mkdir()
        answers = [
            f"t{t},w{w},{truth[t] if right[t, w] else 1 - truth[t]}"
            for t in range(40)
            for w in range(8)
        ]
        known = [f"t{t},{label}" for t, label in enumerate(truth)]
        (tmp_path / name / "answers.csv").write_text("\n".join(["task,worker,label", *answers]))
        (tmp_path / name / "truth.csv").write_text("\n".join(["task,label", *known]))
    return tmp_path
