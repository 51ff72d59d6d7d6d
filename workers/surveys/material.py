"""The answers of a project with all that a survey has to know of each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from consensus.votes import Ints, Votes
from crowd.models import ProjectConfig
from workers.answer_kinds import Labels, Numbers, Sets, votes_on
from workers.surveys.judges import Judge

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Material:
    """Answers with their times, what the engine makes of them, and what is known besides."""

    #: One a row; see `workers.answer_kinds.votes_on`.
    votes: Votes
    kind: Labels | Sets | Numbers
    #: The version of the guideline each answer was given by; 0: none. Shape (N,).
    guideline: Ints
    judge: Judge
    gold: Mapping[uuid.UUID, str]
    rulings: Mapping[uuid.UUID, str]
    #: Answers that any task gets, whatever they say.
    answers_a_task: int

    def known_of(self, known: Mapping[uuid.UUID, str]) -> Ints:
        """Number what is known of each answer's task, -1 where nothing is: shape (N,)."""
        rows, labels = self.votes.rows_of(known)
        told = np.full(self.votes.shape[0], -1)
        told[rows] = labels
        return told[self.votes.task]

    def is_right(self, told: Ints) -> Mask:
        """Tell whether answers are what is known, as `known_of` numbers it: shape (N,)."""
        same = np.zeros(len(told), np.bool_)
        sure = told >= 0
        same[sure] = self.kind.is_same(self.votes.label[sure], told[sure])
        return same

    @cached_property
    def is_first(self) -> Mask:
        """Mark the first `answers_a_task` answers of each task: shape (N,)."""
        votes = self.votes
        assert votes.at is not None
        order = np.lexsort((votes.at, votes.task))
        place = np.empty(len(votes), np.int64)
        place[order] = np.arange(len(votes)) - votes.starts[votes.task]
        return place < self.answers_a_task

    @cached_property
    def is_gold(self) -> Mask:
        """Mark the answers to tasks whose label is known beforehand: shape (N,)."""
        is_gold: Mask = self.known_of(self.gold) >= 0
        return is_gold

    @property
    def first(self) -> Votes:
        """Keep what can be compared fairly: who disagrees is asked for more answers."""
        return self.votes.where(self.is_first)


def votes_of(
    rows: Iterable[tuple[uuid.UUID, uuid.UUID, str, float, float, int]],
    config: ProjectConfig,
    known: Iterable[str] = (),
) -> tuple[Votes, Ints]:
    """Make votes of streamed answers, and the version of the guideline of each: shape (N,).

    `known`: answers that are known to be right.
    """
    at: list[float] = []
    guidelines: list[int] = []

    def numbered() -> Iterable[tuple[uuid.UUID, uuid.UUID, str, float, float]]:
        # votes come out in another order: for now the time is the number of the row
        for task, annotator, text, when, seconds, guideline in rows:
            at.append(when)
            guidelines.append(guideline)
            yield task, annotator, text, float(len(at) - 1), seconds

    votes = votes_on(numbered(), config, known)
    if votes.at is None:
        return replace(votes, at=np.empty(0), seconds=np.empty(0)), np.empty(0, np.int64)
    row = votes.at.astype(np.int64)
    return replace(votes, at=np.array(at)[row]), np.array(guidelines, np.int64)[row]
