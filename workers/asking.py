"""What a project asks, in the engine's terms: votes on labels, or on each label of a set.

A number is a place on a scale: see `workers.numbers`.

A set is as many questions as there are labels, each with yes or no for an answer (binary relevance,
Tsoumakas & Katakis 2007); an annotator has one confusion matrix for all of them. A task of votes is
then a pair of a task and a label.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from consensus.method_names import ORDERED
from consensus.votes import Floats, Votes
from consensus.whole.sets import NO_YES
from crowd.models import ProjectConfig
from crowd.services.answer_kinds import (
    MULTI_LABEL,
    NUMERIC,
    ORDINAL,
    labels_in,
    step_of,
    text_of_set,
)
from workers.numbers import STEPS, steps_of

#: Labels in doubt that are told apart in a task's posterior: it names 2 to the power of this many
#: sets, the most probable ones among them.
IN_DOUBT = 4

Row = tuple[uuid.UUID, uuid.UUID, str]


def asks_for_sets(config: ProjectConfig) -> bool:
    """Tell whether an answer is a set of labels."""
    return config.answer_type == MULTI_LABEL


def asks_for_one_label(config: ProjectConfig) -> bool:
    """Tell whether an answer is a label as the engine knows it."""
    return not asks_for_sets(config) and config.number is None


def method_of(config: ProjectConfig) -> str:
    """Name the method that fits the answers: on a scale the default knows of its order."""
    on_scale = config.answer_type in (ORDINAL, NUMERIC) and config.method == "auto"
    return next(iter(ORDERED)) if on_scale else config.method


def labels_of(config: ProjectConfig) -> tuple[str, ...]:
    """Name the labels of the votes."""
    if config.number is not None:
        return steps_of(config.number)
    return NO_YES if asks_for_sets(config) else tuple(config.labels)


def questions(config: ProjectConfig) -> int:
    """Count the votes that an answer comes to."""
    return len(config.labels) if asks_for_sets(config) else 1


def votes_of(rows: Iterable[Row], config: ProjectConfig) -> Votes:
    """Lay answers out as votes."""
    if asks_for_sets(config):
        rows = _each_label(rows, config)
    elif config.number is not None:
        rows = _on_scale(rows, config.number)
    return Votes.from_rows(rows, labels_of(config))


def values_of(rows: Iterable[Row], config: ProjectConfig) -> dict[uuid.UUID, list[float]]:
    """Read the answers of each task where they are numbers; nothing else is looked at."""
    values: dict[uuid.UUID, list[float]] = {}
    if config.number is not None:
        for task, _, text in rows:
            values.setdefault(task, []).append(float(text))
    return values


def tasks_of(ids: Iterable[uuid.UUID], config: ProjectConfig) -> set[Any]:
    """Name tasks as the votes do."""
    found = set(ids)
    return set(itertools.product(found, config.labels)) if asks_for_sets(config) else found


def known_of(known: Mapping[uuid.UUID, str], config: ProjectConfig) -> Mapping[Any, str]:
    """Lay gold out as the votes' labels."""
    rows: Iterable[Any] = ((task, task, text) for task, text in known.items())
    if asks_for_sets(config):
        rows = _each_label(rows, config)
    elif config.number is not None:
        rows = _on_scale(rows, config.number)
    return {task: label for task, _, label in rows}


def sets_of(votes: Votes, posteriors: Floats, config: ProjectConfig) -> Iterator[Any]:
    """Put pairs together again: each task, the answers to it, and the posterior of its sets."""
    rows: dict[Any, dict[str, int]] = {}
    pairs: Any = votes.task_ids
    for row, (task, label) in enumerate(pairs):
        rows.setdefault(task, {})[label] = row
    counts = votes.counts.sum(axis=1)
    for task, places in rows.items():
        belongs = posteriors[[places[label] for label in config.labels], 1]
        answers = int(counts[next(iter(places.values()))])
        yield task, answers, posterior_of_sets(belongs, config.labels)


def posterior_of_sets(belongs: Floats, labels: Any) -> dict[str, float]:
    """Compute how probable the likeliest sets are, from P(label belongs) of each: shape (L,)."""
    surest = belongs > 0.5
    doubtful = np.argsort(np.abs(belongs - 0.5), kind="stable")[:IN_DOUBT]
    found = {}
    for flips in itertools.product((False, True), repeat=len(doubtful)):
        chosen = surest.copy()
        chosen[doubtful] ^= np.array(flips, np.bool_)
        names = [label for label, is_in in zip(labels, chosen.tolist(), strict=True) if is_in]
        found[text_of_set(names, labels)] = float(np.where(chosen, belongs, 1 - belongs).prod())
    return found


def _on_scale(rows: Iterable[Row], number: Mapping[str, Any]) -> Iterator[tuple[Any, Any, str]]:
    steps = steps_of(number)
    for task, annotator, text in rows:
        yield task, annotator, steps[step_of(number, float(text), STEPS)]


def _each_label(rows: Iterable[Row], config: ProjectConfig) -> Iterator[tuple[Any, Any, str]]:
    for task, annotator, text in rows:
        chosen = set(labels_in(MULTI_LABEL, text))
        for label in config.labels:
            yield (task, label), annotator, NO_YES[label in chosen]
