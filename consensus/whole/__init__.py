"""Answers that are sets or numbers, judged by an engine that sees them as votes on labels."""

from consensus.whole.numbers import JudgedNumbers, steps_of_values
from consensus.whole.sets import JudgedSets, pairs_of

__all__ = ["JudgedNumbers", "JudgedSets", "pairs_of", "steps_of_values"]
