"""Between what models predict and the tables: their worth is learned, and added to what people say.

A model is held against people alone, so it cannot drown them out, and has no say until it has been.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isnan
from typing import Any, Self

import numpy as np

from consensus.predictions import Predictions, Predictor, combined, predictors
from consensus.skills import spammer_score
from consensus.votes import Floats, Ints, Votes
from crowd.services.predictions import Said
from crowd.services.runs import Fit

#: Decimals kept of the probabilities that explain a result.
DIGITS = 6
Model = uuid.UUID


@dataclass(frozen=True)
class Panel:
    """What some models say of the tasks of some votes, and what each model's word is worth."""

    votes: Votes
    said: Mapping[Model, Predictions]
    predictors: Mapping[Model, Predictor]
    names: Mapping[Model, str]

    @classmethod
    def fitted(
        cls, said: Sequence[Said], votes: Votes, people: Floats, known: Mapping[uuid.UUID, str]
    ) -> Self:
        """Learn what each model is worth from the posteriors of people alone, and from gold.

        `people`, of shape (T, K), is blind to gold; every task that a model speaks of is one of the
        votes' tasks.
        """
        laid = _laid_out(said, votes)
        answers = votes.counts.sum(axis=1)
        rows, labels = votes.rows_of(known)
        certain = dict(zip(rows.tolist(), labels.tolist(), strict=True))
        found = predictors(list(laid.values()), people, answers, certain)
        return cls(votes, laid, dict(zip(laid, found, strict=True)), _names(said))

    @classmethod
    def stored(cls, said: Sequence[Said], votes: Votes, fit: Fit) -> Self:
        """Take what the newest run has learned; a model that it does not know has no say yet."""
        headers = fit.run.predictors or {}
        same = tuple(fit.run.labels) == tuple(votes.label_set)
        found = {
            who: Predictor.unpack(headers[str(who)], fit.rows[who])
            for who in _names(said)
            if same and str(who) in headers and who in fit.rows
        }
        return cls(votes, _laid_out(said, votes), found, _names(said))

    def silenced(self) -> Self:
        """Let no model have a say."""
        return replace(self, said={}, predictors={})

    def heard(self, people: Floats) -> Floats:
        """Add what the models say to the posteriors of people alone: shapes (T, K)."""
        return combined(people, [(self.predictors[who], self.said[who]) for who in self._known])

    def counts(self) -> Floats:
        """Count the models that have a say in each task: shape (T,)."""
        counted = np.zeros(self.votes.shape[0])
        for who in self._known:
            if self.predictors[who].is_listened_to:
                counted[self.said[who].task] += 1
        return counted

    def unsure(self, prior: Floats, below: float) -> set[uuid.UUID]:
        """Pick the tasks of which models alone are less sure; none that no model speaks of.

        `prior`, of shape (K,), is what is known of a task before anybody has said anything.
        """
        alone = self.heard(np.tile(prior, (self.votes.shape[0], 1)))
        ids: Sequence[Any] = self.votes.task_ids
        doubt = (alone.max(axis=1) < below) & (self.counts() > 0)
        return {ids[row] for row in np.flatnonzero(doubt).tolist()}

    def explained(self, row: int, people: Floats) -> dict[str, Any] | None:
        """Say of a task what models said, and what people alone, (K,), would have come to."""
        told = [self._said(who, places[row]) for who, places in self._places.items()]
        told = [one for one in told if one is not None]
        return {"predictions": told, "people": self._shares(people)} if told else None

    def headers(self) -> dict[str, dict[str, Any]]:
        """Lay out what a run keeps of each model, beside its row."""
        return {str(who): predictor.pack()[0] for who, predictor in self.predictors.items()}

    def rows(self) -> dict[uuid.UUID, Sequence[float]]:
        """Lay out each model's numbers, whose meaning its header says."""
        return {who: predictor.pack()[1] for who, predictor in self.predictors.items()}

    def skill_rows(self, known: Mapping[uuid.UUID, str]) -> list[dict[str, object]]:
        """Say how reliable each model is, as is said of people."""
        rows, labels = self.votes.rows_of(known)
        certain = np.full(self.votes.shape[0], -1)
        certain[rows] = labels
        return [self._skill(who, certain[self.said[who].task]) for who in self._known]

    @cached_property
    def _places(self) -> dict[Model, Ints]:
        """Find, for each model, where among its predictions that of a task stands; -1: nowhere."""
        places = {}
        for who, laid in self.said.items():
            places[who] = np.full(self.votes.shape[0], -1)
            places[who][laid.task] = np.arange(len(laid.task))
        return places

    def _said(self, who: Model, place: int) -> dict[str, Any] | None:
        if place < 0:
            return None
        laid, predictor = self.said[who], self.predictors.get(who)
        confidence = float(laid.confidence[place])
        return {
            "model": self.names[who],
            "label": self.votes.label_set[laid.label[place]],
            "confidence": None if isnan(confidence) else confidence,
            "counts": predictor is not None and predictor.is_listened_to,
        }

    @property
    def _known(self) -> list[Model]:
        return [who for who in self.said if who in self.predictors]

    def _skill(self, who: Model, certain: Any) -> dict[str, object]:
        found = self.predictors[who]
        return {
            "annotator_id": who,
            "accuracy": found.accuracy,
            "accuracy_low": found.accuracy_low,
            "accuracy_high": found.accuracy_high,
            "answers": round(found.judged_on),
            "gold_seen": int((certain >= 0).sum()),
            "gold_correct": int((certain == self.said[who].label).sum()),
            "spammer_score": float(spammer_score(found.confusion[None])[0]),
            # what carries nothing is not listened to: nobody has to be warned of it
            "is_spammer": False,
            "confusion": found.confusion.ravel().tolist(),
        }

    def _shares(self, row: Floats) -> dict[str, float]:
        return dict(zip(self.votes.label_set, row.round(DIGITS).tolist(), strict=True))


def spoken_of(said: Sequence[Said]) -> set[uuid.UUID]:
    """Name the tasks that models speak of."""
    return {one.task_id for one in said}


def _names(said: Sequence[Said]) -> dict[Model, str]:
    return {one.model_id: one.model for one in said}


def _laid_out(said: Sequence[Said], votes: Votes) -> dict[Model, Predictions]:
    """Sort predictions by model; one of a label that is none any more says nothing."""
    place = {task: row for row, task in enumerate(votes.task_ids)}
    number = {label: index for index, label in enumerate(votes.label_set)}
    columns: dict[Model, list[tuple[int, int, float]]] = defaultdict(list)
    for one in said:
        if one.label in number:
            share = np.nan if one.confidence is None else one.confidence
            columns[one.model_id].append((place[one.task_id], number[one.label], share))
    laid = {}
    for who, rows in columns.items():
        task, label, confidence = map(np.array, zip(*rows, strict=True))
        laid[who] = Predictions(task, label, confidence)
    return laid
