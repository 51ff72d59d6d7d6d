"""From a posterior to a decision: enough, one more answer, or a matter for an expert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Two probabilities closer than this are equal.
TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of a task. `label` is None where several are equally probable."""

    state: str
    label: str | None
    confidence: float
    reason: str


def decide(
    posterior: Mapping[str, float], answers: int, *, minimum: int, maximum: int, target: float
) -> Decision:
    """Decide on a task by its posterior; a tie is disputed, never guessed.

    Below `minimum` answers a task stays open. It is resolved once a label's probability reaches
    `target`, and disputed when that has not happened with `maximum` answers.
    """
    confidence = max(posterior.values())
    best = [label for label, p in posterior.items() if confidence - p < TIE]
    label = best[0] if len(best) == 1 and answers > 0 else None
    if answers < minimum:
        return Decision("open", label, confidence, "below_minimum")
    if label is not None and confidence >= target:
        return Decision("resolved", label, confidence, "target_reached")
    if answers < maximum:
        return Decision("open", label, confidence, "below_target")
    return Decision("disputed", label, confidence, "tie" if label is None else "low_confidence")
