"""How many human answers a model's predictions save, and what they cost in accuracy.

Replays recorded answers as `savings` does, once without a model and once for each planted one: it
is right so often, and says another label otherwise. What it is worth is learned on the way from the
answers that people have given so far. Prints a JSON object a line for each set and model, the mean
over several orders of answers: the share of human answers relative to the same run without the
model, and the accuracy of all labels that are not known; then the same without it, the share at
which the accuracy without it is reached (interpolated between targets; null where that is never),
and how far stated confidence is from what is right.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.recorded import Recorded, sets
from benchmarks.savings import print_line, replay, share_at
from consensus.methods import make_method
from consensus.predictions import Predictions, combined, predictors
from consensus.scores import scores
from consensus.votes import Floats, Ints

Flags = npt.NDArray[np.bool_]
BUNDLED = Path(__file__).parents[1] / "crowd" / "demo" / "data"
#: Targets beside the one that is asked for, between which shares are interpolated.
TARGETS = (0.7, 0.8, 0.9)
#: Where a model may close tasks alone: share of tasks that it has no say in, and batches in which
#: tasks come in, so that it can be judged on some before others.
BLIND_SHARE, BATCHES = 0.1, 10


def main() -> None:
    """Read the command line, replay, print."""
    options = _options()
    targets = (*(t for t in TARGETS if t < options.target), options.target)
    for recorded in sets(options.data):
        alone = _mean(recorded, None, targets, options)
        for accuracy in options.models:
            _report(recorded.name, accuracy, alone, _mean(recorded, accuracy, targets, options))


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hybrid", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=BUNDLED, help="folder of <name>/answers.csv and truth.csv"
    )
    parser.add_argument("--models", type=_floats, default=(0.5, 0.7, 0.9), help="their accuracies")
    parser.add_argument("--confidence", choices=("none", "calibrated", "flat"), default="none")
    parser.add_argument(
        "--errors",
        choices=("even", "shared"),
        default="even",
        help="whether the model errs on any task, or on those where people do, and as they do",
    )
    parser.add_argument(
        "--least", type=int, default=1, help="human answers to a task that a model may not close"
    )
    parser.add_argument(
        "--gold", type=float, default=0.0, help="share of the truth that judges the model as well"
    )
    parser.add_argument("--target", type=float, default=0.95, help="confidence that ends a task")
    parser.add_argument("--method", default="auto", help="the method for people")
    parser.add_argument("--seeds", type=int, default=3, help="orders of answers, and models")
    return parser.parse_args()


def _floats(given: str) -> tuple[float, ...]:
    return tuple(float(number) for number in given.split(","))


@dataclass(frozen=True)
class Planted:
    """A model of known accuracy; what it says of tasks whose truth is unknown goes by the crowd."""

    recorded: Recorded
    accuracy: float
    seed: int

    def predictions(self, confidence: str, errors: str) -> Predictions:
        """Draw what it says of every task."""
        chance = np.random.default_rng([self.seed, 1])
        truth = self._truth()
        p = np.full(len(truth), self.accuracy)
        if confidence == "calibrated":
            p = chance.beta(2 * self.accuracy, 2 * (1 - self.accuracy), len(truth))
        is_wrong = chance.random(len(truth)) >= p
        labels = self.recorded.votes.shape[2]
        wrong: Ints = (truth + chance.integers(1, labels, len(truth))) % labels
        if errors == "shared":
            is_wrong, wrong = self._shared(truth, chance)
        said = {"none": np.full(len(truth), np.nan), "flat": chance.random(len(truth))}
        return Predictions(
            np.arange(len(truth)), np.where(is_wrong, wrong, truth), said.get(confidence, p)
        )

    def _truth(self) -> Ints:
        votes = self.recorded.votes
        truth: Ints = make_method("auto").fit(votes).posteriors_.argmax(axis=1)
        truth[self.recorded.rows] = self.recorded.truth
        return truth

    def _shared(self, truth: Ints, chance: np.random.Generator) -> tuple[Flags, Ints]:
        """Err on tasks in proportion to how many people do, by what most of them say wrongly."""
        wrong = self.recorded.votes.counts.copy()
        every = np.arange(len(truth))
        answers = wrong.sum(axis=1)
        wrong[every, truth] = 0
        share = (wrong.sum(axis=1) + 0.01) / (answers + 1)
        errors = round((1 - self.accuracy) * len(truth))
        drawn = chance.choice(len(truth), errors, replace=False, p=share / share.sum())
        wrong[every, truth] = -1
        most: Ints = wrong.argmax(axis=1)
        return np.isin(every, drawn), most


def _mean(
    recorded: Recorded, accuracy: float | None, targets: Sequence[float], options: Any
) -> Floats:
    seeds = range(options.seeds)
    runs = [_replayed(recorded, accuracy, targets, seed, options) for seed in seeds]
    return np.asarray(np.mean(runs, axis=0))


def _replayed(
    recorded: Recorded, accuracy: float | None, targets: Sequence[float], seed: int, options: Any
) -> Floats:
    """Replay once: share of all answers, accuracy and calibration error at each target (n, 3)."""
    votes, chance = recorded.votes, np.random.default_rng([seed, 2])
    tasks = votes.shape[0]
    is_blind = chance.random(tasks) < BLIND_SHARE
    first = np.ones(tasks, np.int64)
    batch = np.zeros(tasks, np.int64)
    if options.least == 0:
        batch = chance.integers(BATCHES, size=tasks)
        # of the first batch nobody knows yet what the model is worth
        first = np.where(is_blind | (batch == 0) | (accuracy is None), 1, 0)

    model = None
    if accuracy is not None:
        planted = Planted(recorded, accuracy, seed)
        model = planted.predictions(options.confidence, options.errors)
    gold, rest = recorded.gold(options.gold, seed)
    known = dict(zip(*(column.tolist() for column in votes.rows_of(gold)), strict=True))

    def listen(posteriors: Floats, answers: Ints) -> Floats:
        if model is None:
            return posteriors
        (judged,) = predictors([model], posteriors, answers, known)
        both = combined(posteriors, [(judged, model)])
        return np.where(is_blind[:, None], posteriors, both) if options.least == 0 else both

    points = []
    for _, share, posteriors in replay(
        votes, options.method, targets, seed, listen=listen, first=first, batch=batch
    ):
        found = scores(posteriors[rest.rows], rest.truth)
        points.append((share, found.accuracy, found.ece))
    return np.array(points)


def _report(name: str, accuracy: float, alone: Floats, both: Floats) -> None:
    share, reached, error = both[-1].tolist()
    share_without, reached_without, error_without = alone[-1].tolist()
    same = share_at(reached_without, [(s, a) for s, a, _ in both.tolist()])
    print_line(
        dataset=name,
        model_accuracy=accuracy,
        human_answers_share=share / share_without,
        accuracy=reached,
        accuracy_without=reached_without,
        share_at_same_accuracy=None if same is None else same / share_without,
        calibration_error=error,
        calibration_error_without=error_without,
        answers_share_without=share_without,
    )


if __name__ == "__main__":
    main()
