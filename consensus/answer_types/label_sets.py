"""Which set of labels to give, and sets of labels in the terms of the contract."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

import numpy as np

from consensus.answer_types.base import Aggregate, Gold
from consensus.answer_types.label_profiles import LabelProfiles
from consensus.answer_types.multi_label_votes import Bools, MultiLabelVotes
from consensus.answer_types.weighing import assembled
from consensus.decide import TIE
from consensus.votes import Floats


def probable_sets(posteriors: Floats) -> tuple[Bools, Bools]:
    """Choose the labels more probable than not: sets (T, L), and where there is a tie (T,)."""
    tied: Bools = (np.abs(posteriors - 0.5) < TIE).sum(axis=1) > 0
    return posteriors > 0.5, tied


def f1_sets(posteriors: Floats) -> tuple[Bools, Bools]:
    """Choose the sets of greatest expected F1: sets (T, L), and where there is a tie (T,).

    Two empty sets agree fully. Exact if labels are independent given the answers (Dembczyński,
    Waegeman, Cheng & Hüllermeier 2011, algorithm 1); takes time with the cube of L.
    """
    tasks, labels = posteriors.shape
    joint = _with_size(posteriors)
    best, tied = (1 - posteriors).prod(axis=1), np.zeros(tasks, bool)
    sets = np.zeros((tasks, labels), bool)
    for size in range(1, labels + 1):
        gain = joint @ (2 / (np.arange(1, labels + 1) + size))
        order = np.argsort(-gain, axis=1, kind="stable")
        ranked = np.take_along_axis(gain, order, axis=1)
        value = ranked[:, :size].sum(axis=1)
        at_the_cut = ranked[:, size - 1] - ranked[:, size] < TIE if size < labels else False
        better = value > best + TIE
        tied = np.where(better, at_the_cut, tied | (np.abs(value - best) <= TIE))
        chosen = np.zeros_like(sets)
        np.put_along_axis(chosen, order[:, :size], True, axis=1)
        sets[better], best = chosen[better], np.maximum(best, value)
    return sets, tied


def _with_size(posteriors: Floats) -> Floats:
    """Compute P(label belongs, the set has s labels), s from 1 to L: shape (T, L, L)."""
    tasks, labels = posteriors.shape
    joint = np.zeros((tasks, labels, labels))
    for label in range(labels):
        sizes = np.zeros((tasks, labels))
        sizes[:, 0] = posteriors[:, label]
        for other in range(labels):
            if other != label:
                p = posteriors[:, other, None]
                sizes[:, 1:] = sizes[:, 1:] * (1 - p) + sizes[:, :-1] * p
                sizes[:, :1] *= 1 - p
        joint[:, label] = sizes
    return joint


def aggregate_sets(
    tasks: Sequence[Hashable],
    annotators: Sequence[Hashable],
    answers: Sequence[Collection[str]],
    label_set: Sequence[str],
    rule: str,
    gold: Gold | None,
) -> Aggregate:
    """Fit `LabelProfiles` and say what it found; `rule` is "probable" or "f1".

    Raises ValueError as `MultiLabelVotes.from_columns` does.
    """
    votes = MultiLabelVotes.from_columns(tasks, annotators, answers, label_set)
    fit = LabelProfiles().fit(votes, gold)
    sets, tied = {"probable": probable_sets, "f1": f1_sets}[rule](fit.posteriors_)
    names = np.array(votes.label_set, object)
    values = [None if t else names[s].tolist() for s, t in zip(sets, tied, strict=True)]
    return assembled(
        votes,
        values,
        fit.set_confidence(sets),
        closeness=_closeness(votes, fit),
        counted=_nats(votes, fit, sets),
        label_set=votes.label_set,
        posteriors=fit.posteriors_.tolist(),
        fit=fit,
    )


def _closeness(votes: MultiLabelVotes, fit: LabelProfiles) -> Floats:
    """Expect the Jaccard similarity of each answer to the truth, as a ratio of expectations."""
    belongs = fit.posteriors_[votes.task]
    both = (votes.chosen * belongs).sum(axis=1)
    either = (votes.chosen + belongs).sum(axis=1) - both
    none: Floats = np.where(either > 0, both / np.where(either > 0, either, 1), 1.0)
    return none


def _nats(votes: MultiLabelVotes, fit: LabelProfiles, sets: Bools) -> Floats:
    """Measure what each answer says for the labels of its task's set and against the rest."""
    hits, alarms = fit.hits_[votes.annotator], fit.false_alarms_[votes.annotator]
    given, missing = np.log(hits / alarms), np.log((1 - hits) / (1 - alarms))
    for_it = np.where(votes.chosen, given, missing)
    nats: Floats = np.where(sets[votes.task], for_it, -for_it).sum(axis=1)
    return nats
