"""Kinds of answers, for whoever looks at all of a project's: what it means that two are alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from consensus.agreement import (
    Agreement,
    against_rest,
    alpha_by_distance,
    between_groups,
    kappa_by_distance,
    krippendorff_alpha,
    percent_agreement,
    share_alike,
)
from consensus.agreement.apart import Apart, Numbers, Sets
from consensus.agreement.by_distance import Mask
from consensus.votes import Floats, Ints, Votes
from crowd.models import ProjectConfig
from crowd.services.answer_kinds import MULTI_LABEL, ORDINAL, labels_in, slack_of
from workers.asking import NO_YES

#: Stands for every answer until it is known which there are.
ANY = "any"


class Kind(Protocol):
    """How answers are compared. Votes have a row an answer; see `whole_votes`."""

    @property
    def scale(self) -> str:
        """Say how far apart answers are: "nominal", "ordinal", "interval" or "sets"."""
        ...

    def alpha(self, votes: Votes, *, resamples: int) -> Agreement:
        """Compute Krippendorff's alpha."""
        ...

    def kappa(self, votes: Votes, one: Mask, other: Mask, *, resamples: int) -> Agreement:
        """Compute kappa between two groups of annotators, masks of shape (A,)."""
        ...

    def alike(self, votes: Votes, *, resamples: int) -> Agreement:
        """Compute the share of pairs of answers that say the same."""
        ...

    def by_label(self, votes: Votes) -> Iterator[tuple[str, Votes]]:
        """Ask of each label by itself whether it was given: votes for no and yes."""
        ...


@dataclass(frozen=True, slots=True)
class Labels:
    """Answers that are one label: votes on labels."""

    scale: str

    def alpha(self, votes: Votes, *, resamples: int) -> Agreement:
        """Compute alpha, tasks drawn anew for its interval."""
        return krippendorff_alpha(votes, self.scale, resamples=resamples)

    def kappa(self, votes: Votes, one: Mask, other: Mask, *, resamples: int) -> Agreement:
        """Compute kappa; on a scale with quadratic weights."""
        weights = "quadratic" if self.scale == "ordinal" else "none"
        return between_groups(votes, one, other, weights=weights, resamples=resamples)

    def alike(self, votes: Votes, *, resamples: int) -> Agreement:
        """Compute the share of pairs of equal labels."""
        return percent_agreement(votes, resamples=resamples)

    def by_label(self, votes: Votes) -> Iterator[tuple[str, Votes]]:
        """Set each label against all others."""
        for place, label in enumerate(votes.label_set):
            yield label, against_rest(votes, place)


@dataclass(frozen=True, slots=True)
class Whole:
    """Answers that are sets or numbers: the labels of their votes are those that were given."""

    scale: str
    apart: Apart
    #: The number of each answer; None: they are sets. Shape (K,).
    values: Floats | None
    #: By how much two numbers may differ and still say the same.
    slack: float
    #: The labels that sets are made of, and which each answer has: shape (K, L).
    labels: tuple[str, ...]
    chosen: Mask

    def alpha(self, votes: Votes, *, resamples: int) -> Agreement:
        """Compute alpha; its interval needs no draws."""
        return alpha_by_distance(votes, self.apart)

    def kappa(self, votes: Votes, one: Mask, other: Mask, *, resamples: int) -> Agreement:
        """Compute kappa by the same distances."""
        return kappa_by_distance(votes, one, other, self.apart)

    def alike(self, votes: Votes, *, resamples: int) -> Agreement:
        """Compute the share of pairs of equal sets, or of numbers that differ by the tolerance."""
        return share_alike(votes, self.is_same)

    def is_same(self, one: Ints, other: Ints) -> Mask:
        """Tell of pairs of answers whether they say the same: shape (P,)."""
        if self.values is None:
            same: Mask = np.equal(one, other)
            return same
        alike: Mask = np.abs(self.values[one] - self.values[other]) <= self.slack
        return alike

    def by_label(self, votes: Votes) -> Iterator[tuple[str, Votes]]:
        """Ask whether each label is in the set; of numbers there is nothing to ask."""
        for place, label in enumerate(self.labels):
            is_in = self.chosen[votes.label, place].astype(np.int32)
            yield label, replace(votes, label=is_in, label_set=NO_YES)


def kind_of(config: ProjectConfig, votes: Votes) -> Kind:
    """Find how answers are compared, given votes with all of them."""
    texts, slack = votes.label_set, slack_of(config)
    if slack is not None:
        values = np.array([float(text) for text in texts if text != ANY])
        return Whole(
            "interval", Numbers(values), values, slack, (), np.zeros((len(values), 0), bool)
        )
    if config.answer_type == MULTI_LABEL:
        labels = tuple(config.labels)
        sets = [set(labels_in(MULTI_LABEL, text)) for text in texts if text != ANY]
        chosen = np.array([[label in one for label in labels] for one in sets], np.bool_)
        chosen = chosen.reshape(len(sets), len(labels))
        return Whole("sets", Sets(chosen), None, 0.0, labels, chosen)
    return Labels("ordinal" if config.answer_type == ORDINAL else "nominal")


def votes_on(rows: Iterable[tuple[Any, ...]], config: ProjectConfig) -> Votes:
    """Make votes of (task, annotator, text[, row, seconds]), one an answer.

    Of labels where these are asked for; else on whole answers, those that there are.
    """
    if config.answer_type != MULTI_LABEL and config.number is None:
        return Votes.from_rows(rows, config.labels)
    texts: dict[str, int] = {}
    given: list[int] = []

    def numbered() -> Iterator[tuple[Any, ...]]:
        # votes come out in another order: for now the time is the number of the row
        for task, annotator, text, *rest in rows:
            given.append(texts.setdefault(text, len(texts)))
            yield task, annotator, ANY, float(len(given) - 1), *rest[1:]

    votes = Votes.from_rows(numbered(), (ANY,))
    if votes.at is None:
        return votes
    return replace(
        votes,
        label=np.array(given, np.int32)[votes.at.astype(np.int64)],
        label_set=tuple(texts),
    )
