"""Crowds whose truth, accuracies and habits are known because they were planted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from consensus.votes import Floats, Ints, Votes


@dataclass(frozen=True)
class Planted:
    """Votes, and what is true of them."""

    votes: Votes
    #: The number of each task's label: shape (T,).
    truth: Ints

    @property
    def realised(self) -> Floats:
        """Share of right answers of each annotator: shape (A,)."""
        size = self.votes.shape[1]
        right = self.truth[self.votes.task] == self.votes.label
        answers = np.bincount(self.votes.annotator, minlength=size)
        share: Floats = np.bincount(self.votes.annotator, right, size) / answers
        return share

    def gold(self, share: float) -> dict[Any, str]:
        """Know the labels of the first tasks."""
        known = self.votes.task_ids[: round(share * len(self.truth))]
        names = [self.votes.label_set[k] for k in self.truth]
        return dict(zip(known, names, strict=False))


def who_answers(chance: np.random.Generator, annotators: int, tasks: int, overlap: int) -> Ints:
    """Draw `overlap` different annotators for each task: shape (T, overlap)."""
    return chance.random((tasks, annotators)).argsort(axis=1)[:, :overlap]


def labels_given(
    chance: np.random.Generator, truth: Ints, right: npt.NDArray[np.bool_], labels: int
) -> Ints:
    """Give the true label where right, else any other."""
    wrong = (truth + chance.integers(1, max(2, labels), right.shape)) % labels
    return np.where(right, truth, wrong)


def votes_of(who: Ints, given: Ints, labels: int, **times: Any) -> Votes:
    """Make votes of tables (T, overlap), so that row a of every result is annotator a."""
    tasks, overlap = who.shape
    task = np.repeat(np.arange(tasks), overlap)
    order = np.lexsort((who.ravel(), task))
    return Votes(
        range(tasks),
        range(int(who.max()) + 1),
        [str(k) for k in range(labels)],
        task,
        who.ravel()[order],
        given.ravel()[order],
        **{name: column.ravel()[order] for name, column in times.items()},
    )


def planted(seed: int, accuracy: Floats, tasks: int, overlap: int, labels: int = 2) -> Planted:
    """Plant a crowd of annotators who are right with these chances, whatever the label."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(labels, size=tasks)
    who = who_answers(chance, len(accuracy), tasks, overlap)
    given = labels_given(chance, truth[:, None], chance.random(who.shape) < accuracy[who], labels)
    return Planted(votes_of(who, given, labels), truth)


def hard_and_easy(
    seed: int, tasks: int, annotators: int, overlap: int, tempted: float = 0.6
) -> Planted:
    """Plant votes for two labels where a third of the tasks tempt everybody to the wrong one."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(2, size=tasks)
    who = who_answers(chance, annotators, tasks, overlap)
    accuracy = chance.beta(8, 2, annotators)[who]
    hard = (np.arange(tasks) % 3 == 0)[:, None]
    right = chance.random(who.shape) < np.where(hard, 1 - tempted, accuracy)
    return Planted(votes_of(who, labels_given(chance, truth[:, None], right, 2), 2), truth)
