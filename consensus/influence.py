"""How much each vote on one task moves its posterior, in plain Python.

For a process that shows a task and would rather not load numpy. It reads what `stored` packs, and
comes to the same numbers as the models themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

#: Keeps a probability of zero from ruling a label out for ever, as in `posterior`.
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Vote:
    """A label, by its number, and the model's row of whoever gave it."""

    label: int
    row: Sequence[float]


@dataclass(frozen=True, slots=True)
class Moved:
    """What a vote does to the probability of the label that it gives."""

    #: P(label | all votes) - P(label | all others): from -1 to 1.
    moved: float
    #: The same in log-odds, in nats: what the vote weighs where all agree and nothing moves.
    weight: float


def posterior(header: Mapping[str, Any], votes: Sequence[Vote], labels: int) -> list[float]:
    """Compute P(true label | votes) from a stored model: as many shares as there are labels."""
    parts, first = [], 0
    for part in header["parts"]:
        if part["kind"] == "tables":
            parts.append(_tables(part, votes, first))
            first += part["states"] * part["labels"]
        else:
            parts.append(_shares(part, votes, first, labels))
            first += 1
    if "weights" not in header:
        return parts[0]
    mean = [
        sum(weight * part[label] for weight, part in zip(header["weights"], parts, strict=True))
        for label in range(labels)
    ]
    sharpness = header["sharpness"]
    if sharpness == 1.0:
        return mean
    return _normalized([sharpness * log(max(share, TINY)) for share in mean])


def posteriors(
    header: Mapping[str, Any], votes: Sequence[Vote], labels: int
) -> tuple[list[float], list[list[float]]]:
    """Compute the posterior of all votes, and of all others without each in turn."""
    rests = [
        posterior(header, [*votes[:place], *votes[place + 1 :]], labels)
        for place in range(len(votes))
    ]
    return posterior(header, votes, labels), rests


def moved_by(with_it: float, without: float) -> Moved:
    """Compare the probability of what is said with and without a vote."""
    return Moved(with_it - without, _log_odds(with_it) - _log_odds(without))


def _tables(part: Mapping[str, Any], votes: Sequence[Vote], first: int) -> list[float]:
    """Add up what the votes say of each state, and the states of each label."""
    labels = part["labels"]
    joint = [
        prior + sum(vote.row[first + state * labels + vote.label] for vote in votes)
        for state, prior in enumerate(part["log_prior"])
    ]
    states = _normalized(joint)
    if part["label_of_state"] is None:
        return states
    summed = [0.0] * labels
    for share, label in zip(states, part["label_of_state"], strict=True):
        summed[label] += share
    return summed


def _shares(part: Mapping[str, Any], votes: Sequence[Vote], first: int, labels: int) -> list[float]:
    """Count the votes by weight; evenly where nobody of any weight has voted."""
    counts = [part["even"] / labels] * labels
    for vote in votes:
        counts[vote.label] += vote.row[first]
    total = sum(counts)
    return [count / total for count in counts] if total > 0 else [1 / labels] * labels


def _normalized(joint: Sequence[float]) -> list[float]:
    top = max(joint)
    raised = [exp(value - top) for value in joint]
    total = sum(raised)
    return [value / total for value in raised]


def _log_odds(share: float) -> float:
    bounded = min(max(share, TINY), 1 - TINY)
    return log(bounded / (1 - bounded))
