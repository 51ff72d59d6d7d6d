"""Who had best answer what next: the tasks that each annotator's own answer tells most about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from consensus.decide import information_of_one_more
from consensus.votes import Floats, Ints

#: Tasks looked at for each one suggested: what others are given first has to be replaced.
SPARE = 10
#: Breaks ties by chance, far below any gain that matters.
JITTER = 1e-9


def suggest(
    posteriors: Floats,
    confusion: Floats,
    had: Sequence[Ints],
    slots: Ints,
    *,
    most: int,
    seed: int = 0,
) -> list[tuple[Ints, Floats]]:
    """List for each annotator the tasks to be given next, best first, with what each is worth.

    A task is worth what the annotator's answer is expected to tell of its label, in nats (Lindley
    1956), given the task's posterior, of shape (T, K), and the annotator's matrix, of shape
    (A, K, K). `had` holds the tasks each has had already, `slots` how many answers each task may
    take now, of shape (T,). Tasks are dealt in turn, so that they are not suggested to more
    annotators than may have them while there are others; then lists are filled to at the `most` so
    many. Raises ValueError as `information_of_one_more` does.
    """
    chance = np.random.default_rng(seed)
    ranked = [
        _ranked(information_of_one_more(posteriors, matrix), tasks, SPARE * most, chance)
        for matrix, tasks in zip(confusion, had, strict=True)
    ]
    dealt = _dealt([tasks.tolist() for tasks, _ in ranked], slots.tolist(), most)
    return [
        (tasks[places], gains[places]) for (tasks, gains), places in zip(ranked, dealt, strict=True)
    ]


def _ranked(
    gains: Floats, had: Ints, most: int, chance: np.random.Generator
) -> tuple[Ints, Floats]:
    """Take the best tasks that are new to the annotator, best first."""
    worth = gains + JITTER * chance.random(len(gains))
    worth[had] = -1.0
    best = np.argpartition(-worth, most)[:most] if most < len(worth) else np.arange(len(worth))
    best = best[np.argsort(-worth[best])]
    best = best[worth[best] >= 0]
    return best, gains[best]


def _dealt(ranked: list[list[int]], slots: list[int], most: int) -> list[Ints]:
    """Choose places of each ranking: what nobody else takes up first, then the best of the rest."""
    left, at = list(slots), [0] * len(ranked)
    chosen: list[list[int]] = [[] for _ in ranked]
    for _ in range(min(most, max(map(len, ranked), default=0))):
        for who, tasks in enumerate(ranked):
            while at[who] < len(tasks) and left[tasks[at[who]]] <= 0:
                at[who] += 1
            if at[who] < len(tasks):
                left[tasks[at[who]]] -= 1
                chosen[who].append(at[who])
                at[who] += 1
    return [_filled(places, len(tasks), most) for places, tasks in zip(chosen, ranked, strict=True)]


def _filled(places: list[int], length: int, most: int) -> Ints:
    rest = np.setdiff1d(np.arange(length), places)
    return np.concatenate([np.array(places, np.int64), rest])[:most]
