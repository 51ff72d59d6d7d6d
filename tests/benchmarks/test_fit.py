"""The measurements of a fit."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.fit import Ask, labels_of, main, planted_frame


def measured(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.fit", *arguments]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.count("\n") == 1
    found: dict[str, Any] = json.loads(said)
    return found


def test_ours_is_held_against_crowd_kit() -> None:
    found = measured("--answers", "600", "--classes", "3", "--against", "crowd-kit")

    assert (found["answers"], found["classes"], found["iterations"]) == (600, 3, 20)
    assert found["max_abs_diff"] < 1e-8
    assert found["ratio"] == pytest.approx(found["peer_seconds"] / found["seconds"], rel=0.1)
    assert 0 < found["peak_mb"] < found["total_mb"]


def test_a_method_alone_has_no_peer() -> None:
    found = measured("--answers", "600", "--classes", "2", "--method", "majority")

    peer = [found[key] for key in ("peer_seconds", "peer_peak_mb", "ratio", "max_abs_diff")]
    assert peer == [None] * 4
    assert found["seconds"] > 0


def test_the_planted_crowd_is_as_described() -> None:
    ask = Ask(answers=30_000, classes=4)

    frame = planted_frame(ask)

    assert frame.equals(planted_frame(ask))
    assert frame.nunique().tolist() == [3_000, 30, 4]
    assert len(frame) == ask.answers
    assert (frame.groupby("task")["annotator"].nunique() == 10).all()
    assert sorted(frame["label"].unique()) == labels_of(ask)
    assert not frame["task"].is_monotonic_increasing


@pytest.mark.parametrize(
    "arguments", [["--answers", "0"], ["--method", "ebcc", "--against", "crowd-kit"]]
)
def test_what_cannot_be_measured_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
