"""Where on its step a number lies: near the answers, as far as answers are exact.

A scale of steps tells a good guess from a bad one, but not 37 from 38 where both lie on one step.
Where annotators count rather than guess, those on the right step mostly say the very number; how
often they do is seen from pairs of them, and what it means for the truth follows.
"""

from __future__ import annotations

import numpy as np

from consensus.votes import Floats, Ints

#: Pairs of answers that agree by chance alone and are counted as seen, and standard errors by which
#: the others have to agree more often than that: few pairs prove nothing.
PRIOR, ERRORS = 20, 2.0
#: No more than this is believed of anybody.
MOST = 0.98
#: Cells of a step, at the most.
CELLS = 400


def exactness(task: Ints, values: Floats, edges: Floats, slack: float) -> float:
    """Estimate how often an answer on the right step is near the truth by more than chance, 0 to 1.

    `task` and `values` are of the answers, shape (N,). Of two answers to a task on one step both
    are exact with probability e², and else no nearer than two places drawn on it. 0 where steps are
    as fine as the slack.
    """
    alike = by_chance(edges, slack)
    if alike >= 1:
        return 0.0
    step = np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 2)
    group = task * np.int64(len(edges)) + step
    order = np.lexsort((values, group))
    ordered, group = values[order], group[order]
    reach, pairs, near = slack * (1 + 1e-9), 0, 0
    for start, stop in _runs(group):
        given = ordered[start:stop]
        n = stop - start
        pairs += n * (n - 1) // 2
        near += int((np.searchsorted(given, given + reach, "right") - np.arange(n) - 1).sum())
    luck = alike * pairs + ERRORS * np.sqrt(alike * (1 - alike) * pairs)
    more = (near - luck) / ((1 - alike) * (pairs + PRIOR))
    return float(min(MOST, np.sqrt(max(0.0, more))))


def by_chance(edges: Floats, slack: float) -> float:
    """Say how probably two places drawn on a step lie within the slack of each other."""
    reach = min(1.0, slack / float(edges[1] - edges[0]))
    return 1 - (1 - reach) ** 2


def finely(
    rows: Floats, task: Ints, values: Floats, edges: Floats, slack: float, exact: float
) -> tuple[Floats, Floats]:
    """Spread posteriors of steps, (T, S), over cells: shape (T, G), and where these end: (G + 1,).

    `task` and `values` are of the answers, (N,), each to the task of that row. On its step the
    truth is as much more probable near an answer as an exact one is likelier to fall there.
    """
    steps, width = len(edges) - 1, float(edges[1] - edges[0])
    cells = int(min(CELLS, max(1, np.ceil(2 * width / slack)))) if exact else 1
    ends = np.linspace(edges[0], edges[-1], steps * cells + 1)
    if not exact:
        return rows, ends
    size = width / cells
    reach = max(slack, size / 2)
    weight = np.zeros((len(rows), steps * cells))
    raised = np.log1p(exact / (1 - exact) * width / min(width, 2 * reach))
    # the cells whose middle is within reach
    first = np.ceil((values - reach - ends[0]) / size - 0.5 - 1e-9).astype(np.int64)
    for offset in range(int(2 * reach / size + 1e-9) + 1):
        cell = first + offset
        inside = (cell >= 0) & (cell < weight.shape[1])
        inside &= np.abs(ends[0] + (cell + 0.5) * size - values) <= reach * (1 + 1e-9)
        np.add.at(weight, (task[inside], cell[inside]), raised)
    weight = np.exp(weight.reshape(len(rows), steps, cells))
    fine: Floats = weight / weight.sum(axis=2, keepdims=True) * rows[:, :, None]
    return fine.reshape(len(rows), -1), ends


def near(fine: Floats, ends: Floats, places: Floats, slack: float) -> Floats:
    """Say how probably each truth is within the slack of each of some places: shape (T, P).

    `fine` and `ends` are what `finely` gives.
    """
    below = np.concatenate([np.zeros((len(fine), 1)), fine.cumsum(axis=1)], axis=1)

    def until(place: Floats) -> Floats:
        at = np.clip((place - ends[0]) / (ends[1] - ends[0]), 0, len(ends) - 1)
        cell = np.minimum(at.astype(np.int64), len(ends) - 2)
        found: Floats = below[:, cell] + (at - cell) * (below[:, cell + 1] - below[:, cell])
        return found

    shares: Floats = until(places + slack) - until(places - slack)
    return shares


def _runs(group: Ints) -> list[tuple[int, int]]:
    """Find the stretches of equal values longer than one."""
    ends = np.flatnonzero(np.diff(group)) + 1
    bounds = np.concatenate([[0], ends, [len(group)]])
    longer = np.flatnonzero(np.diff(bounds) > 1)
    return [(int(bounds[at]), int(bounds[at + 1])) for at in longer]
