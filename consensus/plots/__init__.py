"""Pictures of results: functions that take numbers and give a matplotlib Figure.

The figures belong to nobody: no pyplot, no window, nothing to close. Save one with `savefig`, or
let a notebook show it.
"""

from consensus.plots.annotators import agreement_over_time, skill_intervals
from consensus.plots.posteriors import confusion_matrix, reliability_diagram

__all__ = ["agreement_over_time", "confusion_matrix", "reliability_diagram", "skill_intervals"]
