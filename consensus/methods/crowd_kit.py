"""Crowd-kit's classification methods behind our grammar, its traps fenced off."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import ArpackError

from consensus.method_names import CROWD_KIT
from consensus.methods.base import Method, normalize, vote_shares
from consensus.methods.shares import added_up, describe
from consensus.posterior import clamped, normalized
from consensus.votes import Floats, Ints, Votes

#: Random starts of KOS: what they do not agree on, it does not know.
STARTS = 5
GIB = 1024**3


class CrowdKit(Method):
    """One of crowd-kit's methods, by the name it has in `method_names` (Ustalov et al. 2024).

    `parameters` go to its constructor. Posteriors come from crowd-kit, in the order of our label
    set; what describes labels and annotators follows from them. A task without votes, and one whose
    voters all weigh nothing, stays even. Only its Dawid-Skene holds gold fast while it learns, and
    only its gold majority learns from nothing else; for the others known labels are put in at the
    end. Its KOS gives labels without probabilities: where random starts disagree, the share of
    votes stands. MMSR is refused where it would need more than `memory` bytes.
    """

    #: The fitted crowd-kit object; None where there was nothing for it to learn.
    peer_: Any

    def __init__(self, name: str, *, memory: int = 2 * GIB, **parameters: Any) -> None:
        self.name = name
        self.memory = memory
        self.parameters = parameters

    def fit(
        self, votes: Votes, gold: Mapping[Any, str] | None = None, *, start: Method | None = None
    ) -> Self:
        """Learn with crowd-kit, from the beginning: an earlier fit changes nothing.

        Raises ValueError for KOS on other than two labels, for a gold majority without gold, for
        MMSR where memory does not hold it or it finds no skills, and for MACE where it underflows.
        """
        kind = CROWD_KIT[self.name]
        rows, known = votes.rows_of(gold)
        answered = votes.counts[rows].any(axis=1)
        if kind == "KOS" and votes.shape[2] != 2:
            raise ValueError(f"KOS is for two labels, not {votes.shape[2]}: choose another method")
        if kind == "GoldMajorityVote" and len(votes) and not answered.any():
            raise ValueError("a gold majority needs known labels of tasks that have votes")
        self.peer_, posteriors = None, vote_shares(votes)
        # several of its methods divide by the number of labels in use less one
        if len(np.unique(votes.label)) > 1:
            with fenced():
                posteriors = self._learned(kind, votes, (rows[answered], known[answered]))
        describe(self, votes, clamped(posteriors, votes, gold))
        steps = getattr(self.peer_, "loss_history_", None)
        self.bounds_, self.n_iter_ = [], 1 if steps is None else len(steps)
        self.converged_ = steps is None or self.n_iter_ < self.peer_.n_iter
        return self

    def _learned(self, kind: str, votes: Votes, gold: tuple[Ints, Ints]) -> Floats:
        import crowdkit.aggregation
        import pandas as pd

        # Numbers by first appearance: its MACE takes that order for the sorted one. No ids and no
        # category dtype, by which it would sort, drop and compare.
        (task, tasks), (label, labels) = pd.factorize(votes.task), pd.factorize(votes.label)
        columns = {"task": task, "worker": pd.factorize(votes.annotator)[0], "label": label}
        # all restarts of its MACE draw the same start, so that one does for ten
        defaults = {"n_restarts": 1} if kind == "MACE" else {}
        self.peer_ = getattr(crowdkit.aggregation, kind)(**(defaults | self.parameters))
        if kind == "MMSR":
            return _by_mmsr(self.peer_, votes, self.memory)
        if kind == "KOS":
            shares = _by_kos(self.peer_, pd.DataFrame(columns))
        else:
            truth = pd.Series(
                pd.Index(labels).get_indexer(gold[1]), index=pd.Index(tasks).get_indexer(gold[0])
            )
            shares = _by_itself(self.peer_, kind, pd.DataFrame(columns), truth)
        posteriors = vote_shares(votes)
        rows = tasks[shares.index]
        posteriors[rows] = 0.0
        posteriors[np.ix_(rows, labels[shares.columns])] = shares.to_numpy(np.float64)
        if kind == "MACE" and not np.isfinite(posteriors).all():
            raise ValueError("crowd-kit's MACE underflows on so many votes a task: use 'mace'")
        # where all voters weigh nothing, it divides nothing by nothing
        return normalize(np.nan_to_num(posteriors))


@contextmanager
def fenced() -> Iterator[None]:
    """Keep crowd-kit's warnings to itself, and NumPy's global random state as it was."""
    state = np.random.get_state()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)


def mmsr_memory(votes: Votes) -> int:
    """Count the bytes that crowd-kit's MMSR would need, without needing them.

    It lays out annotators × tasks, and a graph with a node for each annotator and each pair that
    may agree, all of it dense and in several copies.
    """
    tasks, annotators = len(np.unique(votes.task)), len(np.unique(votes.annotator))
    answered = sparse.csr_array(
        (np.ones(len(votes), np.int32), votes.annotator, votes.starts),
        shape=(votes.shape[0], votes.shape[1]),
    )
    pairs = int((answered.T @ answered).nnz) // 2
    return 8 * (3 * annotators * tasks + 6 * annotators**2 + 5 * (annotators + pairs) ** 2)


def _by_itself(model: Any, kind: str, table: Any, truth: Any) -> Any:
    """Fit a method that gives probabilities: a frame of them, tasks by labels."""
    if kind == "DawidSkene":
        # of a known label that nobody gave it would make a column of NaN
        return model.fit_predict_proba(table, true_labels=truth[truth >= 0])
    if kind == "GoldMajorityVote":
        # it refuses annotators without known tasks: they count as the others do on average
        skills = model.fit(table, truth).skills_
        everyone = range(int(table.worker.max()) + 1)
        model.skills_ = skills.reindex(everyone).fillna(skills.mean()).rename_axis("worker")
        return model.predict_proba(table)
    return model.fit_predict_proba(table)


def _by_kos(model: Any, table: Any) -> Any:
    """Ask several random starts of KOS: a frame of the tasks and labels they agree on."""
    import pandas as pd

    table = table[_on_cycles(table.task.to_numpy(), table.worker.to_numpy())]
    if table.label.nunique() < 2:
        return pd.DataFrame(index=np.empty(0, np.int64), columns=np.arange(2))
    first, found = model.random_state, []
    for seed in range(first, first + STARTS):
        model.random_state = seed
        found.append(model.fit(table).labels_)
    model.random_state = first
    chosen = pd.concat(found, axis=1)
    agreed = chosen[chosen.nunique(axis=1) == 1].iloc[:, 0]
    return pd.DataFrame(np.eye(2)[agreed], index=agreed.index)


def _on_cycles(task: Ints, annotator: Ints) -> Any:
    """Mark the votes that KOS can use: shape (N,).

    Where tasks and annotators form a tree every message dies out, and crowd-kit stumbles over the
    sign of nothing.
    """
    tasks, annotators = int(task.max()) + 1, int(annotator.max()) + 1
    size = tasks + annotators
    graph = sparse.coo_array((np.ones(len(task)), (task, tasks + annotator)), shape=(size, size))
    _, part = csgraph.connected_components(graph, directed=False)
    edges, nodes = np.bincount(part[task], minlength=part.max() + 1), np.bincount(part)
    return (edges >= nodes)[part[task]]


def _by_mmsr(model: Any, votes: Votes, memory: int) -> Floats:
    """Add up the log odds that MMSR gives each annotator: the posterior of its own model."""
    import pandas as pd

    tasks, annotators, labels = votes.shape
    # two agreements do not determine two skills, let alone one
    if len(np.unique(votes.annotator)) < 3:
        return vote_shares(votes)
    if (needed := mmsr_memory(votes)) > memory:
        raise ValueError(
            f"crowd-kit's MMSR would need {needed / GIB:.1f} GiB, more than the {memory / GIB:.1f} "
            "allowed: raise `memory` or choose another method"
        )
    columns = {"task": votes.task, "worker": votes.annotator, "label": votes.label}
    try:
        skills = model.fit(pd.DataFrame(columns)).skills_.reindex(range(annotators))
    except (ValueError, ArpackError) as failure:
        raise ValueError("MMSR finds no skills in these votes: choose another method") from failure
    # it leaves the sign of all skills together open; a crowd is right more often than not
    weights = skills.to_numpy() * (-1 if skills.sum() < 0 else 1)
    cell = votes.task * np.int64(labels) + votes.label
    scores = added_up(weights[votes.annotator], cell, tasks * labels)
    return normalized(scores.reshape(tasks, labels))[0]
