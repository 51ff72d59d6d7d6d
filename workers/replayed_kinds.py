"""What answers of each kind come to while they are gone through once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from consensus.votes import Floats, Ints, Votes
from consensus.what_if import Choice, Posteriors, most_probable
from consensus.whole import pairs_of
from consensus.whole.numbers import within
from crowd.models import ProjectConfig
from crowd.services.answer_kinds import slack_of, text_of_set
from crowd.services.runs import Fit, exact_in
from workers.answer_kinds import Numbers, Sets, kind_of
from workers.asking import labels_of
from workers.fitting import quick_posteriors
from workers.numbers import edges_of, steps_of_answers


@dataclass(frozen=True)
class Asked:
    """How the answers of a project are replayed."""

    posteriors: Posteriors
    choose: Choice
    #: Tells whether what was chosen of a task is what is known of it.
    is_right: Callable[[Any, str], bool]


def asked_in(config: ProjectConfig, votes: Votes, fit: Fit) -> Asked:
    """Find how a project's answers are replayed; `votes` has a row an answer."""
    kind = kind_of(config, votes)
    if isinstance(kind, Sets):
        return _sets(kind, fit)
    if isinstance(kind, Numbers):
        assert config.number is not None
        return _numbers(config, config.number, fit)
    names = labels_of(config)
    return Asked(
        lambda some: quick_posteriors(some, fit),
        most_probable,
        lambda label, known: names[label] == known,
    )


def _sets(kind: Sets, fit: Fit) -> Asked:
    """Take a set for as many questions as there are labels, all of which have to be right."""
    labels = len(kind.labels)

    def posteriors(some: Votes) -> Floats:
        pairs, _ = pairs_of(some, kind.chosen)
        return quick_posteriors(pairs, fit).reshape(-1, labels, 2)

    def choose(found: Floats) -> tuple[Ints, Floats]:
        return found.argmax(axis=2), found.max(axis=2).prod(axis=1)

    def is_right(chosen: Any, known: str) -> bool:
        named = [label for label, is_in in zip(kind.labels, chosen, strict=True) if is_in]
        return text_of_set(named, kind.labels) == known

    return Asked(posteriors, choose, is_right)


def _numbers(config: ProjectConfig, number: Mapping[str, Any], fit: Fit) -> Asked:
    """Take a number for a place on the scale, chosen where most lies within the tolerance.

    Finer than its steps it is as sure as one exact answer is, and held against its step.
    """
    edges, slack = edges_of(number), slack_of(config) or 0.0
    places = np.linspace(edges[0], edges[-1], 4 * (len(edges) - 1) + 1)
    reach = within(places, edges, slack, exact_in(fit.run)).T
    nearly = max(slack, float(edges[1] - edges[0]) / 2)

    def posteriors(some: Votes) -> Floats:
        return quick_posteriors(steps_of_answers(some, number), fit)

    def choose(found: Floats) -> tuple[Ints, Floats]:
        near = found @ reach
        return near.argmax(axis=1), np.minimum(near.max(axis=1), 1.0)

    def is_right(place: Any, known: str) -> bool:
        return bool(abs(places[place] - float(known)) <= nearly)

    return Asked(posteriors, choose, is_right)
