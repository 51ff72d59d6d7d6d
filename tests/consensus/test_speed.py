"""Answers given faster than can be honest."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pytest

from consensus.methods.dawid_skene import DawidSkene
from consensus.speed import fast_and_slow, speed
from consensus.votes import Votes
from tests.consensus.planted_crowd import labels_given, planted, votes_of, who_answers


@dataclass(frozen=True)
class Hurried:
    """Votes on short and long tasks, and which of them were given without reading."""

    votes: Votes
    types: list[str]
    unread: npt.NDArray[np.bool_]


def hurried(seed: int = 0, clickers: int = 3, now_and_then: int = 3) -> Hurried:
    """Plant 30 annotators: some click through 9 tasks in 10, some through 2; the rest read."""
    chance = np.random.default_rng(seed)
    truth, who = chance.integers(3, size=600), who_answers(chance, 30, 600, 5)
    types = np.where(chance.random(600) < 0.5, "short", "long")
    share = np.where(who < clickers, 0.9, np.where(who < clickers + now_and_then, 0.2, 0.0))
    unread = chance.random(who.shape) < share
    usual = np.where(types == "short", np.log(5), np.log(40))[:, None]
    reading = usual + chance.normal(0, 0.3, 30)[who] + chance.normal(0, 0.4, who.shape)
    log_time = np.where(unread, chance.normal(-1, 0.3, who.shape), reading)
    right = chance.random(who.shape) < np.where(unread, 1 / 3, chance.uniform(0.75, 0.95, 30)[who])
    given = labels_given(chance, truth[:, None], right, 3)
    # the flag rides along as a time, so that it is put in the order of votes as they are
    votes = votes_of(who, given, 3, seconds=np.exp(log_time), at=unread.astype(np.float64))
    assert votes.at is not None
    return Hurried(replace(votes, at=None), types.tolist(), votes.at > 0)


def test_unread_answers_are_found_and_read_ones_spared() -> None:
    crowd = hurried()

    found = speed(crowd.votes, crowd.types).too_fast

    assert found[crowd.unread].mean() > 0.95
    assert found[~crowd.unread].mean() < 0.01


def test_each_annotator_gets_their_share() -> None:
    crowd = hurried()

    share = speed(crowd.votes, crowd.types).share

    assert share[:3] == pytest.approx([0.9] * 3, abs=0.08)
    assert share[3:6] == pytest.approx([0.2] * 3, abs=0.1)
    assert share[6:].max() < 0.05


def test_what_is_fast_depends_on_the_type_of_task() -> None:
    crowd = hurried(clickers=0)

    seen = speed(crowd.votes, crowd.types)

    threshold = dict(zip(seen.types, seen.threshold, strict=True))
    assert 5 < threshold["long"] < 15
    assert threshold["long"] / threshold["short"] == pytest.approx(8, rel=0.15)


def test_a_tireless_clicker_does_not_move_the_threshold() -> None:
    crowd = hurried(clickers=0, now_and_then=0)
    votes, tasks = crowd.votes, 600
    more = Votes.from_columns(
        [*votes.task.tolist(), *range(tasks)],
        [*votes.annotator.tolist(), *(["clicker"] * tasks)],
        [*(votes.label_set[k] for k in votes.label), *(["0"] * tasks)],
        votes.label_set,
        seconds=np.concatenate([votes.seconds, np.full(tasks, 0.4)]),
    )

    one, other = speed(votes, crowd.types), speed(more, crowd.types)

    assert other.threshold == pytest.approx(one.threshold, rel=0.1)
    assert other.share[-1] == 1


def test_a_slow_annotator_is_measured_by_their_own_pace_too() -> None:
    crowd = hurried(clickers=0, now_and_then=0)
    assert crowd.votes.seconds is not None
    his = np.flatnonzero(crowd.votes.annotator == 0)
    seconds = np.where(crowd.votes.annotator == 0, 60.0, crowd.votes.seconds)
    seconds[his[:5]] = 3.5
    slow = replace(crowd.votes, seconds=seconds)

    found = speed(slow).too_fast

    assert found[his[:5]].all()
    assert not found[his[5:]].any()


def test_fast_answers_are_worse_where_nobody_read_and_only_there() -> None:
    crowd = hurried()
    fast = speed(crowd.votes, crowd.types).too_fast

    seen = fast_and_slow(crowd.votes, DawidSkene().fit(crowd.votes), fast)

    assert seen.worse[:6].min() > 0.95
    assert seen.crowd.high[0, 0] < seen.crowd.low[0, 1]
    assert seen.crowd.low[0, 0] < 1 / 3 < seen.crowd.high[0, 0]
    assert seen.crowd_worse[0] > 0.999


def test_quick_but_careful_answers_are_not_called_worse() -> None:
    flags = []
    for seed in range(5):
        votes = planted(seed, np.full(20, 0.8), 300, 4, 3).votes
        random = np.random.default_rng(seed).random(len(votes)) < 0.2
        flags.append(fast_and_slow(votes, DawidSkene().fit(votes), random).worse > 0.95)

    assert np.mean(flags) < 0.1


def test_times_that_are_not_known_are_never_too_fast() -> None:
    crowd = hurried()
    assert crowd.votes.seconds is not None
    seconds = np.where(crowd.votes.annotator == 0, np.nan, crowd.votes.seconds)

    seen = speed(replace(crowd.votes, seconds=seconds), crowd.types)

    assert not seen.too_fast[crowd.votes.annotator == 0].any()
    assert np.isnan(seen.share[0])
    assert np.isnan(seen.pace[0])


@pytest.mark.parametrize("rows", [[], [("t", "w", "a")], [(t, w, "a") for t in "tu" for w in "wv"]])
@pytest.mark.parametrize("second", [0.0, 1.0, np.nan])
def test_few_and_equal_times_are_no_trouble(
    rows: list[tuple[str, str, str]], second: float
) -> None:
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    votes = Votes.from_columns(*columns, ["a", "b"], seconds=[second] * len(rows))

    seen = speed(votes)
    compared = fast_and_slow(votes, DawidSkene().fit(votes), seen.too_fast)

    assert not seen.too_fast.any()
    assert compared.worse.shape == (votes.shape[1],)


def test_what_cannot_be_measured_is_refused() -> None:
    votes = planted(0, np.full(4, 0.8), 20, 3).votes

    with pytest.raises(ValueError, match="build votes with `seconds`"):
        speed(votes)
    with pytest.raises(ValueError, match="one entry a task"):
        speed(replace(votes, seconds=np.ones(len(votes))), ["short"])
    with pytest.raises(ValueError, match="one entry a vote"):
        fast_and_slow(votes, DawidSkene().fit(votes), np.zeros(3, bool))
