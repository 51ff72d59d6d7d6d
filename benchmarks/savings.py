"""How few answers are enough when the engine decides when to stop.

Replays recorded answers: each task begins with one of its answers, drawn at random, and is given
another for as long as the confidence in its label is below the target. The model is fitted anew
after each round. Prints a JSON object a line for every set and target, then for each set the share
of answers at which the accuracy of everybody's majority is reached (interpolated between targets;
null where no target reaches it), and at the end the mean over sets with at least five answers a
task, where a set that never gets there counts as all its answers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.recorded import Recorded, sets
from consensus.methods import Method, make_method
from consensus.methods.base import vote_shares
from consensus.scores import scores
from consensus.votes import Ints, Votes

TARGETS = (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)
#: Sets with fewer answers a task than this are left out of the mean: there is little to save.
LEAST_ANSWERS = 5.0
Points = Sequence[tuple[float, float]]


def main() -> None:
    """Read the command line, replay, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.savings", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of <name>/answers.csv")
    parser.add_argument("--method", default="auto", help="the method that decides")
    parser.add_argument("--seed", type=int, default=0, help="of the order of answers")
    options = parser.parse_args()
    needed = []
    for recorded in sets(options.data):
        answers = len(recorded.votes) / recorded.votes.shape[0]
        share = _replayed(recorded, options.method, options.seed)
        _print(dataset=recorded.name, answers_a_task=answers, share_at_majority=share)
        if answers >= LEAST_ANSWERS:
            needed.append(1.0 if share is None else share)
    _print(dataset="mean", sets=len(needed), share_at_majority=float(np.mean(needed or [np.nan])))


def _replayed(recorded: Recorded, method: str, seed: int) -> float | None:
    votes, rows, truth = recorded.votes, recorded.rows, recorded.truth
    full = scores(make_method(method).fit(votes).posteriors_[rows], truth).accuracy
    majority = scores(vote_shares(votes)[rows], truth).accuracy
    points = []
    for target, share, fit in replay(votes, method, TARGETS, seed):
        accuracy = scores(fit.posteriors_[rows], truth).accuracy
        points.append((share, accuracy))
        _print(
            dataset=recorded.name,
            target=target,
            answers_share=share,
            accuracy=accuracy,
            accuracy_full=full,
            majority_full=majority,
        )
    return share_at(majority, [*points, (1.0, full)])


def replay(
    votes: Votes, method: str, targets: Sequence[float], seed: int
) -> Iterator[tuple[float, float, Method]]:
    """Collect answers up to each target in turn: target, share of all answers, and the last fit.

    What was collected for a target is kept for the next, as if the target had been raised.
    """
    place = _order(votes, np.random.default_rng(seed))
    offered = np.diff(votes.starts)
    taken = np.minimum(offered, 1)
    fit = make_method(method).fit(votes.where(place < taken[votes.task]))
    for target in targets:
        while True:
            wanted = (fit.posteriors_.max(axis=1) < target) & (taken < offered)
            if not wanted.any():
                break
            taken = taken + wanted
            fit = make_method(method).fit(votes.where(place < taken[votes.task]))
        yield target, float(taken.sum() / len(votes)), fit


def share_at(accuracy: float, points: Points) -> float | None:
    """Find the share of answers at which an accuracy is first reached, between two points if so."""
    before = None
    for share, reached in points:
        if reached >= accuracy:
            if before is None:
                return share
            gained = (accuracy - before[1]) / max(reached - before[1], 1e-12)
            return before[0] + gained * (share - before[0])
        before = (share, reached)
    return None


def _order(votes: Votes, chance: np.random.Generator) -> Ints:
    """Say of each vote which place in its task's random order it has, from 0."""
    order = np.lexsort((chance.random(len(votes)), votes.task))
    place: npt.NDArray[np.int64] = np.empty(len(votes), np.int64)
    place[order] = np.arange(len(votes)) - votes.starts[votes.task[order]]
    return place


def _print(**figures: float | str | None) -> None:
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}
    print(json.dumps(rounded), flush=True)


if __name__ == "__main__":
    main()
