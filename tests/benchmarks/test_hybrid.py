"""The measurement of what a model's predictions save."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import hybrid
from benchmarks.hybrid import Planted
from benchmarks.recorded import Recorded, sets


@pytest.fixture
def recorded(folder: Path) -> Recorded:
    return next(iter(sets(folder)))


def lines(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *options: str
) -> list[dict[str, float]]:
    quick = ["--data", str(folder), "--seeds", "1"]
    monkeypatch.setattr(sys, "argv", ["", *quick, *options])
    hybrid.main()
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_it_prints_a_line_for_each_set_and_model(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = lines(folder, capsys, monkeypatch, "--models", "0.5,0.9")

    told = ["dataset", "model_accuracy", "human_answers_share", "accuracy"]
    assert [list(line)[:4] for line in printed] == [told] * 4
    assert [line["model_accuracy"] for line in printed] == [0.5, 0.9] * 2
    assert [line["human_answers_share"] for line in printed[::2]] == [1, 1]
    assert all(line["human_answers_share"] < 0.9 for line in printed[1::2])


def test_where_a_model_may_close_tasks_alone_some_are_never_asked(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = "--models", "1.0", "--target", "0.6"

    asked = lines(folder, capsys, monkeypatch, *sure)
    spared = lines(folder, capsys, monkeypatch, *sure, "--least", "0")

    assert spared[0]["human_answers_share"] < asked[0]["human_answers_share"]


def test_a_planted_model_is_right_as_often_as_it_says(recorded: Recorded) -> None:
    models = [Planted(recorded, 0.8, seed).predictions("calibrated", "even") for seed in range(60)]

    right = np.array([model.label == recorded.truth for model in models])
    stated = np.array([model.confidence for model in models])

    assert right.mean() == pytest.approx(0.8, abs=0.03)
    assert right[stated > 0.9].mean() == pytest.approx(stated[stated > 0.9].mean(), abs=0.03)


def test_shared_errors_are_those_of_people(recorded: Recorded) -> None:
    model = Planted(recorded, 0.8, 0).predictions("none", "shared")
    counts = recorded.votes.counts

    wrong = np.flatnonzero(model.label != recorded.truth)

    assert len(wrong) == 8
    assert counts[wrong, model.label[wrong]].mean() > 1.3 * counts.min(axis=1).mean()
    assert np.isnan(model.confidence).all()
