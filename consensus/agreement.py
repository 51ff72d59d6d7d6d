"""How far annotators agree beyond chance."""

from __future__ import annotations

import numpy as np

from consensus.votes import Votes


def krippendorff_alpha(votes: Votes) -> float:
    """Compute Krippendorff's alpha for nominal labels (Krippendorff 2011).

    Answers may be missing. 1 is perfect agreement, 0 is chance; NaN where no task has two answers
    or all labels are equal.
    """
    counts = votes.counts
    given = counts.sum(axis=1)
    counts, given = counts[given > 1], given[given > 1]
    if not len(given):
        return float("nan")
    coincidences = ((counts.T / (given - 1)) @ counts) - np.diag(
        (counts / (given - 1)[:, None]).sum(axis=0)
    )
    totals = coincidences.sum(axis=0)
    pairs = totals.sum()
    observed = pairs - np.trace(coincidences)
    expected = (pairs**2 - (totals**2).sum()) / (pairs - 1)
    return float(1 - observed / expected) if expected > 0 else float("nan")
