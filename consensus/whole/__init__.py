"""Answers that are sets or numbers, judged by an engine that sees them as votes on labels."""

from consensus.whole.exactness import exactness, finely, near
from consensus.whole.numbers import JudgedNumbers, steps_of_values, steps_within
from consensus.whole.sets import JudgedSets, pairs_of
from consensus.whole.weighing import Weighed

__all__ = [
    "JudgedNumbers",
    "JudgedSets",
    "Weighed",
    "exactness",
    "finely",
    "near",
    "pairs_of",
    "steps_of_values",
    "steps_within",
]
