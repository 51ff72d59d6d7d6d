"""The benchmarks on recorded answers, on small sets that are written for it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import accuracy, savings
from consensus.votes import Votes


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, float]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_accuracy_prints_a_line_for_each_set_and_method_and_the_means(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["", "--data", str(folder), "--methods", "majority,auto"])

    accuracy.main()

    printed = lines(capsys)
    assert [line["dataset"] for line in printed] == ["one", "one", "two", "two", "mean", "mean"]
    of_auto = [line["accuracy"] for line in printed if line["method"] == "auto"]
    assert of_auto[2] == pytest.approx(np.mean(of_auto[:2]), abs=1e-3)
    assert all(line["accuracy"] > 0.8 and line["n_truth"] == 40 for line in printed)


def test_known_labels_are_not_judged(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["", "--data", str(folder), "--methods", "auto", "--gold", "0.5", "--seeds", "2"]
    monkeypatch.setattr(sys, "argv", options)

    accuracy.main()

    assert 10 < lines(capsys)[0]["n_truth"] < 30


def test_a_higher_target_takes_more_answers_and_never_more_than_there_are(folder: Path) -> None:
    recorded = next(iter(savings.sets(folder)))

    points = list(savings.replay(recorded.votes, "auto", (0.6, 0.8, 0.99), seed=1))

    shares = [share for _, share, _ in points]
    assert shares == sorted(shares)
    assert 1 / 8 <= shares[0] < shares[2] <= 1
    assert (points[0][2].max(axis=1) >= 0.6).all()


def test_the_share_at_an_accuracy_lies_between_the_targets_around_it() -> None:
    points = [(0.2, 0.8), (0.4, 0.9), (1.0, 0.95)]

    assert savings.share_at(0.7, points) == 0.2
    assert savings.share_at(0.85, points) == pytest.approx(0.3)
    assert savings.share_at(0.99, points) is None


def test_an_order_of_answers_is_one_of_each_task() -> None:
    votes = Votes.from_rows([("t", "a", "x"), ("t", "b", "x"), ("u", "a", "x")], ["x"])

    place = savings._order(votes, np.random.default_rng(0))

    assert sorted(place[votes.task == 0]) == [0, 1]
    assert place[votes.task == 1].tolist() == [0]
