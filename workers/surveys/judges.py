"""What the engine makes of answers one by one: how far others speak for each, and against gold."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from consensus.agreement.by_distance import Mask
from consensus.drift import centre_of
from consensus.known_labels import Candidates, candidates, doubts
from consensus.methods import Method
from consensus.methods.base import assumed_confusion
from consensus.peers import Evidence
from consensus.votes import Floats, Votes
from consensus.whole import JudgedNumbers, JudgedSets, Weighed, pairs_of, steps_of_values
from consensus.whole.sets import NO_YES
from crowd.models import ProjectConfig
from crowd.services.answer_kinds import text_of_number, text_of_set
from crowd.services.runs import Fit, exact_in
from workers.answer_kinds import Labels, Numbers, Sets
from workers.fitting import quick_posteriors
from workers.numbers import edges_of, posterior_of_values, steps_of, steps_of_answers


class Doubt(NamedTuple):
    """How probably what is known of a task, by its row, is wrong; and what is right then."""

    row: int
    wrong: float
    instead: str


class Judge(Protocol):
    """What the others say of answers; those of `Material.votes`."""

    @property
    def rightness(self) -> Floats:
        """Weigh for each answer how far the others speak for it: shape (N,)."""
        ...

    @property
    def centre(self) -> float:
        """Say how often the crowd is right."""
        ...

    def doubts(self) -> Iterator[Doubt]:
        """Doubt what is known."""
        ...

    def candidates(self, is_good: Mask, most: int) -> tuple[Candidates, list[str]]:
        """Find tasks as good as known, and what each is."""
        ...


@dataclass(frozen=True, eq=False)
class OfLabels:
    """Labels are what the engine knows."""

    votes: Votes
    fit: Method
    evidence: Evidence

    @cached_property
    def rightness(self) -> Floats:
        """Ask the evidence."""
        return self.evidence.rightness(self.votes)

    @property
    def centre(self) -> float:
        """Ask the fit."""
        return centre_of(self.fit)

    def doubts(self) -> Iterator[Doubt]:
        """Doubt known labels."""
        found = doubts(self.evidence)
        columns = found.rows.tolist(), found.wrong.tolist(), found.instead.tolist()
        for row, wrong, instead in zip(*columns, strict=True):
            yield Doubt(row, wrong, self.votes.label_set[instead])

    def candidates(self, is_good: Mask, most: int) -> tuple[Candidates, list[str]]:
        """Find tasks with one label."""
        found = candidates(self.votes, self.evidence, is_good, most)
        return found, [self.votes.label_set[label] for label in found.label.tolist()]


class OfWhole:
    """Answers that the engine sees in other terms."""

    judged: Weighed

    @property
    def rightness(self) -> Floats:
        """Put together what the engine says."""
        return self.judged.rightness

    @property
    def centre(self) -> float:
        """Take the mean over the answers."""
        return self.judged.centre


@dataclass(frozen=True, eq=False)
class OfSets(OfWhole):
    """Sets are known label by label."""

    judged: JudgedSets
    labels: tuple[str, ...]

    def doubts(self) -> Iterator[Doubt]:
        """Doubt known sets."""
        found = self.judged.doubts()
        columns = found.rows.tolist(), found.wrong.tolist(), found.instead
        for row, wrong, instead in zip(*columns, strict=True):
            yield Doubt(row, wrong, self._text(instead))

    def candidates(self, is_good: Mask, most: int) -> tuple[Candidates, list[str]]:
        """Find tasks with one set."""
        found, sets = self.judged.candidates(is_good, most)
        return found, [self._text(one) for one in sets]

    def _text(self, chosen: Mask) -> str:
        named = [label for label, is_in in zip(self.labels, chosen, strict=True) if is_in]
        return text_of_set(named, self.labels)


@dataclass(frozen=True, eq=False)
class OfNumbers(OfWhole):
    """Numbers are known by their steps."""

    judged: JudgedNumbers
    number: Mapping[str, Any]

    def doubts(self) -> Iterator[Doubt]:
        """Doubt known numbers; instead is what the answers come to if they are wrong."""
        found, votes = self.judged.doubts(), self.judged.votes
        columns = found.rows.tolist(), found.wrong.tolist(), found.others
        for row, wrong, others in zip(*columns, strict=True):
            answers = votes.label[votes.starts[row] : votes.starts[row + 1]]
            values = self.judged.values[answers].tolist()
            steps = others / max(wrong, 1e-12)
            said, _ = posterior_of_values(self.number, steps, values, self.judged.exact)
            yield Doubt(row, wrong, next(iter(said)))

    def candidates(self, is_good: Mask, most: int) -> tuple[Candidates, list[str]]:
        """Find tasks with one number."""
        found, values = self.judged.candidates(is_good, most)
        return found, [text_of_number(value) for value in values.tolist()]


def judge_of(
    config: ProjectConfig,
    votes: Votes,
    kind: Labels | Sets | Numbers,
    fit: Fit,
    known: Mapping[uuid.UUID, str],
) -> Judge:
    """Weigh answers by the project's newest run; `known`: gold and rulings, as in every fit."""
    if isinstance(kind, Sets):
        return _of_sets(votes, kind, fit, known)
    if isinstance(kind, Numbers):
        assert config.number is not None
        return _of_numbers(votes, kind, fit, known, config.number)
    model = stored_fit(votes, fit)
    return OfLabels(votes, model, Evidence.of(votes, model, known))


def _of_sets(votes: Votes, kind: Sets, fit: Fit, known: Mapping[uuid.UUID, str]) -> OfSets:
    rows, told = votes.rows_of(known)
    labels = len(kind.labels)
    sets = np.zeros((votes.shape[0], labels), np.bool_)
    is_known = np.zeros(votes.shape[0], np.bool_)
    sets[rows], is_known[rows] = kind.chosen[told], True
    pairs, answer = pairs_of(votes, kind.chosen)
    numbers = (rows[:, None] * labels + np.arange(labels)).ravel().tolist()
    certain = {
        pair: NO_YES[int(is_in)] for pair, is_in in zip(numbers, sets[rows].ravel(), strict=True)
    }
    evidence = Evidence.of(pairs, stored_fit(pairs, fit), certain)
    judged = JudgedSets(votes, kind.chosen, pairs, answer, evidence, sets, is_known)
    return OfSets(judged, kind.labels)


def _of_numbers(
    votes: Votes,
    kind: Numbers,
    fit: Fit,
    known: Mapping[uuid.UUID, str],
    number: Mapping[str, Any],
) -> OfNumbers:
    rows, told = votes.rows_of(known)
    names, edges = steps_of(number), edges_of(number)
    steps, place = steps_of_answers(votes, number), steps_of_values(kind.values, edges)
    values = np.full(votes.shape[0], np.nan)
    values[rows] = kind.values[told]
    certain = {votes.task_ids[row]: names[place[one]] for row, one in zip(rows, told, strict=True)}
    evidence = Evidence.of(steps, stored_fit(steps, fit), certain)
    exact = exact_in(fit.run)
    judged = JudgedNumbers(votes, kind.values, steps, edges, kind.slack, evidence, values, exact)
    return OfNumbers(judged, number)


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
