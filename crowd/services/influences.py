"""What the answers to a task say together by the newest fit, and what each of them changes. Pure.

An answer is left out, and what the others say is worked out once more: exact, and a few
milliseconds for as many answers as a task gets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod

from consensus.influence import Moved, Vote, moved_by, posteriors
from crowd.models import ConsensusRun, ProjectConfig
from crowd.services.answer_kinds import MULTI_LABEL, labels_in, step_of, tolerance_of
from crowd.services.runs import exact_in


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, and the model's row of whoever gave it; None: an average one's."""

    text: str
    row: Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Weighed:
    """What answers come to."""

    #: P(label), of sets P(label is in it), of numbers P(step of the range).
    together: Mapping[str, float]
    #: What each answer does to the probability that it is right.
    moved: Sequence[Moved]


def weighed(
    run: ConsensusRun | None, config: ProjectConfig, given: Sequence[Given]
) -> Weighed | None:
    """Weigh answers to one task; None where no run knows what is asked now."""
    if run is None or run.model is None:
        return None
    if config.answer_type == MULTI_LABEL:
        return _sets(run, config, given) if len(run.labels) == 2 else None
    if config.number is not None:
        return _numbers(run, config.number, given)
    # where the labels have changed nothing is known of anybody until the next run
    if list(run.labels) != list(config.labels):
        return None
    labels = list(run.labels)
    whole, rests = _asked(run, given, lambda text: labels.index(text))
    places = [labels.index(one.text) for one in given]
    moved = [moved_by(whole[at], rest[at]) for at, rest in zip(places, rests, strict=True)]
    return Weighed(dict(zip(labels, whole, strict=True)), moved)


def _asked(
    run: ConsensusRun, given: Sequence[Given], place_of: Callable[[str], int]
) -> tuple[Sequence[float], Sequence[Sequence[float]]]:
    """Ask the model one question: what all say, and what is said without each."""
    assert run.model is not None
    average = run.model["average"]
    votes = [Vote(place_of(one.text), one.row or average) for one in given]
    return posteriors(run.model, votes, len(run.labels))


def _sets(run: ConsensusRun, config: ProjectConfig, given: Sequence[Given]) -> Weighed:
    """Ask of each label whether it is in the set; a set is right if all of that is."""
    sets = [set(labels_in(MULTI_LABEL, one.text)) for one in given]
    asked = {label: _asked(run, given, partial(_is_in, label)) for label in config.labels}
    moved = [
        moved_by(
            prod(whole[int(label in chosen)] for label, (whole, _) in asked.items()),
            prod(rests[at][int(label in chosen)] for label, (_, rests) in asked.items()),
        )
        for at, chosen in enumerate(sets)
    ]
    return Weighed({label: whole[1] for label, (whole, _) in asked.items()}, moved)


def _is_in(label: str, text: str) -> int:
    return int(label in labels_in(MULTI_LABEL, text))


def _numbers(run: ConsensusRun, number: Mapping[str, float], given: Sequence[Given]) -> Weighed:
    """Ask on which step of the range it is; a number is right within the tolerance."""
    steps, low = len(run.labels), number["minimum"]
    width = (number["maximum"] - low) / steps
    tolerance, exact = tolerance_of(number), exact_in(run)

    def place_of(text: str) -> int:
        return step_of(number, float(text), steps)

    def near(text: str) -> list[float]:
        """Say what share of each step is near; of its own also where answers are exact."""
        value = float(text)
        ends = [(low + at * width, low + (at + 1) * width) for at in range(steps)]
        shares = [
            max(0.0, min(high, value + tolerance) - max(begin, value - tolerance)) / width
            for begin, high in ends
        ]
        own = place_of(text)
        shares[own] += exact * (1 - shares[own])
        return shares

    whole, rests = _asked(run, given, place_of)
    moved = []
    for one, rest in zip(given, rests, strict=True):
        shares = near(one.text)
        moved.append(moved_by(_sum(shares, whole), _sum(shares, rest)))
    return Weighed(dict(zip(run.labels, whole, strict=True)), moved)


def _sum(shares: Sequence[float], posterior: Sequence[float]) -> float:
    return sum(share * p for share, p in zip(shares, posterior, strict=True))
