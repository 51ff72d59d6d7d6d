"""What the order in which tasks are handed out is worth, in answers.

A planted crowd, each of its annotators with strengths and weaknesses of his own, answers one task
at a time; who comes next is drawn at random, and a task closes at a target confidence. Everything
but the order is the same: `random`, `breadth` (fewest answers first), or `informative`, from lists
made as the platform makes them, after each fit and when a list runs out. Prints a JSON object a
line for each order: the accuracy of all labels at so many answers a task, and where it ends.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from consensus.methods import make_method
from consensus.methods.base import assumed_confusion
from consensus.suggest import suggest
from consensus.votes import Floats, Ints, Votes

ORDERS = ("random", "breadth", "informative")
#: Answers a task at which accuracy is looked at.
POINTS = (1.0, 1.5, 2.0, 2.5, 3.0)
LIST = 20


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A crowd and its tasks, with the truth."""

    seed: int
    tasks: int = 600
    annotators: int = 40
    labels: int = 4
    minimum: int = 2
    maximum: int = 8
    target: float = 0.95
    #: Answers between two fits.
    fit_every: int = 100
    method: str = "auto"

    @property
    def truth(self) -> Ints:
        return np.random.default_rng(self.seed).integers(self.labels, size=self.tasks)

    @property
    def confusion(self) -> Floats:
        """How each annotator answers: shape (A, K, K)."""
        chance = np.random.default_rng(self.seed + 1)
        skill = chance.uniform(0.5, 0.95, (self.annotators, 1))
        own = np.clip(skill + chance.normal(0, 0.12, (self.annotators, self.labels)), 0.3, 0.99)
        wrong = chance.dirichlet(np.ones(self.labels), (self.annotators, self.labels))
        wrong *= 1 - np.eye(self.labels)
        wrong *= ((1 - own) / wrong.sum(axis=2))[:, :, None]
        rows: Floats = wrong + own[:, :, None] * np.eye(self.labels)
        return rows


@dataclass
class Replay:
    """Where a crowd stands, and what has been seen on the way."""

    planted: Planted
    answers: list[tuple[int, int, str]] = field(default_factory=list)
    #: (answers a task, accuracy) as it went.
    curve: list[tuple[float, float]] = field(default_factory=list)
    resolved: int = 0

    def __post_init__(self) -> None:
        planted = self.planted
        self.names = [str(label) for label in range(planted.labels)]
        self.posterior = np.full((planted.tasks, planted.labels), 1 / planted.labels)
        self.matrices = np.stack([assumed_confusion(planted.labels)] * planted.annotators)
        self.had = np.zeros((planted.tasks, planted.annotators), bool)
        self.given = np.zeros(planted.tasks, np.int64)

    def accuracy_at(self, answers: float) -> float:
        """Read the accuracy at so many answers a task; at the end once it is over."""
        return next((a for n, a in self.curve if n >= answers), self.curve[-1][1])

    @property
    def is_open(self) -> npt.NDArray[np.bool_]:
        """Which tasks want another answer: shape (T,)."""
        sure = self.posterior.max(axis=1) >= self.planted.target
        done = (sure & (self.given >= self.planted.minimum)) | (self.given >= self.planted.maximum)
        is_open: npt.NDArray[np.bool_] = ~done
        return is_open

    def take(self, task: int, annotator: int, label: int) -> None:
        """Take an answer in: the posterior moves by the annotator's matrix."""
        self.answers.append((task, annotator, self.names[label]))
        self.had[task, annotator] = True
        self.given[task] += 1
        moved = self.posterior[task] * self.matrices[annotator][:, label]
        self.posterior[task] = moved / moved.sum()
        if len(self.answers) % self.planted.fit_every == 0:
            self.fit()
            share = len(self.answers) / self.planted.tasks
            right = self.posterior.argmax(axis=1) == self.planted.truth
            self.curve.append((share, float(right.mean())))

    def fit(self) -> None:
        """Fit the model to all answers, as the platform does now and then."""
        votes = Votes.from_rows(self.answers, self.names)
        fit = make_method(self.planted.method).fit(votes)
        self.posterior[:] = fit.class_prior_
        self.posterior[np.array(votes.task_ids)] = fit.posteriors_
        self.matrices[:] = fit.pooled_confusion_
        self.matrices[np.array(votes.annotator_ids)] = fit.confusion_


def main() -> None:
    """Read the command line, replay, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ordering", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tasks", type=int, default=600)
    parser.add_argument("--minimum", type=int, default=2)
    parser.add_argument("--method", default="auto")
    options = parser.parse_args()
    for order in ORDERS:
        done = [
            replay(
                Planted(
                    seed=10 * seed,
                    tasks=options.tasks,
                    minimum=options.minimum,
                    method=options.method,
                ),
                order,
            )
            for seed in range(options.seeds)
        ]
        print(json.dumps({"order": order, **_means(done)}))


def _means(done: Sequence[Replay]) -> dict[str, float]:
    at = {f"accuracy_at_{p}": np.mean([r.accuracy_at(p) for r in done]) for p in POINTS}
    end = {
        "answers_a_task": np.mean([len(r.answers) / r.planted.tasks for r in done]),
        "accuracy": np.mean([r.curve[-1][1] for r in done]),
    }
    return {name: round(float(value), 4) for name, value in (at | end).items()}


def replay(planted: Planted, order: str) -> Replay:
    """Let the crowd answer in an order until every task is closed or nobody can answer more."""
    state, chance = Replay(planted), np.random.default_rng(planted.seed + 2)
    lists: dict[int, list[int]] = {}
    while len(state.answers) < planted.tasks * planted.maximum:
        is_open = state.is_open
        free = is_open[:, None] & ~state.had
        able = np.flatnonzero(free.any(axis=0))
        if not len(able):
            break
        who = int(chance.choice(able))
        if order == "informative":
            if len(state.answers) % planted.fit_every == 0:
                lists.clear()
            task = _listed(state, lists, who, free)
        else:
            few = state.given if order == "breadth" else np.zeros(planted.tasks)
            those = np.flatnonzero(free[:, who])
            task = int(those[np.lexsort((chance.random(len(those)), few[those]))[0]])
        label = chance.choice(planted.labels, p=planted.confusion[who, planted.truth[task]])
        state.take(task, who, int(label))
    state.fit()
    right = state.posterior.argmax(axis=1) == planted.truth
    state.curve.append((len(state.answers) / planted.tasks, float(right.mean())))
    return state


def _listed(
    state: Replay, lists: dict[int, list[int]], who: int, free: npt.NDArray[np.bool_]
) -> int:
    """Take the next task of an annotator's list that can still be had; make it anew if none."""
    for _ in range(2):
        for task in lists.get(who, ()):
            if free[task, who]:
                return task
        slots = state.is_open.astype(np.int64)
        had = [np.flatnonzero(~free[:, a]) for a in range(free.shape[1])]
        found = suggest(state.posterior, state.matrices, had, slots, most=LIST)
        lists.update({a: tasks.tolist() for a, (tasks, _) in enumerate(found)})
    raise AssertionError("a task that is free for an annotator is always on a new list")


if __name__ == "__main__":
    main()
