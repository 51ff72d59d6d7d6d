"""Kinds of answers, for whoever looks at all of a project's: what it means that two are alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from consensus.agreement import (
    Agreement,
    against_rest,
    alpha_by_distance,
    apart,
    between_groups,
    kappa_by_distance,
    krippendorff_alpha,
    percent_agreement,
    share_alike,
)
from consensus.agreement.apart import Apart
from consensus.agreement.by_distance import Mask
from consensus.votes import Floats, Ints, Votes
from consensus.whole.sets import NO_YES
from crowd.models import ProjectConfig
from crowd.services.answer_kinds import (
    MULTI_LABEL,
    ORDINAL,
    labels_in,
    slack_of,
    text_of_number,
    text_of_set,
)
from workers.asking import asks_for_one_label, asks_for_sets, questions

#: Votes on two labels that a number costs as much as, whose place is one of twenty steps.
AS_MANY = 4
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

    def is_same(self, one: Ints, other: Ints) -> Mask:
        """Tell of pairs of answers, by their numbers, whether they say the same: shape (P,)."""
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

    def is_same(self, one: Ints, other: Ints) -> Mask:
        """Tell of pairs of labels whether they are equal: shape (P,)."""
        return np.equal(one, other)

    def by_label(self, votes: Votes) -> Iterator[tuple[str, Votes]]:
        """Set each label against all others."""
        for place, label in enumerate(votes.label_set):
            yield label, against_rest(votes, place)


class ByDistance(ABC):
    """Answers of which it is known how far they are apart: labels of their votes are answers."""

    @property
    @abstractmethod
    def apart(self) -> Apart:
        """Measure how far answers are apart."""

    @abstractmethod
    def is_same(self, one: Ints, other: Ints) -> Mask:
        """Tell of pairs of answers whether they say the same: shape (P,)."""

    def alpha(self, votes: Votes, *, resamples: int) -> Agreement:
        """Compute alpha; its interval needs no draws."""
        return alpha_by_distance(votes, self.apart)

    def kappa(self, votes: Votes, one: Mask, other: Mask, *, resamples: int) -> Agreement:
        """Compute kappa by the same distances."""
        return kappa_by_distance(votes, one, other, self.apart)

    def alike(self, votes: Votes, *, resamples: int) -> Agreement:
        """Compute the share of pairs that say the same."""
        return share_alike(votes, self.is_same)


@dataclass(frozen=True, slots=True)
class Sets(ByDistance):
    """Answers that are sets: the labels of their votes are those that were given."""

    #: What sets are made of, and what each of those given has: shape (K, L).
    labels: tuple[str, ...]
    chosen: Mask
    scale: str = "sets"

    @property
    def apart(self) -> Apart:
        """Measure how far sets are apart."""
        return apart.Sets(self.chosen)

    def is_same(self, one: Ints, other: Ints) -> Mask:
        """Tell of pairs of sets whether they are equal: shape (P,)."""
        return np.equal(one, other)

    def by_label(self, votes: Votes) -> Iterator[tuple[str, Votes]]:
        """Ask whether each label is in the set."""
        for place, label in enumerate(self.labels):
            is_in = self.chosen[votes.label, place].astype(np.int32)
            yield label, replace(votes, label=is_in, label_set=NO_YES)


@dataclass(frozen=True, slots=True)
class Numbers(ByDistance):
    """Answers that are numbers: the labels of their votes are those that were given."""

    #: The number that each of those given is: shape (K,).
    values: Floats
    #: By how much two may differ and still say the same.
    slack: float
    scale: str = "interval"

    @property
    def apart(self) -> Apart:
        """Measure how far numbers are apart."""
        return apart.Numbers(self.values)

    def is_same(self, one: Ints, other: Ints) -> Mask:
        """Tell of pairs of numbers whether they say the same: shape (P,)."""
        alike: Mask = np.abs(self.values[one] - self.values[other]) <= self.slack
        return alike

    def by_label(self, votes: Votes) -> Iterator[tuple[str, Votes]]:
        """Ask nothing: numbers have no labels."""
        return iter(())


def kind_of(config: ProjectConfig, votes: Votes) -> Labels | Sets | Numbers:
    """Find how answers are compared, given votes with all of them."""
    texts, slack = votes.label_set, slack_of(config)
    if slack is not None:
        return Numbers(np.array([float(text) for text in texts]), slack)
    if asks_for_sets(config):
        sets = [set(labels_in(MULTI_LABEL, text)) for text in texts]
        chosen = np.array([[label in one for label in config.labels] for one in sets], np.bool_)
        return Sets(tuple(config.labels), chosen)
    return Labels("ordinal" if config.answer_type == ORDINAL else "nominal")


def cost_of(config: ProjectConfig) -> int:
    """Say as much as how many votes on labels an answer costs whoever goes over all of them."""
    return AS_MANY if config.number is not None else questions(config)


def votes_on(
    rows: Iterable[tuple[Any, ...]], config: ProjectConfig, also: Iterable[str] = ()
) -> Votes:
    """Make votes of (task, annotator, text[, row, seconds]), one an answer.

    Of labels where these are asked for; else on whole answers: those that there are, and `also`
    those that are known to be right.
    """
    if asks_for_one_label(config):
        return Votes.from_rows(rows, config.labels)
    # there is always one: an empty set, the lowest number
    nothing = (
        text_of_set((), ()) if config.number is None else text_of_number(config.number["minimum"])
    )
    texts = {nothing: 0}
    given: list[int] = []

    def numbered() -> Iterator[tuple[Any, ...]]:
        # votes come out in another order: for now the time is the number of the row
        for task, annotator, text, *rest in rows:
            given.append(texts.setdefault(text, len(texts)))
            yield task, annotator, ANY, float(len(given) - 1), *rest[1:]

    votes = Votes.from_rows(numbered(), (ANY,))
    for text in also:
        texts.setdefault(text, len(texts))
    row = np.empty(0, np.int64) if votes.at is None else votes.at.astype(np.int64)
    return replace(votes, label=np.array(given, np.int32)[row], label_set=tuple(texts))
