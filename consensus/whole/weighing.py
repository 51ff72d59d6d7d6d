"""How far others speak for an answer, whatever it is."""

from __future__ import annotations

import numpy as np

from consensus.votes import Floats


def rightness_of(chance: Floats) -> Floats:
    """Take the crowd's own rate out of P(right | the answer, the others' answers): shape (N,).

    What is left is a / (a + b), where a and b are the probabilities of the answer if its annotator
    is right in it and if not, as `Evidence.rightness` has it of labels: 0.5 says nothing.
    """
    rate = min(max(float(chance.mean()), 1e-6), 1 - 1e-6) if len(chance) else 0.5
    right, wrong = chance / rate, (1 - chance) / (1 - rate)
    weight: Floats = right / (right + wrong)
    return np.clip(weight, 0.0, 1.0)
