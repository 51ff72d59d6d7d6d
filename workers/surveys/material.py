"""The answers of a project with all that a survey has to know of each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from consensus.methods import Method
from consensus.methods.base import assumed_confusion
from consensus.peers import Evidence
from consensus.votes import Floats, Ints, Votes
from crowd.services.runs import Fit
from workers.fitting import quick_posteriors

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Material:
    """Votes with their times, the project's model of them, and what is known besides."""

    votes: Votes
    #: The version of the guideline each vote was given by; 0: none. Shape (N,).
    guideline: Ints
    fit: Method
    gold: Mapping[uuid.UUID, str]
    rulings: Mapping[uuid.UUID, str]
    #: Answers that any task gets, whatever they say.
    answers_a_task: int

    @cached_property
    def evidence(self) -> Evidence:
        """Say what the others say of each answer; rulings are known, as in every fit."""
        return Evidence.of(self.votes, self.fit, {**self.rulings, **self.gold})

    @cached_property
    def rightness(self) -> Floats:
        """Weigh for each vote how far the others speak for it: shape (N,)."""
        return self.evidence.rightness(self.votes)

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
        known = np.zeros(self.votes.shape[0], np.bool_)
        known[self.votes.rows_of(self.gold)[0]] = True
        return known[self.votes.task]

    @property
    def first(self) -> Votes:
        """Keep what can be compared fairly: who disagrees is asked for more answers."""
        return self.votes.where(self.is_first)


def votes_of(
    rows: Iterable[tuple[uuid.UUID, uuid.UUID, str, float, float, int]], labels: list[str]
) -> tuple[Votes, Ints]:
    """Make votes of streamed answers, and the version of the guideline of each: shape (N,)."""
    at: list[float] = []
    guidelines: list[int] = []

    def numbered() -> Iterable[tuple[uuid.UUID, uuid.UUID, str, float, float]]:
        # votes come out in another order: for now the time is the number of the row
        for task, annotator, label, when, seconds, guideline in rows:
            at.append(when)
            guidelines.append(guideline)
            yield task, annotator, label, float(len(at) - 1), seconds

    votes = Votes.from_rows(numbered(), labels)
    if votes.at is None:
        return replace(votes, at=np.empty(0), seconds=np.empty(0)), np.empty(0, np.int64)
    row = votes.at.astype(np.int64)
    return replace(votes, at=np.array(at)[row]), np.array(guidelines, np.int64)[row]


def stored_fit(votes: Votes, fit: Fit) -> Method:
    """Take the project's newest run for a fit of these votes, without fitting anything anew."""
    known = Method()
    labels = votes.shape[2]
    run = fit.run
    if tuple(run.labels) == tuple(votes.label_set):
        known.class_prior_ = np.array(run.class_prior)
        known.pooled_confusion_ = np.array(run.pooled_confusion).reshape(labels, labels)
    else:
        # labels have been added since: until the next fit they are as probable as any
        known.class_prior_ = np.full(labels, 1 / labels)
        known.pooled_confusion_ = assumed_confusion(labels)
    known.posteriors_ = quick_posteriors(votes, fit)
    known.confusion_ = np.broadcast_to(known.pooled_confusion_, (votes.shape[1], labels, labels))
    return known
