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
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.recorded import Recorded, sets
from consensus.methods import make_method
from consensus.methods.base import vote_shares
from consensus.scores import scores
from consensus.votes import Floats, Ints, Votes

TARGETS = (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)
#: Sets with fewer answers a task than this are left out of the mean: there is little to save.
LEAST_ANSWERS = 5.0
Points = Sequence[tuple[float, float]]
#: Posteriors of people (T, K) and answers a task (T,), to the posteriors that decide.
Listen = Callable[[Floats, Ints], Floats]


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
        print_line(dataset=recorded.name, answers_a_task=answers, share_at_majority=share)
        if answers >= LEAST_ANSWERS:
            needed.append(1.0 if share is None else share)
    print_line(
        dataset="mean", sets=len(needed), share_at_majority=float(np.mean(needed or [np.nan]))
    )


def _replayed(recorded: Recorded, method: str, seed: int) -> float | None:
    votes, rows, truth = recorded.votes, recorded.rows, recorded.truth
    full = scores(make_method(method).fit(votes).posteriors_[rows], truth).accuracy
    majority = scores(vote_shares(votes)[rows], truth).accuracy
    points = []
    for target, share, posteriors in replay(votes, method, TARGETS, seed):
        accuracy = scores(posteriors[rows], truth).accuracy
        points.append((share, accuracy))
        print_line(
            dataset=recorded.name,
            target=target,
            answers_share=share,
            accuracy=accuracy,
            accuracy_full=full,
            majority_full=majority,
        )
    return share_at(majority, [*points, (1.0, full)])


def replay(
    votes: Votes,
    method: str,
    targets: Sequence[float],
    seed: int,
    *,
    listen: Listen = lambda posteriors, _: posteriors,
    first: Ints | None = None,
    batch: Ints | None = None,
) -> Iterator[tuple[float, float, Floats]]:
    """Collect answers up to each target in turn: target, share of all answers, and posteriors.

    What was collected for a target is kept for the next, as if the target had been raised. `listen`
    may add to what people say, `first` says how many answers a task gets whatever is known of it
    (T,), and `batch` when it comes in (T,), from 0: a batch begins when the one before is done.
    """
    place = _order(votes, np.random.default_rng(seed))
    offered = np.diff(votes.starts)
    first = np.minimum(offered, 1 if first is None else first)
    batch = np.zeros_like(offered) if batch is None else batch
    taken = np.zeros_like(offered)

    def decided() -> Floats:
        fit = make_method(method).fit(votes.where(place < taken[votes.task]))
        return listen(fit.posteriors_, taken)

    for target in targets:
        for number in np.unique(batch):
            is_in = batch <= number
            taken = np.where(is_in, np.maximum(taken, first), taken)
            while True:
                posteriors = decided()
                wanted = is_in & (posteriors.max(axis=1) < target) & (taken < offered)
                if not wanted.any():
                    break
                taken = taken + wanted
        yield target, float(taken.sum() / len(votes)), posteriors


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


def print_line(**figures: float | str | None) -> None:
    """Print figures as a JSON object, fractions to four places."""
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}
    print(json.dumps(rounded), flush=True)


if __name__ == "__main__":
    main()
