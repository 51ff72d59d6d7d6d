"""Annotators who change as time goes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from consensus.drift import centre_of, drift, drift_of_crowd
from consensus.methods.dawid_skene import DawidSkene
from consensus.peers import Evidence
from consensus.votes import Votes
from tests.consensus.planted_crowd import labels_given, planted, votes_of, who_answers

DAY = 86_400.0


def falling(seed: int, fallen: int, answers: int = 400, labels: int = 3) -> Votes:
    """Plant 20 annotators over ten days; the first few fall from 0.9 to 0.6 on the sixth."""
    chance = np.random.default_rng(seed)
    accuracy = chance.uniform(0.65, 0.9, 20)
    accuracy[:fallen] = 0.9
    tasks = answers * 20 // 5
    truth, who = chance.integers(labels, size=tasks), who_answers(chance, 20, tasks, 5)
    at = chance.uniform(0, 10 * DAY, who.shape)
    right = chance.random(who.shape) < np.where((who < fallen) & (at > 5 * DAY), 0.6, accuracy[who])
    return votes_of(who, labels_given(chance, truth[:, None], right, labels), labels, at=at)


def test_a_fall_is_found_with_its_day_and_its_size() -> None:
    found, days, sizes = [], [], []
    for seed in range(8):
        votes = falling(seed, fallen=3)
        seen = drift(votes, DawidSkene().fit(votes))
        found.append(seen.changed[:3])
        days.append(seen.changed_at[:3] / DAY)
        sizes.append(seen.around.mean[:3])

    assert np.mean(found) > 0.9
    assert np.median(np.abs(np.concatenate(days) - 5)) < 0.5
    assert np.mean(np.concatenate(sizes), axis=0) == pytest.approx([0.9, 0.6], abs=0.04)


def test_who_stays_the_same_raises_no_alarm() -> None:
    alarms, small = [], []
    for seed in range(15):
        votes = falling(seed, fallen=0, answers=120)
        seen = drift(votes, DawidSkene().fit(votes))
        alarms.append(seen.changed)
        small.append(seen.p_value < 0.05)

    assert np.mean(alarms) < 0.02
    assert np.mean(small) < 0.05


def test_windows_hold_the_accuracy_of_their_time() -> None:
    votes = falling(1, fallen=1)
    seen = drift(votes, DawidSkene().fit(votes), windows=4)

    early, late = seen.windows.mean[0, :2], seen.windows.mean[0, 2:]
    assert early == pytest.approx([0.9, 0.9], abs=0.08)
    assert late == pytest.approx([0.6, 0.6], abs=0.12)
    assert (seen.windows.low <= seen.windows.mean).all()
    assert seen.starts[0] / DAY == pytest.approx([0, 2.5, 5, 7.5], abs=0.6)


def test_the_order_of_votes_in_time_is_what_counts() -> None:
    votes = falling(2, fallen=2)
    assert votes.at is not None
    mirrored = replace(votes, at=10 * DAY - votes.at)

    one, other = (drift(v, DawidSkene().fit(v)) for v in (votes, mirrored))

    assert one.statistic == pytest.approx(other.statistic)
    assert one.around.mean[:2] == pytest.approx(other.around.mean[:2, ::-1], abs=0.03)


def test_answers_without_a_time_are_left_out() -> None:
    votes = falling(3, fallen=2, answers=100)
    assert votes.at is not None
    unknown = replace(votes, at=np.where(votes.annotator < 10, np.nan, votes.at))

    seen = drift(unknown, DawidSkene().fit(unknown))

    assert (seen.p_value[:10] == 1).all()
    assert np.isnan(seen.starts[:10]).all()
    assert np.isnan(seen.changed_at[:10]).all()
    assert (seen.p_value[10:] < 1).all()


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("t", "w", "a")],
        [(t, "w", "a") for t in "tuv"],
        [(t, w, "a") for t in "tu" for w in "wv"],
    ],
    ids=["nothing", "one vote", "one annotator", "all agree"],
)
@pytest.mark.parametrize("labels", [["a"], ["a", "b"]])
def test_few_votes_are_tested_of_nothing(
    rows: list[tuple[str, str, str]], labels: list[str]
) -> None:
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    votes = Votes.from_columns(*columns, labels, at=np.arange(len(rows)))

    seen = drift(votes, DawidSkene().fit(votes))

    assert not seen.changed.any()
    assert (seen.p_value == 1).all()
    assert seen.windows.mean.shape == (votes.shape[1], 10)


def test_an_annotator_who_is_always_right_never_changed() -> None:
    rows = [(f"t{i}", w, "ab"[i % 2]) for i in range(80) for w in "vwx"]
    votes = Votes.from_columns(*zip(*rows, strict=True), ["a", "b"], at=np.arange(240))

    assert not drift(votes, DawidSkene().fit(votes)).changed.any()


def test_what_cannot_be_tested_is_refused() -> None:
    votes = planted(0, np.full(4, 0.8), 20, 3).votes
    fit = DawidSkene().fit(votes)

    with pytest.raises(ValueError, match="build the votes with `at`"):
        drift(votes, fit)
    with pytest.raises(ValueError, match="windows"):
        drift(replace(votes, at=np.zeros(len(votes))), fit, windows=0)


def test_the_crowd_as_a_whole_is_tested_too() -> None:
    fell, stayed = falling(3, fallen=20), falling(3, fallen=0)
    found = []
    for votes in (fell, stayed):
        fit = DawidSkene().fit(votes)
        found.append(
            drift_of_crowd(votes, Evidence.of(votes, fit).rightness(votes), centre_of(fit))
        )

    assert found[0].changed.tolist() == [True]
    assert found[0].changed_at[0] / DAY == pytest.approx(5, abs=0.3)
    assert found[1].changed.tolist() == [False]
